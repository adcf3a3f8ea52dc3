//! The position of the parser in the tokens.

use super::Parser;
use crate::source::Span;
use crate::token::{Token, TokenKind};
use crate::tree::Name;

impl Parser<'_> {
    /// The next token, trivia apart; `None` at the end of the file or of everything that is open.
    pub(super) fn peek(&self) -> Option<TokenKind> {
        if self.recovery.is_cut(self.at) { None } else { self.tokens.kind(self.at) }
    }

    pub(super) fn next_token(&self) -> Option<Token> {
        self.tokens.get(self.at)
    }

    pub(super) fn is_at(&self, kind: TokenKind) -> bool {
        self.peek() == Some(kind)
    }

    /// Where the next token is; empty for the end of the line or file, whose comment counts as such.
    pub(super) fn here(&self) -> Span {
        let end = self.text.len() as u32;
        match self.next_token() {
            None => Span::new(self.file, end, end),
            Some(token) if token.kind == TokenKind::Newline => {
                let before = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
                let comment = before.filter(|token| token.kind == TokenKind::Comment);
                let start = comment.map_or(token.span.start, |comment| comment.span.start);
                Span::new(self.file, start, start)
            }
            Some(token) => token.span,
        }
    }

    /// Takes the next token, which is there.
    pub(super) fn bump(&mut self) -> Span {
        let Some(token) = self.next_token() else { return self.here() };
        let span = if token.kind == TokenKind::Newline { self.here() } else { token.span };
        self.previous_end = token.span.end;
        self.at += 1;
        self.pass_trivia();
        span
    }

    /// Takes the next token if it is of this kind.
    pub(super) fn eat(&mut self, kind: TokenKind) -> Option<Span> {
        self.is_at(kind).then(|| self.bump())
    }

    /// Takes an identifier.
    pub(super) fn eat_name(&mut self) -> Option<Name> {
        self.eat(TokenKind::Ident).map(|span| self.name(span))
    }

    /// Takes an identifier of this text, which is a keyword here only.
    pub(super) fn eat_word(&mut self, word: &str) -> Option<Span> {
        (self.is_at(TokenKind::Ident) && self.text_of(self.here()) == word).then(|| self.bump())
    }

    pub(super) fn pass_trivia(&mut self) {
        while self.tokens.kind(self.at).is_some_and(TokenKind::is_trivia) {
            self.at += 1;
        }
    }

    /// Whether text that is no token stands directly after the last token, as if written in one.
    pub(super) fn is_glued_to_error(&self) -> bool {
        self.is_at(TokenKind::Error) && self.here().start == self.previous_end
    }

    /// Whether the next token is the first of its line, and spaces stand before it.
    pub(super) fn is_indented(&self) -> bool {
        self.is_after_indent(self.here().start)
    }

    /// Whether nothing but spaces, and at least one, is between the start of the line and an offset.
    fn is_after_indent(&self, offset: u32) -> bool {
        let before = self.text.get(..offset as usize).unwrap_or_default();
        let trimmed = before.trim_end_matches([' ', '\t']);
        trimmed.len() < before.len() && trimmed.ends_with('\n')
    }

    /// Whether the next line, of several the first that is not empty, begins with spaces.
    pub(super) fn is_indented_below(&self) -> bool {
        let below = self.after_next().find(|token| token.kind != TokenKind::Newline);
        below.is_some_and(|token| self.is_after_indent(token.span.start))
    }

    /// Whether a `=` comes next where it is no token: what stands before it is no name of something that is there.
    pub(super) fn is_at_assignment(&self) -> bool {
        self.is_at(TokenKind::Error) && self.text_of(self.here()).starts_with('=')
    }

    pub(super) fn name(&self, span: Span) -> Name {
        Name::new(self.text, span)
    }

    pub(super) fn text_of(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or_default()
    }

    /// From the start of a node to the end of the last token.
    pub(super) fn since(&self, start: Span) -> Span {
        Span { end: self.previous_end.max(start.end), ..start }
    }

    /// The next tokens after the next one, trivia apart.
    pub(super) fn after_next(&self) -> impl Iterator<Item = Token> {
        self.tokens.from(self.at + 1).filter(|token| !token.kind.is_trivia())
    }

    /// Skips error tokens directly after the last token, which is then not the name that it seems to be.
    pub(super) fn skip_glued_errors(&mut self) -> bool {
        let glued = self.is_glued_to_error();
        while self.is_glued_to_error() {
            self.bump();
        }
        glued
    }
}
