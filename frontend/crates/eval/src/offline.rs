use hlb_program::module::Root;
use hlb_syntax::source::Span;
use llb::{ImageRef, Local, Metadata, Platform, State};

use super::{
    Answer, Archive, FileContent, FrontendBuild, Fs, Image, ImageConfig, Normalized, Primed,
    Priming, Resolver, Snapshot,
};

/// A resolver without a daemon: what only a daemon can resolve stays the name that it is.
///
/// Images have an empty configuration and are not pinned; the build context has no session.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unresolved;

impl Resolver for Unresolved {
    fn image(&mut self, reference: &str, platform: &Platform, metadata: Metadata) -> Answer<Image> {
        match ImageRef::parse(reference) {
            Err(problem) => Answer::Failed(format!("`{reference}`: {problem}")),
            Ok(reference) => {
                let source = llb::Image {
                    reference: reference.or_latest().to_string(),
                    ..llb::Image::default()
                };
                let state = llb::image(&source, platform, metadata).into();
                Answer::Ready(Image { state, config: ImageConfig::default(), record: None })
            }
        }
    }

    fn files(&mut self, root: &Root) -> Answer<State> {
        if let Root::Filesystem { name, .. } = root {
            return Answer::Failed(format!("the files of `{name}` need a daemon"));
        }
        let context = Local {
            name: "context".to_owned(),
            shared_key_hint: "context".to_owned(),
            ..Local::default()
        };
        Answer::Ready(llb::local(&context, Metadata::default()).into())
    }

    /// A directory, which is what nobody needs a name for but to have it as such.
    fn context(&mut self, name: &str, _: &Platform) -> Answer<Option<State>> {
        let context = Local {
            name: name.to_owned(),
            shared_key_hint: format!("context:{name}-"),
            ..Local::default()
        };
        Answer::Ready(Some(llb::local(&context, Metadata::default()).into()))
    }

    fn file(&mut self, _: &Fs, path: &str, _: Span) -> Answer<FileContent> {
        Answer::Failed(format!("what file `{path}` holds is not available without a daemon"))
    }

    fn frontend(&mut self, _: &FrontendBuild, _: Span) -> Answer<Image> {
        Answer::Failed("other frontends are not available without a daemon".to_owned())
    }

    fn archive(&mut self, _: &Archive) -> Answer<State> {
        let problem =
            "the frontend's own image, which writes the file, is not known without a daemon";
        Answer::Failed(problem.to_owned())
    }

    fn normalized(&mut self, _: &Normalized) -> Answer<State> {
        let problem = "the frontend's own image, which changes them, is not known without a daemon";
        Answer::Failed(problem.to_owned())
    }

    fn snapshot(&mut self, _: &Snapshot) -> Answer<State> {
        let problem =
            "the frontend's own image, which copies the cache, is not known without a daemon";
        Answer::Failed(problem.to_owned())
    }

    /// Without a daemon there is no cache to be filled.
    fn prime(&mut self, _: &Priming) -> Answer<Option<Primed>> {
        Answer::Ready(None)
    }
}
