use super::{Container, ContainerMount, ContainerMountKind, ContainerRequest};
use crate::bridge::{Bridge, BridgeError, Ref};

/// Where the container has what is asked for; nothing ever runs in it.
const DEST: &str = "/asked-for";

/// Whether the client gives a build a secret or an agent.
///
/// The daemon asks the client when it makes a container with a mount of it, so a container in which nothing runs gives the
/// answer (BuildKit 0.13 to 0.32, `PrepareMounts` in `frontend/gateway/container`).
///
/// # Errors
/// If the daemon has no gateway containers, or says something else than that it is missing.
pub async fn is_given(bridge: &dyn Bridge, mount: ContainerMountKind) -> Result<bool, BridgeError> {
    let mount = ContainerMount { dest: DEST.to_owned(), kind: mount };
    let request = ContainerRequest { mounts: vec![mount], ..ContainerRequest::new(Ref::default()) };
    match Container::start(bridge, request).await {
        // Dropping it releases it.
        Ok(_) => Ok(true),
        Err(error) if says_missing(&error) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether a daemon says that the client does not give something, for which there is no code.
///
/// BuildKit 0.13 to 0.32: `session/secrets/secrets.go`, `session/sshforward/sshprovider`, and
/// `solver/llbsolver/mounts/mount.go`.
fn says_missing(error: &BridgeError) -> bool {
    let BridgeError::Status(status) = error else { return false };
    let said = &status.message;
    (said.contains("secret ") && said.ends_with(": not found"))
        || said.contains("unset ssh forward key ")
        || (said.contains("no SSH key ") && said.contains("forwarded from the client"))
}
