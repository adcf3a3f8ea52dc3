//! This program in containers of a build, where the frontend itself starts it: in a gateway container, which has a
//! network, or as a step.
//!
//! In: the frontend options, which say which image this is; there, the first argument, which no person types. Out: what
//! runs, and what an internal mode prints. No mode stands in the help. Start at [`OwnProgram`], and at [`MODES`], which
//! has a row and a file for each mode.

mod cache_dir;
mod content;
mod debug;
mod empty_cache;
mod fingerprint;
mod hello;
mod knock;
mod layout_server;
mod normalize;
mod prime;
mod program;
mod snapshot;
mod write;

use std::ffi::OsString;
use std::io::{Write, stderr};
use std::net::{IpAddr, UdpSocket};
use std::time::Duration;

pub use content::{CONTENT, DIGESTS, content, read_digests};
pub use debug::{DEBUG_CONTAINER, debug_container};
pub use empty_cache::{Begins, EMPTY_CACHE, empty_caches};
pub use fingerprint::{FINGERPRINT, fingerprint_mounts, read_fingerprints};
pub use hello::{HELLO, Hello, ONCE};
pub use knock::{ANSWERS, KNOCK};
pub use layout_server::{LAYOUT, LAYOUT_SERVER, Served};
pub use normalize::{NORMALIZE, normalize};
pub use prime::{LOOK, PRIME, prime};
pub use program::{NoAnswer, OwnProgram, OwnProgramError};
pub use snapshot::{SNAPSHOT, snapshot};
pub use write::{ArchiveWriter, WRITE};

/// Something that the program does in a container.
pub struct InternalMode {
    name: &'static str,
    /// Takes the arguments after the first.
    pub run: fn(Vec<OsString>) -> anyhow::Result<()>,
}

/// Every internal mode.
pub static MODES: &[&InternalMode] = &[
    &CONTENT,
    &EMPTY_CACHE,
    &FINGERPRINT,
    &HELLO,
    &KNOCK,
    &LAYOUT_SERVER,
    &LOOK,
    &NORMALIZE,
    &PRIME,
    &SNAPSHOT,
    &WRITE,
];

/// How the first argument begins.
const PREFIX: &str = "--hlb-internal=";

/// Returns once nobody reads any more what this program prints.
///
/// A daemon that is given up by its client before the program has started forgets it (BuildKit before 0.15), and it
/// would run for ever. What it prints then leads nowhere, which it learns by printing.
fn stay() {
    const PAUSE: Duration = Duration::from_secs(1);
    while stderr().lock().write_all(b"\n").is_ok() {
        std::thread::sleep(PAUSE);
    }
}

/// The address that this machine has towards all others. Without a route it has none.
///
/// 192.0.2.1 is nobody's (RFC 5737), and a datagram socket sends nothing when it is connected.
fn address() -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    Some(socket.local_addr().ok()?.ip())
}

impl InternalMode {
    /// The first argument that chooses it.
    pub fn argument(&self) -> String {
        format!("{PREFIX}{}", self.name)
    }

    /// The mode that an argument chooses, if it chooses one.
    pub fn find(argument: &str) -> Option<&'static Self> {
        let name = argument.strip_prefix(PREFIX)?;
        MODES.iter().copied().find(|mode| mode.name == name)
    }
}
