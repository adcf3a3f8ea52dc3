use std::sync::Arc;

use hlb_program::builtin::{Flow, Kind, Param, Signature};
use hlb_syntax::diagnostic::{Code, Diagnostic};
use llb::{ImageRef, Metadata, Platform};

use crate::{Absence, Answer, Builtin, Call, Cx, Fs, Lower};

pub(super) static ROWS: &[&Builtin] = &[&IMAGE, &RESOLVE, &PLATFORM];

static IMAGE: Builtin = Builtin::new(
    Signature::new(
        Kind::Fs,
        "image",
        const {
            &[Param::new(
                "ref",
                Kind::String,
                "a reference as `docker pull` takes it, such as `alpine:3.20`",
            )]
        },
        "Starts from the filesystem and configuration of an image.",
    )
    .known_as("FROM")
    .with_flow(Flow::StartsConfigured),
    Lower::Fs(lower),
);

static RESOLVE: Builtin = Builtin::new(
    Signature::new(
        Kind::option("image"),
        "resolve",
        &[],
        "Has no effect: the configuration is always resolved.",
    ),
    Lower::Option,
);

static PLATFORM: Builtin = Builtin::new(
    Signature::new(
        Kind::option("image"),
        "platform",
        const {
            &[
                Param::new("os", Kind::String, "such as `linux`"),
                Param::new("arch", Kind::String, "such as `arm64`, or with a variant, `arm/v7`"),
            ]
        },
        "Takes the image of this platform instead of that which is built for.",
    ),
    Lower::Option,
);

/// An image that cannot be resolved.
pub static UNRESOLVED_IMAGE: Code = Code::error("HLB0320", "unresolved-image");

fn lower(cx: &mut Cx<'_>, _: Arc<Fs>, call: &Call) -> Result<Fs, Diagnostic> {
    let platform = match call.option_call(&PLATFORM) {
        None => cx.host.platform.clone(),
        Some(option) => {
            let text = format!("{}/{}", option.string("os"), option.string("arch"));
            let platform = Platform::parse(&text, &cx.host.platform);
            Arc::new(platform.map_err(|error| option.invalid("arch", error))?)
        }
    };
    let mut fs = Fs::scratch(&platform);
    // An image is pinned to a digest, so what a cache has of it is never stale.
    let metadata = Metadata { ignore_cache: false, ..cx.metadata(call) };
    match cx.image(call.string("ref"), &platform, metadata) {
        Answer::Ready(image) => {
            for (key, value) in image.config.config.env.iter() {
                fs.set_env(key, value);
            }
            fs.dir = fs.path(&image.config.config.working_dir).into();
            fs.state = image.state;
            fs.image = image.config;
        }
        Answer::Pending => {}
        Answer::Failed(problem) | Answer::Absent(Absence { problem, .. }) => {
            let found = UNRESOLVED_IMAGE.at(call.span_of("ref"), problem);
            return Err(in_lower_case(found, call.string("ref")));
        }
    }
    Ok(fs)
}

/// Shows a reference in lower case if only that makes it one.
fn in_lower_case(found: Diagnostic, reference: &str) -> Diagnostic {
    let lower = reference.to_lowercase();
    match ImageRef::parse(reference).is_err() && ImageRef::parse(&lower).is_ok() {
        true => found.help(format!("write `{lower}`")),
        false => found,
    }
}
