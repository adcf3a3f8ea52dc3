//! Checking: names, kinds, arity and binds of loaded modules, and the lints.
//!
//! In: [`Modules`](crate::module::Modules) and a [`Builtins`](crate::builtin::Builtins) table. Out: every error in
//! them, and [`Scopes`], through which evaluation resolves the same names in the same way. Knows nothing of values,
//! and nothing of how modules are found. Start at [`check`]; the walk over a function's body is `walk.rs`, and each
//! rule stands in a file of its own.

mod alias;
mod function;
mod lint;
mod program;
mod resolve;
mod rule;
mod scope;
mod suggest;
mod walk;

pub use alias::Alias;
pub use function::Function;
pub use lint::{CODES as LINTS, lint};
pub use program::check;
pub use resolve::{Expected, Place, Resolved};
pub use scope::{Item, Scope, Scopes};
pub use suggest::max_edit_distance;

use hlb_syntax::diagnostic::Code;

/// Every rule of this crate; [`LINTS`] has the lints.
pub static CODES: &[&Code] = &[
    &rule::declaration::REDEFINITION,
    &rule::declaration::RESERVED_NAME,
    &rule::unknown_kind::UNKNOWN_KIND,
    &rule::signature::DUPLICATE_PARAMETER,
    &rule::signature::MISPLACED_VARIADIC,
    &rule::signature::MISPLACED_DEFAULT,
    &rule::recursion::RECURSION,
    &rule::kind_mismatch::KIND_MISMATCH,
    &rule::arity::WRONG_ARITY,
    &rule::bind::BIND_WITHOUT_NAME,
    &rule::bind::BIND_WITHOUT_CLOSURE,
    &rule::bind::BIND_WITHOUT_EFFECT,
    &rule::bind::UNKNOWN_EFFECT,
    &rule::unknown_name::UNKNOWN_NAME,
    &rule::dotted::CALLED_IMPORT,
    &rule::dotted::NOT_AN_IMPORT,
    &rule::dotted::UNEXPORTED_MEMBER,
    &rule::dotted::UNKNOWN_MEMBER,
    &rule::export::EXPORTED_BUILTIN,
];

#[cfg(test)]
mod tests;
