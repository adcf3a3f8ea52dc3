//! Any text parses, its tokens are the text, and every place that is named lies in it.

use hlb_syntax::source::Sources;
use hlb_syntax::{self, TokenKind};

pub fn parse(text: &str) {
    let mut sources = Sources::default();
    let file = sources.add("fuzz.hlb", text);
    let (tree, diagnostics) = hlb_syntax::parse(file, text.into());
    let tokens = tree.tokens.iter().map(|token| &text[token.span.range()]);
    assert_eq!(tokens.collect::<String>(), text, "tokens are the text");
    for (index, diagnostic) in diagnostics.iter().enumerate() {
        super::assert_in_text(diagnostic, &sources);
        assert!(!diagnostics[..index].contains(diagnostic), "told twice: {diagnostic:?}");
    }
    let has_error = tree.tokens.iter().any(|token| token.kind == TokenKind::Error);
    assert!(!has_error || !diagnostics.is_empty(), "text that is no token is told");
    // Laying out must not fail, whatever the tree.
    let _ = (hlb_syntax::shape(&tree), hlb_syntax::format(&tree));
}
