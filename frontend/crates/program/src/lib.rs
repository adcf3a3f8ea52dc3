//! Programs: modules and what they import, names and kinds, the lints.
//!
//! In: the trees of files. Out: [`module::Modules`] while they are loaded, and all that is wrong with them from
//! [`check::check`]. Knows nothing of values. What a builtin's signature is stands in [`builtin`]; the builtins
//! themselves are handed in.

pub mod builtin;
pub mod check;
pub mod module;
pub mod program;
