use crate::diagnostic::Code;
use crate::{check, gateway, module, syntax};

/// The codes of every room that has rules.
pub fn codes() -> impl Iterator<Item = &'static Code> {
    [syntax::CODES, module::CODES, check::CODES, check::LINTS, gateway::CODES]
        .into_iter()
        .flatten()
        .copied()
}
