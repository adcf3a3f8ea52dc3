//! What a builtin's signature *is*: kinds, parameters, effects, documentation.
//!
//! The rows themselves stand in `eval`, each beside its lowering; who needs them is *handed* a [`Builtins`] table.
//! Start at [`Signature`].

mod kind;
mod signature;
mod table;

pub use kind::Kind;
pub use signature::{Effect, Flow, Meaning, Origin, Param, Signature, TextCheck};
pub use table::Builtins;
