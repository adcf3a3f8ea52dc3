//! Images of sections whose layers are not what their digests say.

use std::collections::HashSet;

use gateway_proto::rpc::Status;
use hlb_gateway::bridge::{Bridge, BridgeError, SolveRequest};
use hlb_plan::Section;
use hlb_syntax::diagnostic::Code;
use llb::{Edge, marshal};

use super::failure::Failure;

/// An image of a section that has a layer which is not what its digest says. The build ends, for nobody knows what else was changed.
pub static DAMAGED_SECTION: Code = Code::error("HLB0408", "damaged-section");

const HELP: &str = "whoever can push there may have changed it: publish the section anew, or add `--build-arg HLB_CACHE_IMPORT=off` to \
                    build it";

/// How a daemon says it, for there is no code for that: of a layer as it was fetched, and of one as it is once it is unpacked.
///
/// containerd 1.7 and 2.1: `content/local/writer.go` and `rootfs/apply.go`, which are in `plugins` and in `pkg` since 2.0.
const SAYINGS: [&str; 3] =
    ["unexpected commit digest", "unexpected commit size", "wrong diff id calculated"];

/// Whether a section is taken from an image.
pub fn is_taken(section: &Section) -> bool {
    section.substitute.as_ref().is_some_and(|it| it.taken.is_some())
}

/// The same failure; if it is that an image of a section is not what its digests say, with which one, and its place in the
/// program. The daemon names no more than the layer, at the step that reads it.
pub async fn explain(bridge: &dyn Bridge, failure: Failure, sections: &[Section]) -> Failure {
    let (Failure::Daemon(error) | Failure::OnPlatform { error, .. } | Failure::At { error, .. }) =
        &failure
    else {
        return failure;
    };
    let BridgeError::Status(cause) = error else { return failure };
    if saying(cause).is_none() {
        return failure;
    }
    let mut seen = HashSet::new();
    for section in sections {
        let Some(substitute) = &section.substitute else { continue };
        let Some(reference) = substitute.taken.as_ref().filter(|_| seen.insert(&section.output))
        else {
            continue;
        };
        if let Err(BridgeError::Status(status)) = pull(bridge, &section.output).await
            && let Some(said) = saying(&status)
        {
            let message = format!("image `{reference}` is not what its digests say: {said}");
            let error = Box::new(DAMAGED_SECTION.at(substitute.span, message).help(HELP));
            return Failure::Explained { error, cause: cause.clone() };
        }
    }
    failure
}

/// What of an error is about content that is not what it is called.
fn saying(status: &Status) -> Option<&str> {
    let start = SAYINGS.iter().find_map(|saying| status.message.find(saying))?;
    let said = status.message.get(start..)?;
    Some(said.strip_suffix(": failed precondition").unwrap_or(said))
}

/// Fetches an image, as far as it is not there.
async fn pull(bridge: &dyn Bridge, image: &Edge) -> Result<(), BridgeError> {
    let request = SolveRequest::evaluated(marshal(image));
    let reference = bridge.solve(request).await?.reference;
    bridge.stat_file(&reference, "/").await.map(drop)
}
