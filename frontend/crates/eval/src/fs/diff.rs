use std::sync::Arc;

use gateway_proto::caps;
use hlb_program::builtin::{Kind, Param, Signature};
use hlb_syntax::diagnostic::Diagnostic;
use llb::State;

use crate::{Builtin, Call, Cx, Fs, Lower};

pub(super) static ROWS: &[&Builtin] = &[&DIFF];

static DIFF: Builtin = Builtin::new(
    Signature::new(
        Kind::Fs,
        "diff",
        const {
            &[Param::new(
                "base",
                Kind::Fs,
                "the filesystem to compare with, such as the one that this was made from",
            )]
        },
        "Keeps only what differs from another filesystem: what was added, changed or removed \
         since. An engine with graph drivers, such as Docker without the containerd image store, \
         can't do it.",
    ),
    Lower::Fs(lower),
)
.sometimes_needing(caps::DIFFOP, "unless `base` is empty");

fn lower(cx: &mut Cx<'_>, fs: Arc<Fs>, call: &Call) -> Result<Fs, Diagnostic> {
    let base = call.fs("base").map_or(State::Scratch, |base| base.state.clone());
    let metadata = cx.metadata(call);
    let mut fs = fs.with_state(llb::diff(&base, &fs.state, metadata));
    fs.image.history.layer("DIFF / /");
    Ok(fs)
}
