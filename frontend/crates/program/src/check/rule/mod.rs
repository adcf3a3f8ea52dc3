//! The rules: each has its code, message, labels and help; the logic that finds it calls it.

pub(super) mod arity;
pub(super) mod bind;
pub(super) mod declaration;
pub(super) mod dotted;
pub(super) mod export;
pub(super) mod kind_mismatch;
pub(super) mod recursion;
pub(super) mod signature;
pub(super) mod unknown_kind;
pub(super) mod unknown_name;
