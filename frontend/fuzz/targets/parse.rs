//! Any text parses, its tokens are the text, and every place that is named lies in it.
#![no_main]

use hlb_frontend::source::{Sources, Span};
use hlb_frontend::syntax;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let file = Sources::default().add("fuzz.hlb", "");
    let (tree, diagnostics) = syntax::parse(file, text.into());
    let mut end = 0;
    for token in &tree.tokens {
        assert_eq!(token.span.start, end, "tokens follow each other");
        end = token.span.end;
        assert!(text.get(token.span.range()).is_some(), "a token lies in the text");
    }
    assert_eq!(end as usize, text.len(), "tokens cover the text");
    for diagnostic in &diagnostics {
        let span = |span: &Span| assert!(text.get(span.range()).is_some(), "{diagnostic:?}");
        diagnostic.span.iter().for_each(span);
        diagnostic.labels.iter().for_each(|label| span(&label.span));
        assert!(!diagnostic.message.is_empty() && !diagnostic.message.contains('\n'), "{diagnostic:?}");
    }
    let shape = syntax::shape(&tree);
    let has_error = tree.tokens.iter().any(|token| token.kind == syntax::TokenKind::Error);
    assert!(!has_error || !diagnostics.is_empty(), "text that is no token is told");
    // Laying out must not fail, whatever the tree.
    let _ = (shape, syntax::format(&tree));
});
