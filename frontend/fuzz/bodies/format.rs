//! Laying out a file changes neither the program nor, the second time, the text.

use hlb_frontend::source::Sources;
use hlb_frontend::syntax::{self, TokenKind, Tree};

pub fn format(text: &str) {
    let file = Sources::default().add("fuzz.hlb", "");
    let (tree, diagnostics) = syntax::parse(file, text.into());
    if !diagnostics.is_empty() {
        return;
    }
    let once = syntax::format(&tree);
    let (again, diagnostics) = syntax::parse(file, once.as_str().into());
    assert!(diagnostics.is_empty(), "{diagnostics:?} in {once:?}");
    assert_eq!(syntax::shape(&tree), syntax::shape(&again), "{once:?}");
    assert_eq!(comments(&tree), comments(&again), "{once:?}");
    assert_eq!(syntax::format(&again), once);
}

fn comments(tree: &Tree) -> Vec<&str> {
    let tokens = tree.tokens.iter().filter(|token| token.kind == TokenKind::Comment);
    tokens.map(|token| &tree.text[token.span.range()]).collect()
}
