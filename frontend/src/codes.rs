//! The codes of diagnostics of all layers.

use hlb_program::lint::unknown_lint;
use hlb_program::{check, lint, module};
use hlb_syntax::diagnostic::{Code, Diagnostic, Severity};

use crate::{solve, subrequest};

/// The codes of every layer that has rules.
pub fn codes() -> impl Iterator<Item = &'static Code> {
    [
        hlb_syntax::CODES,
        module::CODES,
        check::CODES,
        hlb_eval::CODES,
        solve::CODES,
        subrequest::CODES,
    ]
    .into_iter()
    .flatten()
    .copied()
    .chain(lint::codes())
    .chain(hlb_gateway::codes())
}

/// Warnings about names that no warning has.
pub fn unknown_warnings(names: &[String]) -> Vec<Diagnostic> {
    let warnings: Vec<_> = codes().filter(|it| it.severity == Severity::Warning).collect();
    names.iter().filter_map(|name| unknown_lint(name, &warnings)).collect()
}
