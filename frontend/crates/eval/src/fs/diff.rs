use std::sync::Arc;

use hlb_program::builtin::{Kind, Param, Signature};
use hlb_syntax::diagnostic::Diagnostic;
use llb::State;

use crate::{Builtin, Call, Cx, Fs, Lower};

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
    let metadata = cx.metadata(call);
    let mut fs = fs.with_state(llb::diff(&base, &fs.state, metadata));
    fs.image.history.layer("DIFF / /");
    Ok(fs)
}
