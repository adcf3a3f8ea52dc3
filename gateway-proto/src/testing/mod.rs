//! The daemon's side of the wire, for tests: a server that speaks the real protocol, with answers made up.
//!
//! In: a [`Daemon`], of which a test writes the answers that it needs. Out: a [`channel`] to it in the same process, or
//! a [`Frontend`] process that has it at the other end of its pipes. It behaves as BuildKit's does where a frontend can
//! tell: limits of streams, frames and messages, calls that an old daemon lacks, and what may be given to `Return`.

mod containers;
mod daemon;
mod frontend;
mod pong;
mod returned;
mod serve;
mod service;

pub use containers::{Containers, Event, Process, Program};
pub use daemon::{Answer, Daemon, ExecMessages};
pub use frontend::{Ended, Frontend};
pub use pong::{pong, pong_of};
pub use serve::{channel, serve};
