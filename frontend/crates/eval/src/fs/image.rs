use std::sync::Arc;

use hlb_program::builtin::{ArgSite, Flow, Kind, Param, Signature};
use hlb_program::lint::{BASE_PLATFORM, BASE_TRIGGERS};
use hlb_syntax::diagnostic::{Code, Diagnostic};
use llb::{ImageRef, Metadata};

use super::platform;
use crate::{Absence, Answer, Builtin, Call, Cx, Fs, Lower};

pub(super) static ROWS: &[&Builtin] = &[&IMAGE, &RESOLVE, &PLATFORM];

pub static IMAGE: Builtin = Builtin::new(
    Signature::new(
        Kind::Fs,
        "image",
        const {
            &[Param::new(
                "ref",
                Kind::String,
                "an image reference as `docker pull` takes it, such as `alpine:3.22`",
            )
            .checked_by(check_reference)]
        },
        "Starts from an image: its filesystem, and its configuration with environment, working \
         directory, user and shell. A named context of the client with the same name replaces \
         it.",
    )
    .with_flow(Flow::StartsConfigured),
    Lower::Fs(lower),
)
.known_as("FROM");

static RESOLVE: Builtin = Builtin::new(
    Signature::new(
        Kind::option("image"),
        "resolve",
        &[],
        "Has no effect: the configuration of an image is always there. It is for programs that \
         have it.",
    ),
    Lower::Option,
);

static PLATFORM: Builtin = Builtin::option(
    "image",
    "platform",
    platform::PARAMS,
    "Takes the image of another platform than the one that is built for. Commands run on that \
     platform.",
)
.in_dockerfile("`FROM --platform=PLATFORM`");

/// An image that cannot be resolved.
pub static UNRESOLVED_IMAGE: Code = Code::error("HLB0320", "unresolved-image");

fn lower(cx: &mut Cx<'_>, _: Arc<Fs>, call: &Call) -> Result<Fs, Diagnostic> {
    let platform = platform::chosen(cx, call, &PLATFORM)?;
    call.read("ref", check_reference)?;
    let mut fs = Fs::scratch(&platform);
    // An image is pinned to a digest, so what a cache has of it is never stale.
    let metadata = Metadata { ignore_cache: false, ..cx.metadata(call) };
    match cx.image(call.string("ref"), &platform, metadata, call.span_of("ref")) {
        Answer::Ready(image) => {
            fs = Fs::of_image(image, &platform);
            warn_of_platform(cx, &fs, call);
            drop_triggers(cx, &mut fs, call);
        }
        Answer::Pending => {}
        Answer::Failed(problem) | Answer::Absent(Absence { problem, .. }) => {
            return Err(unresolved(call, problem));
        }
    }
    Ok(fs)
}

/// The image that the argument `ref` names can't be resolved.
pub fn unresolved(call: &Call, problem: String) -> Diagnostic {
    UNRESOLVED_IMAGE.at(call.span_of("ref"), problem)
}

/// Warns of an image of another platform than the one that it is taken for. A variant may be any that runs there.
///
/// BuildKit 0.32, `frontend/dockerfile/dockerfile2llb/validations.go`, `validateBaseImagePlatform`.
fn warn_of_platform(cx: &mut Cx<'_>, fs: &Fs, call: &Call) {
    let Some(found) = fs.image.platform() else { return };
    let wanted = &fs.platform;
    if found.is_alike(wanted) {
        return;
    }
    let image = call.string("ref");
    let message = format!("image `{image}` is for {found}, and the build is for {wanted}");
    let warning = BASE_PLATFORM.at(call.span_of("ref"), message);
    cx.output.report(warning.help(format!(
        "take an image for {wanted}, or build for the other platform with `--platform {found}`"
    )));
}

/// Takes away what the image wants a Dockerfile to do that is based on it: who runs a program has not written that, and
/// the next image is not its business.
fn drop_triggers(cx: &mut Cx<'_>, fs: &mut Fs, call: &Call) {
    let Some(first) = fs.image.config.on_build.first() else { return };
    let (image, count) = (call.string("ref"), fs.image.config.on_build.len());
    let more = if count > 1 { format!(" and {} more", count - 1) } else { String::new() };
    let message = format!("image `{image}` has `ONBUILD {first}`{more}, which is not carried out");
    let warning = BASE_TRIGGERS.at(call.span_of("ref"), message);
    cx.output.report(warning.help("write what of it you need as statements after `image`"));
    fs.image.config_mut().on_build = Arc::default();
}

/// Whether a text is an image reference.
pub fn check_reference(text: &str, site: &ArgSite) -> Result<(), Diagnostic> {
    let Err(problem) = ImageRef::parse(text) else { return Ok(()) };
    let found = UNRESOLVED_IMAGE.at(site.span, format!("`{text}`: {problem}"));
    // Perhaps only the case is wrong.
    let lower = text.to_lowercase();
    Err(match ImageRef::parse(&lower) {
        Ok(_) => found.help(format!("write `{lower}`")),
        Err(_) => found,
    })
}
