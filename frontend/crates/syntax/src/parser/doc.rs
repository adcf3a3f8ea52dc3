//! Documentation comments (language spec, section 1.5).

use super::Parser;
use crate::token::{Token, TokenKind};
use crate::tree::Doc;

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
        let kind = |before: Option<usize>| before.and_then(|before| self.tokens.kind(before));
        // Steps over a token of a kind, backwards; `None` is before the first.
        let step_over = |before: Option<usize>, over: TokenKind| match kind(before) {
            Some(kind) if kind == over => before.and_then(|before| before.checked_sub(1)),
            _ => before,
        };
        let newline = step_over(at.checked_sub(1), TokenKind::Whitespace);
        if kind(newline) != Some(TokenKind::Newline) {
            return None;
        }
        let index = newline?.checked_sub(1)?;
        let comment = self.tokens.get(index).filter(|it| it.kind == TokenKind::Comment)?;
        let before = step_over(index.checked_sub(1), TokenKind::Whitespace);
        *at = index;
        let line_start = kind(before)
            .is_none_or(|it| matches!(it, TokenKind::Newline | TokenKind::ByteOrderMark));
        line_start.then_some(comment)
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
