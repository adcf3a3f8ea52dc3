//! How the parser goes on after an error: it skips to where the grammar fits again.

use super::Parser;
use super::open::{MAX_DEPTH, Open};
use crate::diagnostic::Code;
use crate::source::Span;
use crate::token::TokenKind;

/// More blocks, lists and interpolations inside each other than are allowed.
pub static NESTED_TOO_DEEP: Code = Code::error("HLB0021", "nested-too-deep");

impl Parser<'_> {
    /// Goes one level deeper, into what the bracket at `span` opens and `close` closes. If that is too deep, it is
    /// reported and skipped, and nothing was entered.
    pub(super) fn enter(&mut self, open: Open, span: Span, close: TokenKind) -> bool {
        if self.open.enter(open) {
            return true;
        }
        if !self.recovery.has_too_deep() {
            let message =
                format!("nested too deep: at most {MAX_DEPTH} blocks, lists and interpolations");
            let found = NESTED_TOO_DEEP.at(span, message);
            self.report(found.help("give the inner parts to functions of their own"));
        }
        self.skip_inside(close);
        self.recovery.note_too_deep(self.since(span));
        false
    }

    /// Skips tokens up to one of `stops` outside all brackets that open on the way, or up to the end of what is open.
    /// Returns whether an error token, which the lexer reported, was among them.
    pub(super) fn skip_to(&mut self, stops: &[TokenKind]) -> bool {
        let mut brackets = Brackets::default();
        let mut error = false;
        while let Some(kind) = self.peek() {
            if brackets.is_empty() && stops.contains(&kind) || !brackets.pass(kind) {
                break;
            }
            error |= kind == TokenKind::Error;
            if kind == TokenKind::As {
                // An alias may be in what is skipped, and then its name is not unknown.
                self.recovery.note_incomplete();
            }
            self.bump();
            let in_code = brackets.interpolations == 0;
            if kind == TokenKind::Newline && in_code && self.is_declaration_ahead() {
                self.recovery.cut(self.at);
            }
        }
        if self.next_token().is_none() && !brackets.is_empty() {
            // That what is skipped does not end is a part of the error in it.
            self.recovery.note_unclosed(self.at);
        }
        error
    }

    /// Skips what the last token opened, which was reported, and what closes it.
    pub(super) fn skip_inside(&mut self, close: TokenKind) {
        self.skip_to(&[close]);
        if self.eat(close).is_none() {
            // That it is not closed is the smaller error, as is that what is around it is not.
            self.recovery.note_unclosed(self.at);
        }
    }
}

/// The brackets that open while tokens are skipped.
#[derive(Default)]
struct Brackets {
    open: Vec<TokenKind>,
    braces: usize,
    interpolations: usize,
}

impl Brackets {
    fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// Takes note of a token; false if it closes what was open before.
    fn pass(&mut self, kind: TokenKind) -> bool {
        match kind {
            TokenKind::BraceOpen => {
                self.braces += 1;
                self.open.push(kind);
            }
            TokenKind::InterpolationOpen => {
                self.interpolations += 1;
                self.open.push(kind);
            }
            TokenKind::ParenOpen => self.open.push(kind),
            TokenKind::ParenClose => {
                self.open.pop_if(|open| *open == TokenKind::ParenOpen);
            }
            TokenKind::BraceClose if self.braces == 0 => return false,
            TokenKind::BraceClose => self.close(TokenKind::BraceOpen),
            TokenKind::InterpolationClose if self.interpolations == 0 => return false,
            TokenKind::InterpolationClose => self.close(TokenKind::InterpolationOpen),
            _ => {}
        }
        true
    }

    /// Closes the innermost bracket of a kind, and those inside it.
    fn close(&mut self, kind: TokenKind) {
        while let Some(open) = self.open.pop() {
            self.braces -= usize::from(open == TokenKind::BraceOpen);
            self.interpolations -= usize::from(open == TokenKind::InterpolationOpen);
            if open == kind {
                break;
            }
        }
    }
}
