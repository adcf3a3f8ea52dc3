use hlb_program::{check, lint, module};
use hlb_syntax::diagnostic::Code;

use crate::solve;

/// The codes of every layer that has rules.
pub fn codes() -> impl Iterator<Item = &'static Code> {
    [hlb_syntax::CODES, module::CODES, check::CODES, hlb_eval::CODES, solve::CODES]
        .into_iter()
        .flatten()
        .copied()
        .chain(lint::codes())
        .chain(hlb_gateway::codes())
}
