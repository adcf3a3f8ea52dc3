use crate::diagnostic::Code;
use crate::{check, eval, gateway, module, solve, syntax};

/// The codes of every room that has rules.
pub fn codes() -> impl Iterator<Item = &'static Code> {
    [
        syntax::CODES,
        module::CODES,
        check::CODES,
        check::LINTS,
        eval::CODES,
        solve::CODES,
        gateway::CODES,
    ]
    .into_iter()
    .flatten()
    .copied()
}
