use std::sync::Arc;

use hlb_program::builtin::{Flow, Kind, Param, Signature};
use hlb_syntax::diagnostic::Diagnostic;
use llb::State;

use crate::{Builtin, Call, Cx, Fs, Lower, Section};

pub(super) static ROWS: &[&Builtin] = &[&CACHED, &CACHE_FROM, &CACHE_FROM_FS, &CACHE_TO, &ISOLATED];

static CACHED: Builtin = Builtin::extension(
    Signature::new(
        Kind::Fs,
        "cached",
        const { &[Param::new("body", Kind::Fs, "what the section makes")] },
        "Starts from a section of the build that has cache imports and exports of its own. Wrapping code in it changes \
         no cache key.",
    )
    .with_flow(Flow::Starts),
    Lower::Fs(lower),
);

/// An import, in the words of `docker buildx build --cache-from`.
pub static CACHE_FROM: Builtin = Builtin::extension(
    Signature::new(
        Kind::option("cached"),
        "cacheFrom",
        const { &[Param::new("spec", Kind::String, "`type=…,key=value`, or an image reference")] },
        "Imports a build cache for this section, in the words of `docker buildx build --cache-from`.",
    ),
    Lower::Setting,
);

/// An import from a filesystem.
pub static CACHE_FROM_FS: Builtin = Builtin::extension(
    Signature::new(
        Kind::option("cached"),
        "cacheFromFS",
        const {
            &[Param::new("layout", Kind::Fs, "an OCI layout, as `--cache-to type=local` writes it")]
        },
        "Imports a build cache for this section from a filesystem.",
    ),
    Lower::Unsupported,
);

/// An export, in the words of `docker buildx build --cache-to`.
pub static CACHE_TO: Builtin = Builtin::extension(
    Signature::new(
        Kind::option("cached"),
        "cacheTo",
        const {
            &[Param::new(
                "spec",
                Kind::String,
                "`type=…,key=value`, an image reference, or `client`",
            )]
        },
        "Exports the build cache of this section, in the words of `docker buildx build --cache-to`.",
    ),
    Lower::Unsupported,
);

/// Solves the section on its own.
pub static ISOLATED: Builtin = Builtin::extension(
    Signature::new(
        Kind::option("cached"),
        "isolated",
        &[],
        "Solves this section on its own, with its own imports only, before what uses it.",
    ),
    Lower::Setting,
);

fn lower(cx: &mut Cx<'_>, _: Arc<Fs>, call: &Call) -> Result<Fs, Diagnostic> {
    let Some(body) = call.fs("body") else { return Ok(Fs::scratch(&cx.platform)) };
    if let State::Edge(output) = &body.state {
        let (name, settings) = (cx.function.clone(), call.options.clone());
        cx.sections.push(Section { name, span: call.span, output: output.clone(), settings });
    }
    Ok((**body).clone())
}
