//! The HLB frontend for BuildKit: from source text to solves.
//!
//! The rooms, from the ground up, and what each may use, stand in `ARCHITECTURE.md`; a test holds them to it.

pub mod builtin;
pub mod cache;
pub mod check;
pub mod cli;
pub mod diagnostic;
pub mod eval;
pub mod gateway;
pub mod llb;
pub mod module;
pub mod solve;
pub mod source;
pub mod subrequest;
pub mod syntax;
