use std::sync::Arc;

use hlb_program::builtin::{Flow, Kind, Signature};
use hlb_syntax::diagnostic::Diagnostic;

use crate::{Builtin, Call, Cx, Fs, Lower};

pub(super) static ROWS: &[&Builtin] = &[&SCRATCH];

pub static SCRATCH: Builtin = Builtin::new(
    Signature::new(
        Kind::Fs,
        "scratch",
        &[],
        "Starts from an empty filesystem, with no configuration.",
    )
    .with_flow(Flow::StartsEmpty),
    Lower::Fs(lower),
)
.in_dockerfile("`FROM scratch`");

fn lower(cx: &mut Cx<'_>, _: Arc<Fs>, _: &Call) -> Result<Fs, Diagnostic> {
    Ok(cx.scratch())
}
