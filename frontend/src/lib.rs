//! The HLB frontend for BuildKit: from a build request to its result, and the command line.
//!
//! The layers below are crates of their own, see `ARCHITECTURE.md`.

pub mod cli;
pub mod codes;
pub mod internal;
pub mod reference;
pub mod solve;
pub mod subrequest;
pub mod used;
