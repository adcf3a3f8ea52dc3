//! Tokens are the text, and each literal that begins ends.

use hlb_syntax::TokenKind;
use hlb_syntax::source::Sources;

pub fn lex(text: &str) {
    let mut sources = Sources::default();
    let file = sources.add("fuzz.hlb", text);
    let (tokens, diagnostics) = hlb_syntax::lex(file, text);
    let mut end = 0;
    let mut empty = 0;
    for token in tokens.iter() {
        assert_eq!(token.span.file, file);
        assert_eq!(token.span.start, end, "tokens follow each other");
        end = token.span.end;
        assert!(text.get(token.span.range()).is_some(), "a token lies in the text");
        if token.span.start == token.span.end {
            let missing =
                matches!(token.kind, TokenKind::QuoteClose | TokenKind::InterpolationClose);
            assert!(missing, "{:?} without text", token.kind);
            empty += 1;
        }
    }
    assert_eq!(end as usize, text.len(), "tokens cover the text");
    let count = |kind| tokens.iter().filter(|token| token.kind == kind).count();
    let opened = count(TokenKind::QuoteOpen) + count(TokenKind::InterpolationOpen);
    assert!(empty <= opened, "a closing token is missing only where one was opened");
    assert!(count(TokenKind::QuoteClose) <= count(TokenKind::QuoteOpen));
    assert!(count(TokenKind::BacktickClose) <= count(TokenKind::BacktickOpen));
    assert!(count(TokenKind::HeredocEnd) <= count(TokenKind::HeredocStart));
    assert!(count(TokenKind::InterpolationClose) <= count(TokenKind::InterpolationOpen));
    assert!(count(TokenKind::ByteOrderMark) <= 1);
    assert_eq!(
        count(TokenKind::Error) > 0,
        diagnostics
            .iter()
            .any(|it| { it.code.id < "HLB0005" || ["HLB0006", "HLB0047"].contains(&it.code.id) })
    );
    diagnostics.iter().for_each(|it| super::assert_in_text(it, &sources));
    assert_eq!(hlb_syntax::lex(file, text), (tokens, diagnostics), "lexing again gives the same");
}
