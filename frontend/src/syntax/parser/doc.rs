//! Documentation comments (language spec, section 1.5).

use super::Parser;
use crate::syntax::token::{Token, TokenKind};
use crate::syntax::tree::Doc;

impl Parser<'_> {
    /// The comments on the lines directly above the next token, each on a line of its own.
    pub(super) fn doc(&self) -> Option<Box<Doc>> {
        let mut at = self.at;
        let mut first = None;
        let mut last = None;
        while let Some(comment) = self.comment_line_before(&mut at) {
            first = Some(comment);
            last = last.or(Some(comment));
        }
        let (first, last) = (first?, last?);
        let span = first.span.to(last.span);
        let lines: Vec<&str> = self.text_of(span).lines().filter_map(doc_line).collect();
        (!lines.is_empty()).then(|| Box::new(Doc { span, text: lines.join("\n").into() }))
    }

    /// The comment that is the whole line above the one that the token at `at` begins; `at` becomes the comment's.
    fn comment_line_before(&self, at: &mut usize) -> Option<Token> {
        let mut before = self.tokens.get(..*at)?.iter().enumerate().rev().peekable();
        before.next_if(|(_, token)| token.kind == TokenKind::Whitespace);
        before.next_if(|(_, token)| token.kind == TokenKind::Newline)?;
        let (index, comment) = before.next_if(|(_, token)| token.kind == TokenKind::Comment)?;
        before.next_if(|(_, token)| token.kind == TokenKind::Whitespace);
        let line_start = before.next().is_none_or(|(_, token)| {
            matches!(token.kind, TokenKind::Newline | TokenKind::ByteOrderMark)
        });
        *at = index;
        line_start.then_some(*comment)
    }
}

/// A line of documentation; `None` for one that is meant for a program: `#!` or BuildKit's `# syntax=`.
fn doc_line(comment: &str) -> Option<&str> {
    let body = comment.trim_start_matches([' ', '\t']).strip_prefix('#')?;
    let directive = body.trim_start().get(.."syntax".len());
    let is_syntax = directive.is_some_and(|name| name.eq_ignore_ascii_case("syntax"))
        && body.trim_start()["syntax".len()..].trim_start().starts_with('=');
    if body.starts_with('!') || is_syntax {
        return None;
    }
    Some(body.strip_prefix(' ').unwrap_or(body))
}
