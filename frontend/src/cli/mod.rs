//! The command line: what the program does when a person starts it, and which mode it is in.
//!
//! In: arguments, the environment, files on disk. Out: results on standard output, the rest on standard error, and an
//! exit code. All that the crate reads from the process it runs in is read here. Start at [`mode()`]; commands are
//! rows of [`command::COMMANDS`].

mod arguments;
mod builtins;
mod check;
mod command;
pub mod diff;
mod exit;
mod file;
mod fmt;
mod help;
mod ignored;
mod imports;
mod llb;
mod mode;
mod platform;
mod program;
mod report;
mod summary;

pub use exit::Exit;
pub use mode::{Mode, gateway, mode, no_mode, run};
