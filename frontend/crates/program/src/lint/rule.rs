use hlb_syntax::diagnostic::{Code, Diagnostic};

use super::linted::Linted;

/// A rule: what it can find, and how it does so.
pub(super) struct Rule {
    pub codes: &'static [&'static Code],
    /// The codes whose findings depend on other modules than the one that they are in. A comment that allows one may be
    /// needed in another program only, so it is never reported as unused.
    pub across_modules: &'static [&'static Code],
    pub find: Find,
}

/// What a rule looks at. Findings are in modules of the program itself.
pub(super) enum Find {
    /// Each module of the program itself.
    InModule(fn(&Linted<'_>, &mut Vec<Diagnostic>)),
    /// All modules together.
    InProgram(fn(&[Linted<'_>], &mut Vec<Diagnostic>)),
    /// Values, which whoever evaluates the program looks at.
    ByEvaluation,
}
