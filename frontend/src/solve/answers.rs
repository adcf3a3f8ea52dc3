use std::collections::BTreeMap;

use crate::eval::{Answer, Demand, Image, ImageConfig};
use crate::gateway::{
    self, Bridge, BuildFile, ContextImage, ContextSource, ImageRef, ImageRequest, LoadError,
    Options, Origin, Selection, concurrently, named_context, resolve_named,
};
use crate::llb::{self, Location, Metadata, Platform, State};

/// What evaluation asked, and what the daemon answered: each question is put once.
#[derive(Default)]
pub struct Answers {
    images: BTreeMap<(String, Platform), Option<Result<Found, String>>>,
    context: Option<Option<Result<ContextSource, String>>>,
}

/// An image before the program's own place in the source is put to it.
#[derive(Clone)]
enum Found {
    /// From a registry, pinned.
    Pinned { reference: ImageRef, config: ImageConfig },
    /// What the client named like it.
    Named { state: State, config: ImageConfig },
}

impl Demand for Answers {
    fn image(&mut self, reference: &str, platform: &Platform, location: Location) -> Answer<Image> {
        let question = (reference.to_owned(), platform.clone());
        match self.images.entry(question).or_default() {
            None => Answer::Pending,
            Some(Err(problem)) => Answer::Failed(problem.clone()),
            Some(Ok(Found::Named { state, config })) => {
                Answer::Ready(Image { state: state.clone(), config: config.clone() })
            }
            Some(Ok(Found::Pinned { reference, config })) => {
                let source =
                    llb::Image { reference: reference.to_string(), ..llb::Image::default() };
                let metadata = Metadata { location: Some(location), ..Metadata::default() };
                let state = llb::image(&source, platform, metadata).into();
                Answer::Ready(Image { state, config: config.clone() })
            }
        }
    }

    fn context(&mut self) -> Answer<State> {
        match self.context.get_or_insert_default() {
            None => Answer::Pending,
            Some(Ok(context)) => Answer::Ready(context.state(&Selection::default())),
            Some(Err(problem)) => Answer::Failed(problem.clone()),
        }
    }
}

impl Answers {
    /// Asks the daemon everything that is not answered yet, at the same time.
    ///
    /// # Errors
    /// If the daemon itself fails; what only one name suffers from is its answer.
    pub async fn fetch(
        &mut self,
        bridge: &dyn Bridge,
        options: &Options,
        origin: &Origin,
        build_file: &BuildFile,
    ) -> Result<(), LoadError> {
        let open: Vec<_> =
            self.images.iter().filter(|(_, it)| it.is_none()).map(|(it, _)| it.clone()).collect();
        let images = concurrently(
            open.iter().map(|(reference, platform)| image(bridge, options, reference, platform)),
        );
        let context = async {
            match self.context {
                Some(None) => {
                    Some(gateway::load_ignore_patterns(bridge, options, origin, build_file).await)
                }
                _ => None,
            }
        };
        let (images, context) = tokio::join!(images, context);
        for (question, found) in open.into_iter().zip(images) {
            let answer = match found {
                Ok(found) => Ok(found),
                Err(LoadError::Bridge(error)) if error.is_canceled() => return Err(error.into()),
                Err(problem) => Err(problem.to_string()),
            };
            self.images.insert(question, Some(answer));
        }
        if let Some(exclude) = context {
            let mut context = origin.context.clone();
            context.exclude = exclude?;
            self.context = Some(Some(Ok(context)));
        }
        Ok(())
    }
}

async fn image(
    bridge: &dyn Bridge,
    options: &Options,
    reference: &str,
    platform: &Platform,
) -> Result<Found, LoadError> {
    let mistake = |problem: String| LoadError::from(gateway::INVALID_CONTEXT.nowhere(problem));
    let parsed =
        ImageRef::parse(reference).map_err(|it| mistake(format!("`{reference}`: {it}")))?;
    let named = named_context(options, &parsed, platform)
        .map_err(|problem| mistake(problem.to_string()))?;
    if let Some(context) = named {
        let ContextImage { state, config } =
            resolve_named(bridge, options, &context, platform).await?;
        let config = match config {
            Some(json) => read(reference, &json)?,
            None => ImageConfig::default(),
        };
        return Ok(Found::Named { state, config });
    }
    let request = ImageRequest::new(parsed, Some(platform.clone()), options.resolve_mode);
    let meta = bridge.resolve_image(request).await?;
    Ok(Found::Pinned { reference: meta.image, config: read(reference, &meta.config)? })
}

fn read(reference: &str, json: &[u8]) -> Result<ImageConfig, LoadError> {
    ImageConfig::parse(json).map_err(|problem| {
        gateway::INVALID_CONTEXT
            .nowhere(format!("configuration of image `{reference}`: {problem}"))
            .into()
    })
}
