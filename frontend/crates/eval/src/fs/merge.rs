use std::sync::Arc;

use gateway_proto::caps;
use hlb_program::builtin::{INVALID_ARGUMENT, Kind, Param, Signature};
use hlb_syntax::diagnostic::{Code, Diagnostic};
use llb::{MAX_LAYERS, MAX_MERGED, MergeTooLarge, Metadata, State};

use crate::{Builtin, Call, Cx, Fs, Lower};

pub(super) static ROWS: &[&Builtin] = &[&MERGE];

static MERGE: Builtin = Builtin::new(
    Signature::new(
        Kind::Fs,
        "merge",
        const { &[Param::variadic("input", Kind::Fs, "a filesystem, on top of those before it")] },
        "Lays filesystems on top of this one, without copying a file: their layers stay what \
         they are. An engine with graph drivers, such as Docker without the containerd image \
         store, can't do it.",
    ),
    Lower::Fs(lower),
)
.sometimes_needing(caps::MERGEOP, "unless all but one are empty")
.in_dockerfile("`COPY --link --from=STAGE / /` for each");

/// A merge of more filesystems or layers than a daemon should work on.
pub static MERGE_TOO_LARGE: Code = Code::error("HLB0306", "merge-too-large");

fn lower(cx: &mut Cx<'_>, fs: Arc<Fs>, call: &Call) -> Result<Fs, Diagnostic> {
    let mut layers: Vec<State> = vec![fs.state.clone()];
    layers.extend(call.filesystems().map(|input| input.state.clone()));
    if layers.len() == 1 {
        return Err(INVALID_ARGUMENT.at(call.name_span, "`merge` has nothing to merge with"));
    }
    let merged = lay_over(cx, call, &layers, cx.metadata(call))?;
    let mut fs = fs.with_state(merged);
    fs.image.history.layer("MERGE / /");
    Ok(fs)
}

/// Lays filesystems over each other for a call.
pub fn lay_over(
    cx: &Cx<'_>,
    call: &Call,
    layers: &[State],
    metadata: Metadata,
) -> Result<State, Diagnostic> {
    llb::merge(layers, |edge| cx.output.ends_section(edge), metadata).map_err(|error| {
        let name = call.builtin.signature.name;
        let problem = match error {
            MergeTooLarge::Filesystems => {
                format!("`{name}` has more than {MAX_MERGED} filesystems, with those in its inputs")
            }
            MergeTooLarge::Layers => {
                format!("the inputs of `{name}` have more than {MAX_LAYERS} layers together")
            }
        };
        MERGE_TOO_LARGE.at(call.name_span, problem).help("copy some of them into one filesystem")
    })
}
