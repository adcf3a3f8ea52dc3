//! Any text parses, its tokens are the text, and the spans of its errors lie in it.

use hlb_syntax::TokenKind;
use hlb_syntax::source::Sources;

pub fn parse(text: &str) {
    let mut sources = Sources::default();
    let file = sources.add("fuzz.hlb", text);
    let (tree, diagnostics) = hlb_syntax::parse(file, text.into());
    let tokens = tree.tokens.iter().map(|token| &text[token.span.range()]);
    assert_eq!(tokens.collect::<String>(), text, "tokens are the text");
    for (index, diagnostic) in diagnostics.iter().enumerate() {
        super::assert_in_text(diagnostic, &sources);
        let is_new = diagnostics.iter().take(index).all(|it| it != diagnostic);
        assert!(is_new, "reported twice: {diagnostic:?}");
    }
    let has_error = tree.tokens.iter().any(|token| token.kind == TokenKind::Error);
    assert!(!has_error || !diagnostics.is_empty(), "an error token is reported");
    // Formatting must not panic on any tree.
    let _ = (hlb_syntax::shape(&tree), hlb_syntax::format(&tree));
}
