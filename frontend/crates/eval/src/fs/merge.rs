use std::sync::Arc;

use hlb_program::builtin::{Kind, Param, Signature};
use hlb_syntax::diagnostic::Diagnostic;
use llb::State;

use crate::{Builtin, Call, Cx, Fs, INVALID_ARGUMENT, Lower};

pub(super) static ROWS: &[&Builtin] = &[&MERGE];

static MERGE: Builtin = Builtin::new(
    Signature::new(
        Kind::Fs,
        "merge",
        const { &[Param::variadic("input", Kind::Fs, "a filesystem to lay on top of those before it")] },
        "Lays filesystems on top of this one, without copying a file.",
    ),
    Lower::Fs(lower),
);

fn lower(cx: &mut Cx<'_>, fs: Arc<Fs>, call: &Call) -> Result<Fs, Diagnostic> {
    let mut layers: Vec<State> = vec![fs.state.clone()];
    layers.extend(call.filesystems().map(|input| input.state.clone()));
    if layers.len() == 1 {
        return Err(INVALID_ARGUMENT.at(call.name_span, "`merge` has nothing to merge with"));
    }
    let metadata = cx.metadata(call);
    let mut fs = fs.with_state(llb::merge(&layers, metadata));
    fs.image.history.layer("MERGE / /");
    Ok(fs)
}
