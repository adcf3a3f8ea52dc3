//! Formatting changes no program, and formatting a second time changes nothing.

use hlb_syntax::source::Sources;
use hlb_syntax::{TokenKind, Tree};

pub fn format(text: &str) {
    let file = Sources::default().add("fuzz.hlb", "");
    let (tree, diagnostics) = hlb_syntax::parse(file, text.into());
    if !diagnostics.is_empty() {
        return;
    }
    let once = hlb_syntax::format(&tree);
    let (again, diagnostics) = hlb_syntax::parse(file, once.as_str().into());
    assert!(diagnostics.is_empty(), "{diagnostics:?} in {once:?}");
    assert_eq!(hlb_syntax::shape(&tree), hlb_syntax::shape(&again), "{once:?}");
    assert_eq!(comments(&tree), comments(&again), "{once:?}");
    assert_eq!(hlb_syntax::format(&again), once);
}

fn comments(tree: &Tree) -> Vec<&str> {
    let tokens = tree.tokens.iter().filter(|token| token.kind == TokenKind::Comment);
    tokens.map(|token| &tree.text[token.span.range()]).collect()
}
