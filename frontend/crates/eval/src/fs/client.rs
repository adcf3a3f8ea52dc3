//! What the client asks of every command, whatever the program says.

use llb::ExecOptions;
use llb::{Mount, MountKind, NetMode};

/// Where Linux programs find shared memory.
const SHARED_MEMORY: &str = "/dev/shm";

/// The network of a command: what the client asks for holds where the program asks for nothing, and a client that
/// wants no network gets none.
pub fn network(exec: &ExecOptions, own: Option<NetMode>) -> NetMode {
    match (exec.network, own) {
        (Some(NetMode::None), _) => NetMode::None,
        (_, Some(own)) => own,
        (client, None) => client.unwrap_or(NetMode::Unset),
    }
}

/// The mount that gives shared memory the size that the client asks for.
pub fn shared_memory(exec: &ExecOptions) -> Option<Mount> {
    let size_bytes = i64::try_from(exec.shm_size_bytes?).ok()?;
    Some(Mount { dest: SHARED_MEMORY.to_owned(), kind: MountKind::Tmpfs { size_bytes } })
}
