//! Sources that a program can do without.

use hlb_syntax::diagnostic::{Code, Diagnostic};
use hlb_syntax::source::Span;

use crate::{Absence, Answer, Cx, Source};

/// A source of a candidate about which nobody knows whether it is there.
pub static UNAVAILABLE_SOURCE: Code = Code::error("HLB0387", "unavailable-source");

/// Looks whether a source is there, which stands at `span` and is shown as `name`, if the program can do without it.
///
/// # Errors
/// If it is not there, for whoever evaluates the candidate to drop, or if nobody knows.
pub fn find(cx: &mut Cx<'_>, source: Source<'_>, name: &str, span: Span) -> Result<(), Diagnostic> {
    match cx.source(source, name, span) {
        Answer::Ready(()) | Answer::Pending => Ok(()),
        Answer::Absent(Absence { problem, .. }) | Answer::Failed(problem) => {
            Err(UNAVAILABLE_SOURCE.at(span, format!("`{name}`: {problem}")))
        }
    }
}
