//! Steps in which this program itself runs, where it does not know its own image.

use hlb_syntax::diagnostic::{Code, Diagnostic};
use hlb_syntax::source::Span;

/// Something that this program itself would do in a step, in a build that does not say which image this program is of.
pub static NO_OWN_PROGRAM: Code = Code::error("HLB0340", "no-own-program");

/// What to do where this program is to run in a step and can't.
pub const OWN_PROGRAM_HELP: &str = "build with an image of the frontend, which the first line of the program names: `# syntax=IMAGE`";

/// The error where this program is to run in a step and can't, and what therefore can't be done.
pub fn no_own_program(span: Span, what: &str, problem: &str) -> Diagnostic {
    NO_OWN_PROGRAM.at(span, format!("{what}: {problem}")).help(OWN_PROGRAM_HELP)
}
