//! What a builtin's signature *is*: kinds, parameters, effects, documentation.
//!
//! The builtins themselves are in `eval`, each beside its lowering; checking is *handed* a [`Builtins`] table.
//! Start at [`Signature`].

mod argument;
mod kind;
mod signature;
mod table;

pub use argument::{ArgSite, INVALID_ARGUMENT};
pub use kind::Kind;
pub use signature::{
    Effect, Equivalent, Flow, IntCheck, Judgment, Meaning, Origin, Param, Signature, Takes,
    TextCheck,
};
pub use table::Builtins;
