use gateway_proto::{frontend, rpc};

use super::{Bridge, BridgeError};

/// Returns the build's outcome to the daemon.
///
/// If the daemon refuses a result, that error takes its place, and if it refuses an error, the bare message does: a build
/// must not end without an outcome, else the client hears of a frontend that died. Containers are released before.
pub async fn finish(
    bridge: &dyn Bridge,
    outcome: Result<frontend::Result, rpc::Status>,
) -> Result<(), BridgeError> {
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
