use std::sync::Arc;

use crate::builtin::{Kind, Param, Signature};
use crate::diagnostic::Diagnostic;
use crate::eval::{Builtin, Call, Cx, Fs, Lower};
use crate::llb::{self, State};

pub(super) static ROWS: &[&Builtin] = &[&DIFF];

static DIFF: Builtin = Builtin::new(
    Signature::new(
        Kind::Fs,
        "diff",
        const { &[Param::new("base", Kind::Fs, "the filesystem to compare with")] },
        "Keeps only what this filesystem has and the base has not.",
    ),
    Lower::Fs(lower),
);

fn lower(cx: &mut Cx<'_>, fs: Arc<Fs>, call: &Call) -> Result<Fs, Diagnostic> {
    let base = call.fs("base").map_or(State::Scratch, |base| base.state.clone());
    let metadata = cx.metadata(call.span);
    let mut fs = fs.with_state(llb::diff(&base, &fs.state, metadata));
    fs.image.layer("DIFF / /");
    Ok(fs)
}
