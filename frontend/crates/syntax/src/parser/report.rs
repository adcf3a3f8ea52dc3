//! What the parser reports about the next token.

use super::Parser;
use crate::diagnostic::{Code, Diagnostic};
use crate::token::TokenKind;

/// A token where the grammar has no use for it.
pub static UNEXPECTED_TOKEN: Code = Code::error("HLB0020", "unexpected-token");

impl Parser<'_> {
    /// Reports an error, unless it only follows from one that was reported.
    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        let at_end = self.next_token().is_none();
        if self.recovery.is_cut(self.at) || at_end && !self.recovery.note_unclosed(self.at) {
            return;
        }
        self.recovery.push(diagnostic);
    }

    /// Reports that something else was expected than the next token.
    pub(super) fn unexpected(&mut self, expected: &str) {
        if let Some(diagnostic) = self.is_unexpected(expected) {
            self.report(diagnostic);
        }
    }

    /// The error of [`Parser::unexpected`]; none if the next token is one of itself.
    pub(super) fn is_unexpected(&self, expected: &str) -> Option<Diagnostic> {
        let message = format!("expected {expected}, found {}", self.found()?);
        Some(UNEXPECTED_TOKEN.at(self.here(), message))
    }

    /// Labels the next token, which shows that something should have been closed; the end of the file is no surprise.
    pub(super) fn until_here(&self, found: Diagnostic, why: &str) -> Diagnostic {
        if self.next_token().is_some() { found.label(self.here(), why) } else { found }
    }

    /// The next token in words.
    fn found(&self) -> Option<String> {
        let Some(token) = self.next_token() else { return Some("the end of the file".to_owned()) };
        Some(match token.kind {
            TokenKind::Error => return None,
            TokenKind::Newline => "the end of the line".to_owned(),
            TokenKind::QuoteOpen | TokenKind::BacktickOpen => "a string".to_owned(),
            TokenKind::HeredocStart => "a heredoc".to_owned(),
            TokenKind::InterpolationClose if token.span.start == token.span.end => {
                "the end of the interpolation".to_owned()
            }
            _ => format!("`{}`", self.text_of(token.span)),
        })
    }
}
