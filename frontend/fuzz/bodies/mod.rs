//! Properties that any text has: a function for each fuzz target, which panics where its property does not hold.
//!
//! The fuzz targets call them with the texts that libFuzzer finds, the test `fuzz` with the seeds and mutations of
//! them.

pub mod check;
pub mod format;
pub mod lex;
pub mod line_ends;
pub mod parse;

use hlb_syntax::diagnostic::Diagnostic;
use hlb_syntax::source::Sources;

/// Asserts that a diagnostic is one line, and that its spans lie in the text.
fn assert_in_text(diagnostic: &Diagnostic, sources: &Sources) {
    let spans = diagnostic.span.into_iter().chain(diagnostic.labels.iter().map(|it| it.span));
    for span in spans {
        let text = sources.get(span.file).and_then(|file| file.text.get(span.range()));
        assert!(text.is_some(), "a span outside the text: {diagnostic:?}");
    }
    let message = &diagnostic.message;
    assert!(!message.is_empty() && !message.contains('\n'), "{diagnostic:?}");
}
