//! What a builtin's signature *is*: kinds, parameters, effects, documentation.
//!
//! The builtins themselves are in `eval`, each beside its lowering; checking is *handed* a [`Builtins`] table.
//! Start at [`Signature`].

mod kind;
mod signature;
mod table;

pub use kind::Kind;
pub use signature::{Effect, Flow, Meaning, Origin, Param, Signature, TextCheck};
pub use table::Builtins;
