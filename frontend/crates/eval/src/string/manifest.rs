use std::sync::Arc;

use hlb_program::builtin::{Effect, Kind, Param, Signature};
use hlb_syntax::diagnostic::{Code, Diagnostic};
use llb::Metadata;

use crate::fs::{check_reference, platform, unresolved};
use crate::{Absence, Answer, Builtin, Call, Cx, ImageRecord, Lower, Value};

pub(super) static ROWS: &[&Builtin] = &[&MANIFEST, &PLATFORM];

const DIGEST: &str = "digest";
const CONFIG: &str = "config";
const INDEX: &str = "index";

static MANIFEST: Builtin = Builtin::new(
    Signature::new(
        Kind::String,
        "manifest",
        const {
            &[Param::new("ref", Kind::String, "an image reference, such as `alpine:3.22`")
                .checked_by(check_reference)]
        },
        "Looks an image up in its registry. `as (digest d, config c)` names what a build can \
         know of it; the manifest itself it can't.",
    )
    .with_effects(
        const {
            &[
                Effect::new(DIGEST, Kind::String, "the digest that the reference stands for"),
                Effect::new(CONFIG, Kind::String, "the configuration of the image, as JSON"),
                Effect::new(
                    INDEX,
                    Kind::String,
                    "the index of its platforms, as JSON; it is an error, since a build does \
                     not have it",
                ),
            ]
        },
    ),
    Lower::Value(lower),
);

static PLATFORM: Builtin = Builtin::option(
    "manifest",
    "platform",
    platform::PARAMS,
    "Takes the image of another platform than the one that is built for.",
);

/// What of an image a build can't have.
pub static UNAVAILABLE_MANIFEST: Code = Code::error("HLB0338", "unavailable-manifest");

/// Binds the effects. The manifest itself is an error for whoever needs it, and so are effects that are not available.
fn lower(cx: &mut Cx<'_>, call: &Call) -> Result<Value, Diagnostic> {
    let needs_record = |effect: &Effect| effect.name != INDEX;
    let record = match call.aliases.iter().any(|(effect, _)| needs_record(effect)) {
        true => record(cx, call)?,
        false => None,
    };
    for (effect, alias) in &call.aliases {
        let value = match (effect.name, &record) {
            (INDEX, _) => lacking(call, "the index of an image"),
            (DIGEST, Some(record)) if record.digest.is_empty() => {
                let message =
                    format!("image `{}` is the engine's own, without a digest", call.string("ref"));
                let found = UNAVAILABLE_MANIFEST.at(call.span_of("ref"), message);
                Value::Lacking(Arc::new(found.help("build with `--pull` if a registry has it")))
            }
            (DIGEST, Some(record)) => Value::String(record.digest.as_str().into()),
            (CONFIG, Some(record)) => Value::String(record.config.as_str().into()),
            (name, _) => {
                let reference = call.string("ref");
                let message = format!("{name} of `{reference}`: no registry was asked for it");
                let found = UNAVAILABLE_MANIFEST.at(call.span_of("ref"), message);
                Value::Lacking(Arc::new(found.help(
                    "build without a context of that name; without a daemon no image is looked up",
                )))
            }
        };
        cx.bind(*alias, value);
    }
    Ok(lacking(call, "the manifest of an image"))
}

/// The image as its registry has it; `None` if none was asked.
fn record(cx: &mut Cx<'_>, call: &Call) -> Result<Option<Arc<ImageRecord>>, Diagnostic> {
    let platform = platform::chosen(cx, call, &PLATFORM)?;
    call.read("ref", check_reference)?;
    match cx.image(call.string("ref"), &platform, Metadata::default(), call.span_of("ref")) {
        Answer::Ready(image) => Ok(image.record),
        Answer::Pending => Ok(None),
        Answer::Failed(problem) | Answer::Absent(Absence { problem, .. }) => {
            Err(unresolved(call, problem))
        }
    }
}

fn lacking(call: &Call, what: &str) -> Value {
    let message = format!("{what} is not available in a build");
    let found = UNAVAILABLE_MANIFEST.at(call.name_span, message);
    Value::Lacking(Arc::new(found.help(
        "bind what BuildKit has of it, with `as (digest d, config c)`, or have a step of the build fetch it",
    )))
}
