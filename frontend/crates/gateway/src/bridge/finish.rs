use gateway_proto::{frontend, rpc, status};
use visible::{shortened, visible};

use super::{Bridge, BridgeError};

/// Longest message of an error, in bytes. It may quote a program or what the daemon said, and travels twice, once in a
/// header of HTTP/2 that some clients limit.
const MAX_MESSAGE: usize = 128 << 10;

/// Returns the build's outcome to the daemon.
///
/// If the daemon refuses a result, that error takes its place, and if it refuses an error, the bare message does: a build
/// must not end without an outcome, else the client hears of a frontend that died. Containers are released before.
pub async fn finish(
    bridge: &dyn Bridge,
    outcome: Result<frontend::Result, rpc::Status>,
) -> Result<(), BridgeError> {
    let outcome = outcome.map_err(readable);
    let bare = match &outcome {
        Ok(_) => None,
        Err(status) => Some(rpc::Status { details: Vec::new(), ..status.clone() }),
    };
    if let Ok(containers) = bridge.containers() {
        containers.released().await;
    }
    match bridge.return_result(outcome).await {
        Ok(()) => Ok(()),
        Err(refused) => {
            bridge.return_result(Err(bare.unwrap_or_else(|| refused.into_status()))).await
        }
    }
}

/// An error that fits into a message and into a terminal.
fn readable(error: rpc::Status) -> rpc::Status {
    let message = visible(&shortened(&error.message, MAX_MESSAGE)).into_owned();
    status::fit(rpc::Status { message, ..error })
}
