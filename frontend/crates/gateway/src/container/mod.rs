//! Gateway containers: programs that run beside the build, on the daemon, and talk to the frontend.
//!
//! In: a [`Bridge`] and a [`ContainerRequest`]. Out: a [`Container`], the [`Running`] processes in it, and what they
//! print. The network of a container is the daemon's default, which the frontend itself has not. Start at
//! [`Container::start`].
//!
//! What must hold, or a build hangs or leaves something behind on the daemon (seen on BuildKit 0.13 and 0.25):
//!
//! * A container is released on every path: when it is dropped, when the call that makes it is dropped, when a task
//!   panics. [`finish`](crate::bridge::finish) waits for that before a build gets its outcome.
//! * While descriptor 0 of a process is open, the daemon reports neither its end nor that of a release. So a server has
//!   none, and where there is one the requests of all processes end before the release is sent.
//! * A release waits for processes that are just starting: BuildKit before 0.15 does not stop a process that has not
//!   started when its container is released, nor does it ever answer then (`executor/runcexecutor`, "nothing to kill").
//! * A release of a running process is answered with an error, which is success.
//! * No container has a cache mount: the daemon waits for a locked one beyond the end of the build, and then keeps the
//!   container until it is restarted. What needs one is an exec vertex.

mod file;
mod line;
mod own_image;
mod probe;
mod process;
mod request;

use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

use crate::bridge::{Bridge, BridgeError, ContainerCalls};
use crate::concurrent;

pub use file::MountPoint;
pub use line::NoLine;
pub use own_image::{OwnImageError, own_image};
pub use probe::is_given;
pub use process::{Event, Exit, Process, Running, Signal, Stdin};
pub use request::{ContainerMount, ContainerMountKind, ContainerRequest};

/// How long a release may take; the daemon goes on with it afterwards.
const RELEASE_TIMEOUT: Duration = Duration::from_secs(4);

/// How long a release waits for a process to start, a little longer than the daemon does.
const START_TIMEOUT: Duration = Duration::from_secs(11);

/// A container on the daemon, which is released when this is dropped.
pub struct Container {
    calls: ContainerCalls,
    id: String,
    /// Ends the requests of all processes.
    closing: CancellationToken,
    /// The processes that have been asked for and are not known to have started.
    starts: TaskTracker,
    /// Makes the end of the build wait for the release.
    token: TaskTrackerToken,
    /// Who wants to know how the release went.
    report: Option<oneshot::Sender<Result<(), BridgeError>>>,
}

impl Container {
    /// Makes a container; nothing runs in it yet.
    ///
    /// Dropping this future leaves no container behind.
    ///
    /// # Errors
    /// If the daemon has no gateway containers, if what a mount needs cannot be built, or what else the daemon says.
    pub async fn start(
        bridge: &dyn Bridge,
        request: ContainerRequest,
    ) -> Result<Self, BridgeError> {
        let calls = bridge.containers()?;
        force(bridge, &request).await?;
        let id = random_id()?;
        let message = request.into_message(id.clone());
        let token = calls.token();
        // The daemon makes the container even if the call is dropped, so somebody has to wait for it and release it:
        // what a task returns to nobody is dropped, too.
        let making = tokio::spawn(async move {
            calls.new_container(message).await?;
            tracing::info!(id, "container made");
            Ok(Self {
                calls,
                id,
                closing: CancellationToken::new(),
                starts: TaskTracker::new(),
                token,
                report: None,
            })
        });
        making.await.unwrap_or_else(|_| Err(stopped()))
    }

    /// Ends all that runs in it and waits until nothing is left.
    ///
    /// Dropping this future does not stop the release.
    ///
    /// # Errors
    /// If it takes longer than four seconds, or if the connection to the daemon breaks.
    pub async fn release(mut self) -> Result<(), BridgeError> {
        let (report, released) = oneshot::channel();
        self.report = Some(report);
        drop(self);
        released.await.unwrap_or_else(|_| Err(stopped()))
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        self.closing.cancel();
        // Without a runtime this process ends, and the daemon releases what is left.
        let Ok(runtime) = Handle::try_current() else { return };
        let (calls, id, token) = (self.calls.clone(), self.id.clone(), self.token.clone());
        let (report, starts) = (self.report.take(), self.starts.clone());
        starts.close();
        runtime.spawn(async move {
            // What takes longer than the daemon itself waits is released all the same.
            let _ = tokio::time::timeout(START_TIMEOUT, starts.wait()).await;
            let release = calls.release(id.clone());
            let released = match tokio::time::timeout(RELEASE_TIMEOUT, release).await {
                Ok(released) => released,
                Err(_) => Err(BridgeError::Timeout { what: "the release of a container" }),
            };
            tracing::info!(id, ok = released.is_ok(), "container released");
            if let Some(report) = report {
                // It may have been given up meanwhile.
                let _ = report.send(released);
            }
            drop(token);
        });
    }
}

/// Builds what the mounts hold, so that making the container, which cannot be called off, waits for nothing.
///
/// The daemon also fetches the layers of a file that it is asked about.
async fn force(bridge: &dyn Bridge, request: &ContainerRequest) -> Result<(), BridgeError> {
    let refs = request.refs().filter(|it| !it.is_scratch());
    let made =
        concurrent::all_until(refs.map(|it| bridge.stat_file(it, "/")), Result::is_err).await;
    made.into_iter().try_for_each(|stat| stat.map(drop))
}

/// The runtime stops only when the frontend does, so nobody reads it.
fn stopped() -> BridgeError {
    BridgeError::Malformed("the frontend ends".to_owned())
}

/// 24 random hexadecimal digits, which nobody else has: the id of a container is the name of a directory on the daemon and must
/// be unique among all builds that it runs.
///
/// # Errors
/// If the system has no random numbers.
pub fn random_id() -> Result<String, BridgeError> {
    let mut bytes = [0_u8; 12];
    rustix::rand::getrandom(&mut bytes, rustix::rand::GetRandomFlags::empty())
        .map_err(|error| BridgeError::Unsupported(format!("no random numbers: {error}")))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::random_id;

    #[test]
    fn an_id_is_24_hex_digits_and_another_each_time() {
        let [one, other] = [(); 2].map(|()| random_id().expect("random numbers"));
        assert!(one.len() == 24 && one.bytes().all(|digit| digit.is_ascii_hexdigit()), "{one}");
        assert_ne!(one, other);
    }
}
