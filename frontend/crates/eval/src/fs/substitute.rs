//! Sections that are taken from images of their own.

use std::sync::Arc;

use hlb_plan::{Section, Substitute};
use hlb_program::builtin::{ArgSite, Kind, Param, Signature};
use hlb_program::lint::UNSUBSTITUTED;
use hlb_syntax::diagnostic::{Code, Diagnostic};
use llb::{ImageRef, Metadata, State};
use serde_json::Value;

use crate::{Builtin, Call, Cx, Fs, Image, ImageConfig, Lower};

pub static SUBSTITUTE: Builtin = Builtin::extension(
    Signature::new(
        Kind::option("cached"),
        "substitute",
        const {
            &[Param::new(
                "repository",
                Kind::String,
                "where the images of sections are, such as `ghcr.io/acme/sections`: an image reference without tag and digest",
            )
            .checked_by(check_repository)]
        },
        "Takes the section from an image of this repository whose tag says what the section is made of, if there is one: then \
         nothing of the section is built. `--call=hlb.cache` says which image that is.",
    ),
    Lower::Option,
);

/// A repository of images that is none.
pub static INVALID_REPOSITORY: Code = Code::error("HLB0403", "invalid-repository");

/// An image that a section is taken from.
#[derive(Clone, Debug)]
pub struct SectionImage {
    /// Pinned.
    pub image: llb::Image,
    pub config: ImageConfig,
    /// With the tag, and without the digest.
    pub reference: Arc<str>,
}

/// What the option of a section says; nothing if there is none, or nothing to take.
pub(super) fn of(cx: &mut Cx<'_>, call: &Call) -> Result<Option<Substitute>, Diagnostic> {
    let (Some(option), Some(body)) = (call.option_call(&SUBSTITUTE), call.fs("body")) else {
        return Ok(None);
    };
    option.read("repository", check_repository)?;
    if body.state == State::Scratch && !cx.waits() {
        let message = "the section is an empty filesystem, for which no image is looked up";
        cx.output.report(UNSUBSTITUTED.at(option.span, message));
        return Ok(None);
    }
    Ok(Some(Substitute {
        repository: option.string("repository").into(),
        config: section_config(body).into(),
        platform: body.platform.clone(),
        span: option.span,
        origin: cx.host.origins.of_file(option.span.file),
        taken: None,
    }))
}

/// A section and its filesystem, if it is taken from an image.
pub(super) fn taken(cx: &mut Cx<'_>, call: &Call, section: &Section) -> Option<(Section, Fs)> {
    let substitute = section.substitute.as_ref()?;
    let SectionImage { image, config, reference } = cx.substituted(section)?;
    let mut metadata = Metadata { ignore_cache: false, ..cx.metadata(call) };
    if let Some(step) = &mut metadata.step {
        step.text = format!("found {reference}");
    }
    let output = llb::image(&image, &substitute.platform, metadata);
    let image = Image { state: output.clone().into(), config, record: None };
    // The name says nothing of what the section requires, so that is looked at all the same.
    let checks = call.fs("body").map(|body| body.checks.clone()).unwrap_or_default();
    let fs = Fs { checks, ..Fs::of_image(image, &substitute.platform) };
    let substitute = Substitute { taken: Some(reference), ..substitute.clone() };
    let (imports, layouts) = (Vec::new(), Vec::new());
    let substitute = Some(substitute);
    Some((Section { output, imports, layouts, substitute, ..section.clone() }, fs))
}

/// What of a filesystem its image has besides files. When something was made is left out, and what it is based on.
pub fn section_config(fs: &Fs) -> String {
    // Strings, lists and maps with strings for keys: there is nothing that JSON can't say.
    let env = serde_json::to_string(&fs.env).unwrap_or_default();
    let config = serde_json::to_string(&*fs.image.config).unwrap_or_default();
    let [dir, user] = [&*fs.dir, fs.user.as_deref().unwrap_or_default()].map(Value::from);
    format!("[{env},{dir},{user},{config}]")
}

/// Whether a text is the name of a repository.
fn check_repository(text: &str, site: &ArgSite) -> Result<(), Diagnostic> {
    let found = |problem: &str| INVALID_REPOSITORY.at(site.span, format!("`{text}`: {problem}"));
    match ImageRef::parse(text) {
        Err(problem) => Err(found(&problem.to_string())),
        Ok(it) if it.digest().is_some() || it.tag().is_some() => {
            let problem = "a repository has no tag and no digest, since the images in it are named after their sections";
            Err(found(problem).help(format!("write `{}`", it.untagged().familiar())))
        }
        Ok(_) => Ok(()),
    }
}
