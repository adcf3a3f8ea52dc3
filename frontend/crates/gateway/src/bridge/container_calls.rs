use std::time::Duration;

use futures_util::Stream;
use gateway_proto::caps::{Cap, Caps, GATEWAY_EXEC};
use gateway_proto::frontend::llb_bridge_client::LlbBridgeClient;
use gateway_proto::{frontend, status};
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;
use tonic::Streaming;
use tonic::transport::Channel;

use super::BridgeError;

/// Longest wait for all releases, at the end of a build: for a process to start and for the release after it.
const END_TIMEOUT: Duration = Duration::from_secs(15);

/// The calls of `LLBBridge` about containers, and the count of the containers that are open.
///
/// It may be kept for longer than the bridge that it comes from: a release runs on when a build is given up.
#[derive(Clone)]
pub struct ContainerCalls {
    client: LlbBridgeClient<Channel>,
    caps: Caps,
    open: TaskTracker,
}

impl ContainerCalls {
    /// # Errors
    /// If the daemon has no gateway containers.
    pub(crate) fn new(
        client: LlbBridgeClient<Channel>,
        caps: &Caps,
        open: &TaskTracker,
    ) -> Result<Self, BridgeError> {
        let calls = Self { client, caps: caps.clone(), open: open.clone() };
        calls.require(GATEWAY_EXEC)?;
        Ok(calls)
    }

    /// Waits until every container is released, or for 15 seconds.
    ///
    /// With descriptor 0 of a process open the daemon would wait for it, and the build would hang after its end.
    pub(crate) async fn released(&self) {
        self.open.close();
        if tokio::time::timeout(END_TIMEOUT, self.open.wait()).await.is_err() {
            tracing::warn!(left = self.open.len(), "containers are left to the daemon");
        }
    }

    pub(crate) fn token(&self) -> TaskTrackerToken {
        self.open.token()
    }

    pub(crate) fn require(&self, cap: Cap) -> Result<(), BridgeError> {
        self.caps.check(cap).map_err(|error| BridgeError::Unsupported(error.to_string()))
    }

    /// A client of one call; they share the connection.
    pub(crate) fn client(&self) -> LlbBridgeClient<Channel> {
        self.client.clone()
    }

    pub(crate) async fn new_container(
        &self,
        request: frontend::NewContainerRequest,
    ) -> Result<(), BridgeError> {
        self.client().new_container(request).await?;
        Ok(())
    }

    /// Answers with the first message of the process, for which the first request has to be in the stream already.
    pub(crate) async fn exec_process(
        &self,
        requests: impl Stream<Item = frontend::ExecMessage> + Send + 'static,
    ) -> Result<Streaming<frontend::ExecMessage>, BridgeError> {
        Ok(self.client().exec_process(requests).await?.into_inner())
    }

    /// Ends a container; how its processes ended is no error of it.
    pub(crate) async fn release(&self, container_id: String) -> Result<(), BridgeError> {
        let request = frontend::ReleaseContainerRequest { container_id };
        match self.client().release_container(request).await {
            Ok(_) => Ok(()),
            Err(error) => match BridgeError::from(error) {
                BridgeError::Status(it)
                    if [status::CANCELED, status::UNKNOWN].contains(&it.code) =>
                {
                    Ok(())
                }
                error => Err(error),
            },
        }
    }
}
