//! Lints: what builds, and is probably not meant or will not build for ever.
//!
//! A comment `# hlb: allow(NAME)` with a code or the name of one, or several with commas, on the line before silences
//! them there. Modules from other filesystems are not linted: nobody can mend them here.

mod allow;
mod deprecated;
mod shadow;
mod syntax_line;
mod unused;

use super::program::{sort, units};
use super::scope::{Scope, Scopes};
use super::walk::Walked;
use crate::builtin::Builtins;
use crate::diagnostic::{Code, Diagnostic};
use crate::module::{Modules, Root};

/// Every lint.
pub static CODES: &[&Code] = &[
    &deprecated::DEPRECATED_KIND,
    &deprecated::DEPRECATED_CALL,
    &deprecated::DEPRECATED_IMPORT,
    &unused::UNUSED_PARAMETER,
    &unused::UNUSED_IMPORT,
    &unused::UNUSED_OPTION_FUNCTION,
    &unused::UNUSED_FUNCTION,
    &shadow::SHADOWING_PARAMETER,
    &shadow::SHADOWED_BUILTIN,
    &syntax_line::LATE_SYNTAX_LINE,
];

/// Finds the doubts about all modules, by file and position; the mistakes are for [`check`](super::check()).
pub fn lint(modules: &Modules, builtins: &Builtins) -> Vec<Diagnostic> {
    let scopes = Scopes::new(modules, builtins);
    let mut found = Vec::new();
    for scope in scopes.iter().filter(|scope| matches!(scope.module.root, Root::Program { .. })) {
        let walked = units(&scopes, scope);
        let linted = Linted { scopes: &scopes, scope, walked: &walked };
        let mut own = Vec::new();
        deprecated::lint(&linted, &mut own);
        unused::lint(&linted, &mut own);
        shadow::lint(&linted, &mut own);
        syntax_line::lint(&linted, &mut own);
        own.retain(|it| !allow::is_allowed(&scope.module.tree, it));
        found.append(&mut own);
    }
    sort(modules, &mut found);
    found
}

/// A module with what its imports and functions use.
struct Linted<'s> {
    scopes: &'s Scopes<'s>,
    scope: &'s Scope<'s>,
    /// Of each import, then of each function.
    walked: &'s [Walked<'s>],
}
