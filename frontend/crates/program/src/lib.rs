//! Programs: modules and what they import, names and kinds, the lints.
//!
//! In: the trees of files. Out: [`module::Modules`] while they are loaded, then the checked [`program::Program`] with all
//! that is wrong with it from [`check::check`], and the warnings about it from [`lint::lint`]. Knows nothing of values.
//! [`builtin`] says what the signature of a builtin is; the builtins themselves are handed in.

pub mod builtin;
pub mod check;
pub mod lint;
pub mod module;
pub mod program;
