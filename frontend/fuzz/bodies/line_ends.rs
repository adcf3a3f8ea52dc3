//! A file means the same, and has its mistakes in the same places, whether its lines end in LF or CR LF.

use hlb_frontend::diagnostic::Diagnostic;
use hlb_frontend::source::{Position, Sources};
use hlb_frontend::syntax;

pub fn line_ends(text: &str) {
    if text.contains('\r') {
        return;
    }
    let (shape, mistakes) = parsed(text);
    let (other_shape, other_mistakes) = parsed(&text.replace('\n', "\r\n"));
    assert_eq!(shape, other_shape);
    assert_eq!(mistakes, other_mistakes);
}

fn parsed(text: &str) -> (String, Vec<(&'static str, Option<Position>)>) {
    let mut sources = Sources::default();
    let file = sources.add("fuzz.hlb", text);
    let (tree, diagnostics) = syntax::parse(file, text.into());
    let place =
        |it: &Diagnostic| (it.code.id, it.span.map(|span| sources.file(file).position(span.start)));
    (syntax::shape(&tree), diagnostics.iter().map(place).collect())
}
