use std::fmt::Display;

use hlb_syntax::diagnostic::{Code, Diagnostic, choices};
use hlb_syntax::source::Span;

/// An argument that has the right kind, but a value that the call can't use.
pub static INVALID_ARGUMENT: Code = Code::error("HLB0301", "invalid-argument");

/// Where an argument of a builtin stands, for the errors in its value.
#[derive(Clone, Copy, Debug)]
pub struct ArgSite {
    pub builtin: &'static str,
    pub param: &'static str,
    pub span: Span,
}

impl ArgSite {
    /// An error in the argument.
    pub fn invalid(&self, problem: impl Display) -> Diagnostic {
        let Self { builtin, param, span } = self;
        INVALID_ARGUMENT.at(*span, format!("parameter `{param}` of `{builtin}`: {problem}"))
    }

    /// The value that stands for a word; every other word is an error that says what there is to choose from.
    pub fn one_of<T: Copy>(&self, found: &str, words: &[(&str, T)]) -> Result<T, Diagnostic> {
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == found) {
            return Ok(*value);
        }
        let known = || words.iter().map(|(word, _)| *word);
        let problem = format!("expected {}, found `{found}`", choices(known()));
        Err(self.invalid(problem).suggest(found, known()))
    }
}
