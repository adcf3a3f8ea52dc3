//! What is there by the name that a program gives an image or a context: no more than a few requests.

use std::sync::Arc;

use hlb_eval::{Finding, Image, ImageConfig, ImageRecord};
use hlb_gateway::bridge::ImageRequest;
use hlb_gateway::context::{
    BuildContext, ContextImage, ContextSource, LoadError, NamedContext, named_context,
    resolve_named,
};
use hlb_gateway::options::Options;
use llb::{ImageRef, Metadata, Platform, State};

use super::patience::in_time;
use super::request::Build;
use super::unresolved::Unresolved;

/// An image without the location in the program that asks for it.
#[derive(Clone)]
pub enum Found {
    /// From a registry, pinned, or one of the engine's own.
    Source { source: llb::Image, config: ImageConfig, record: Arc<ImageRecord> },
    /// What the client named like it.
    Context { source: ContextSource, config: ImageConfig },
    /// From a registry, without layers: nothing.
    Empty { config: ImageConfig, record: Arc<ImageRecord> },
}

impl Found {
    /// Whether a registry was asked for it. An engine knows its own images without one, and has no digests of them.
    fn is_of_registry(&self) -> bool {
        match self {
            Self::Source { record, .. } | Self::Empty { record, .. } => !record.digest.is_empty(),
            Self::Context { .. } => false,
        }
    }

    /// The image as a program has it where it asks for it.
    pub fn image(&self, platform: &Platform, metadata: Metadata) -> Image {
        match self {
            Self::Context { source, config } => {
                Image { state: source.whole(), config: config.clone(), record: None }
            }
            Self::Empty { config, record } => {
                let (config, record) = (config.clone(), Some(record.clone()));
                Image { state: State::Scratch, config, record }
            }
            Self::Source { source, config, record } => {
                let state = llb::image(source, platform, metadata).into();
                let (config, record) = (config.clone(), Some(record.clone()));
                Image { state, config, record }
            }
        }
    }
}

/// Asks for what the client gives as a build context; that it cannot be resolved is the answer.
///
/// # Errors
/// As for an image.
pub async fn context_of_name(
    cx: &Build<'_>,
    name: &str,
    platform: &Platform,
) -> Result<Result<Option<ContextSource>, Unresolved>, LoadError> {
    let Build { bridge, options, context: BuildContext { inputs, .. }, .. } = cx;
    let named = match given_name(options, name, platform)? {
        Ok((_, Some(named))) => named,
        Ok((_, None)) => return Ok(Ok(None)),
        Err(unresolved) => return Ok(Err(unresolved)),
    };
    match resolve_named(*bridge, options, inputs, &named, platform).await {
        Ok(ContextImage { source, .. }) => Ok(Ok(Some(source))),
        Err(LoadError::Bridge(error)) if !error.is_canceled() => {
            Ok(Err(Unresolved::new(format!("`{name}`: {error}"))))
        }
        Err(problem) => Err(problem),
    }
}

/// A name of the program as a reference, and what the client gives in its place.
///
/// # Errors
/// If what the client gives is nonsense; that the name is no reference is the answer.
fn given_name(
    options: &Options,
    name: &str,
    platform: &Platform,
) -> Result<Result<(ImageRef, Option<NamedContext>), Unresolved>, LoadError> {
    let parsed = match ImageRef::parse(name) {
        Ok(parsed) => parsed,
        Err(problem) => return Ok(Err(Unresolved::new(format!("`{name}`: {problem}")))),
    };
    let named =
        named_context(options, &parsed, platform).map_err(|problem| problem.diagnostic())?;
    Ok(Ok((parsed, named)))
}

/// Asks for an image that the program can do without: that there is no answer in time is one, too.
///
/// # Errors
/// As for an image.
pub async fn optional_image(
    cx: &Build<'_>,
    question: &(String, Platform),
) -> Result<Result<Found, Unresolved>, LoadError> {
    match in_time(cx.options, Finding::Lookup, image(cx, question, "firstOf: ")).await {
        Ok(found) => found,
        Err(late) => Ok(Err(Unresolved::new(format!("image `{}`: {late}", question.0)))),
    }
}

/// Asks for an image; that it cannot be resolved is the answer. In progress, `asker` stands before what is asked.
///
/// # Errors
/// If the daemon itself fails, or what the client named like the image is nonsense: that is no error of the program.
pub async fn image(
    cx: &Build<'_>,
    (reference, platform): &(String, Platform),
    asker: &str,
) -> Result<Result<Found, Unresolved>, LoadError> {
    let Build { bridge, options, context: BuildContext { inputs, .. }, .. } = cx;
    let (parsed, named) = match given_name(options, reference, platform)? {
        Ok(given) => given,
        Err(unresolved) => return Ok(Err(unresolved)),
    };
    let asked = parsed.clone().or_latest();
    let lookup = cx.cache_hosts.lookup(&asked);
    let found = match named {
        Some(context) => {
            resolve_named(*bridge, options, inputs, &context, platform).await.map(|it| {
                let ContextImage { source, config } = it;
                let config = config.map_or_else(
                    || Ok(ImageConfig::empty(platform)),
                    |json| read(reference, &json, platform),
                )?;
                Ok(Found::Context { source, config })
            })
        }
        None => {
            let mut request =
                ImageRequest::new(parsed, Some(platform.clone()), options.resolve_mode);
            let of_platform = match options.platforms.len() {
                0 | 1 => String::new(),
                _ => format!("{platform} "),
            };
            request.log_name = format!("[{of_platform}internal] {asker}load metadata for {asked}");
            bridge.resolve_image(request).await.map_err(LoadError::from).map(|meta| {
                let config = read(reference, &meta.config, platform)?;
                let json = String::from_utf8_lossy(&meta.config).into_owned();
                let record = Arc::new(ImageRecord { digest: meta.digest, config: json });
                // A daemon refuses layers that the config does not name.
                Ok(match config.is_of_scratch() {
                    true => Found::Empty { config, record },
                    false => {
                        let (reference, resolve_mode) =
                            (meta.image.to_string(), options.resolve_mode);
                        let source =
                            llb::Image { reference, resolve_mode, ..llb::Image::default() };
                        Found::Source { source, config, record }
                    }
                })
            })
        }
    };
    match found {
        Ok(found) => {
            if found.as_ref().is_ok_and(Found::is_of_registry) && asked.digest().is_none() {
                lookup.answered();
            }
            Ok(found)
        }
        Err(LoadError::Bridge(error)) if !error.is_canceled() => {
            let unresolved = Unresolved::image(reference, &asked, platform, &error);
            if unresolved.is_absent() {
                lookup.answered();
            }
            Ok(Err(unresolved))
        }
        Err(problem) => Err(problem),
    }
}

fn read(reference: &str, json: &[u8], platform: &Platform) -> Result<ImageConfig, Unresolved> {
    ImageConfig::of_base(json, platform).map_err(|problem| {
        Unresolved::new(format!("configuration of image `{reference}`: {problem}"))
    })
}
