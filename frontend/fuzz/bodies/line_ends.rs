//! A file means the same, and has its errors at the same positions, whether its lines end in LF or CR LF.

use hlb_syntax::diagnostic::Diagnostic;
use hlb_syntax::source::{Position, Sources};

pub fn line_ends(text: &str) {
    if text.contains('\r') {
        return;
    }
    let (shape, errors) = parsed(text);
    let (other_shape, other_errors) = parsed(&text.replace('\n', "\r\n"));
    assert_eq!(shape, other_shape);
    assert_eq!(errors, other_errors);
}

fn parsed(text: &str) -> (String, Vec<(&'static str, Option<Position>)>) {
    let mut sources = Sources::default();
    let file = sources.add("fuzz.hlb", text);
    let (tree, diagnostics) = hlb_syntax::parse(file, text.into());
    let location =
        |it: &Diagnostic| (it.code.id, it.span.map(|span| sources.file(file).position(span.start)));
    (hlb_syntax::shape(&tree), diagnostics.iter().map(location).collect())
}
