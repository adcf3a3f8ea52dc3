//! What the daemon must be able to do for what a program says.

use gateway_proto::caps::{Cap, Caps, List, Why};
use hlb_syntax::diagnostic::{Code, Diagnostic};
use llb::Vertex;

use crate::{Call, Frame, Fs, Value};

/// A builtin for which the daemon is too old, or set up in another way.
pub static MISSING_CAPABILITY: Code = Code::error("HLB0406", "missing-capability");

/// The error of a builtin that needs a capability, if the daemon lacks it.
pub fn missing(caps: &Caps, call: &Call, cap: Cap) -> Option<Diagnostic> {
    lacking(caps, call, cap.list, cap.id)
}

/// The error of the first capability that the daemon lacks of those that what a call has made needs.
///
/// What other calls made, such as the vertex `before`, was checked with them: of the vertices below only the direct inputs
/// are looked at, for a call may make two.
pub fn missing_of_made(
    caps: &Caps,
    call: &Call,
    frame: &Frame,
    before: Option<&Vertex>,
    made: &Fs,
) -> Option<Diagnostic> {
    let bound = call.options.iter().flat_map(|option| &option.aliases);
    let bound = bound.filter_map(|(_, alias)| match frame.aliases.get(alias) {
        Some(Value::Fs(fs)) => fs.state.edge(),
        _ => None,
    });
    let edges = made.state.edge().into_iter().chain(bound);
    let vertices = edges.flat_map(|edge| {
        let below = edge.vertex.inputs().iter().map(|edge| &edge.vertex);
        std::iter::once(&edge.vertex).chain(below)
    });
    let is_known = |vertex: &Vertex| before.is_some_and(|before| before.shares_metadata(vertex));
    let ids = vertices.filter(|vertex| !is_known(vertex)).flat_map(Vertex::capabilities);
    ids.filter_map(|id| lacking(caps, call, List::Llb, id)).next()
}

/// What to do where a capability is disabled: both are so on an engine with graph drivers, and nowhere else (Moby 26.1 and 28.5,
/// `builder-next/controller.go`).
fn without(id: &str) -> Option<&'static str> {
    match id {
        "mergeop" => Some(
            "turn on Docker's containerd image store, build with `docker buildx create`, or `copy` \
             one filesystem into the other",
        ),
        "diffop" => {
            Some("turn on Docker's containerd image store, or build with `docker buildx create`")
        }
        _ => None,
    }
}

fn lacking(caps: &Caps, call: &Call, list: List, id: &str) -> Option<Diagnostic> {
    let lack = caps.check_id(list, id).err()?;
    let name = call.builtin.signature.name;
    let (message, help) = match (lack.why, lack.since) {
        (Why::Disabled(reason), _) => {
            let reason = if reason.is_empty() { reason } else { format!(": {reason}") };
            (
                format!("`{name}` needs `{id}`, which is disabled on this daemon{reason}"),
                without(id),
            )
        }
        (Why::Absent, Some(since)) => (
            format!("`{name}` needs BuildKit {since} or later: this daemon has no `{id}`"),
            Some("build with a newer BuildKit, such as that of `docker buildx create`"),
        ),
        (Why::Absent, None) => (format!("`{name}` needs `{id}`, which this daemon lacks"), None),
    };
    let found = MISSING_CAPABILITY.at(call.name_span, message);
    Some(match help {
        Some(help) => found.help(help),
        None => found,
    })
}
