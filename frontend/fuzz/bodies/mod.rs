//! What holds for any text: a body a target, which panics if it does not hold.
//!
//! The fuzz targets run them on what libFuzzer finds, the test `fuzz` on the seeds and on mutations of them.

pub mod check;
pub mod format;
pub mod lex;
pub mod line_ends;
pub mod parse;

use hlb_syntax::diagnostic::Diagnostic;
use hlb_syntax::source::Sources;

/// Sees to it that a diagnostic is one line about text that is there.
fn assert_in_text(diagnostic: &Diagnostic, sources: &Sources) {
    let spans = diagnostic.span.into_iter().chain(diagnostic.labels.iter().map(|it| it.span));
    for span in spans {
        let text = sources.get(span.file).and_then(|file| file.text.get(span.range()));
        assert!(text.is_some(), "a place outside the text: {diagnostic:?}");
    }
    let message = &diagnostic.message;
    assert!(!message.is_empty() && !message.contains('\n'), "{diagnostic:?}");
}
