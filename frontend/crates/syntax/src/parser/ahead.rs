//! What the next tokens look like, for decisions that one token does not make.

use super::Parser;
use super::open::Open;
use crate::token::TokenKind;

/// How many tokens are looked at to find out whether they are a signature.
const MAX_SIGNATURE: usize = 200;

/// How many tokens are looked at to find out whether the body of a function comes without its `{`.
const MAX_BODY: usize = 1000;

impl Parser<'_> {
    /// Whether a `}` that nothing opens comes before the next declaration.
    pub(super) fn is_body_ahead(&self) -> bool {
        let mut open = 0_u32;
        let mut before = self.here().start;
        let next = self.next_token().into_iter();
        for token in next.chain(self.after_next()).take(MAX_BODY) {
            let between = self.text.get(before as usize..token.span.start as usize);
            let line_start =
                token.kind != TokenKind::Newline && between.is_some_and(|it| it.ends_with('\n'));
            before = token.span.start;
            match token.kind {
                TokenKind::BraceOpen => open += 1,
                TokenKind::BraceClose if open == 0 => return true,
                TokenKind::BraceClose => open -= 1,
                // At the very start of a line nothing of a body stands.
                _ if line_start => return false,
                _ => {}
            }
        }
        false
    }

    /// Goes on at the next line if that begins with these tokens, for a line that ends too early, which was reported.
    pub(super) fn goes_on_below(&mut self, begins: &[TokenKind]) -> bool {
        let found = self.is_at(TokenKind::Newline) && self.is_below(begins);
        while found && self.eat(TokenKind::Newline).is_some() {}
        found
    }

    /// Whether the next line begins with the block or list of what stands here: no statement begins with what opens one.
    pub(super) fn is_open_below(&self, open: TokenKind) -> bool {
        self.is_at(TokenKind::Newline) && self.is_below(&[open])
    }

    /// Whether these tokens come next, empty lines apart.
    fn is_below(&self, tokens: &[TokenKind]) -> bool {
        let below = self.after_next().map(|token| token.kind);
        let below = below.skip_while(|kind| *kind == TokenKind::Newline);
        below.take(tokens.len()).eq(tokens.iter().copied())
    }

    /// Whether a declaration begins here, at the very start of a line: a sign that something above is not closed,
    /// as nothing else looks like this.
    pub(super) fn is_declaration_ahead(&self) -> bool {
        let Some(token) = self.next_token() else { return false };
        let line_start = token.span.start == 0
            || self.text.as_bytes().get(token.span.start as usize - 1) == Some(&b'\n');
        line_start
            && !self.open.is_in(Open::Interpolation)
            && match token.kind {
                TokenKind::Import | TokenKind::Export => {
                    self.after_next().next().is_some_and(|next| next.kind == TokenKind::Ident)
                }
                TokenKind::Ident => self.is_signature_ahead(),
                _ => false,
            }
    }

    /// Whether `KIND NAME ( … ) {` stands here, or the same with effects.
    pub(super) fn is_signature_ahead(&self) -> bool {
        let mut tokens = self.after_next().take(MAX_SIGNATURE);
        let begins = [TokenKind::Ident, TokenKind::ParenOpen];
        if !begins.iter().all(|kind| tokens.next().is_some_and(|token| token.kind == *kind)) {
            return false;
        }
        let mut depth = 1_u32;
        for token in tokens {
            match token.kind {
                TokenKind::ParenOpen => depth += 1,
                TokenKind::ParenClose if depth > 0 => depth -= 1,
                TokenKind::BraceOpen if depth == 0 => return true,
                TokenKind::Ident if depth == 0 && self.text_of(token.span) == "binds" => {}
                _ if depth == 0 => return false,
                _ => {}
            }
        }
        false
    }
}
