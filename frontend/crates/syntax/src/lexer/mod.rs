//! From text to tokens.
//!
//! In: the text of a file. Out: tokens that cover all of it, and the errors that the characters alone show. Text
//! that is no token becomes an error token ([`TokenKind::Error`]), so lexing never fails. Knows nothing of
//! the grammar but for what decides where a literal ends: brackets, strings and heredocs nest, hence the stack of
//! modes. Start at [`lex`].

mod code;
mod error_token;
mod foreign;
mod heredoc;
mod quoted;

use std::ops::RangeInclusive;

use crate::source::{FileId, Span};

use super::errors::Errors;
use super::token::{TokenKind, Tokens};

pub use error_token::{ASSIGNMENT, NEGATIVE_NUMBER, SINGLE_QUOTES, UNEXPECTED_CHARACTER};
pub(super) use error_token::{Assigned, assignment};
pub use foreign::{FOREIGN_COMMENT, SHELL_EXPANSION};
pub use heredoc::{FOREIGN_HEREDOC, UNTERMINATED_HEREDOC};
pub(super) use quoted::unescape;
pub use quoted::{BAD_ESCAPE, UNTERMINATED_STRING};

/// What lexing made of a text.
pub(super) struct Lexed {
    pub(super) tokens: Tokens,
    pub(super) errors: Errors,
    /// Whether the file ends inside a literal, which is then reported: that nothing else is closed there follows from
    /// it.
    pub(super) unterminated: bool,
    /// Where a string starts that may not have been closed: to lex again with, if errors come after it.
    pub(super) suspect: Option<u32>,
}

/// How often lexing starts again to find the string that was not closed.
const MAX_CUTS: usize = 8;

/// Splits the text of a file, which is shorter than 4 GiB, into tokens.
///
/// If the file ends inside a string, one of its strings was not closed, and from there on what is inside and outside
/// is mixed up. The likeliest one is then ended with its line, and the file is lexed again. `cuts` are the starts of strings
/// that end so from the beginning.
pub(super) fn lex(file: FileId, text: &str, mut cuts: Vec<u32>) -> Lexed {
    loop {
        let mut lexer = Lexer::new(file, text, cuts);
        lexer.run();
        let culprit = match lexer.literals.last() {
            Some(open) => lexer.culprit(open),
            // One string is known to lack its end, so what looks like it is another.
            None if lexer.cut => lexer.suspect,
            None => None,
        };
        cuts = std::mem::take(&mut lexer.cuts);
        match culprit {
            Some(cut) if cuts.len() < MAX_CUTS => cuts.push(cut),
            _ => {
                let suspect = lexer.suspect.filter(|_| cuts.is_empty());
                let unterminated = lexer.end() || lexer.cut;
                let Lexer { tokens, errors, .. } = lexer;
                return Lexed { tokens, errors, unterminated, suspect };
            }
        }
    }
}

struct Lexer<'t> {
    file: FileId,
    text: &'t str,
    /// Byte offset of the next token.
    at: usize,
    tokens: Tokens,
    /// What is open; the root, where nothing is, is the empty stack.
    modes: Vec<Mode>,
    /// One for each [`Mode::Quoted`] and [`Mode::Heredoc`] on the stack.
    literals: Vec<Literal<'t>>,
    /// Where heredocs start and may end; made when the first one is met.
    heredocs: Option<heredoc::Index<'t>>,
    /// Where strings start that end with their line.
    cuts: Vec<u32>,
    /// Whether one of them did, which is then reported: an interpolation may take such a string beyond its line.
    cut: bool,
    /// Where the first string starts that seems to end where another one begins.
    suspect: Option<u32>,
    /// The last line feed before `at`.
    line_feed: Option<usize>,
    /// From where [`Lexer::line_end`] last searched to what it found.
    line: RangeInclusive<usize>,
    /// Whether there is no end of a comment in the form of another language any more.
    unended_comment: bool,
    errors: Errors,
}

/// What decides how the next characters are read (language spec, section 1.2).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Block,
    Paren,
    Interpolation,
    Quoted,
    Heredoc,
}

/// A literal that is open.
struct Literal<'t> {
    /// What opened it.
    open: Span,
    heredoc: Option<heredoc::Open<'t>>,
}

impl<'t> Lexer<'t> {
    fn new(file: FileId, text: &'t str, cuts: Vec<u32>) -> Self {
        Self {
            file,
            text,
            at: 0,
            // A token has three characters on average.
            tokens: Tokens::new(file, text.len() / 3),
            modes: Vec::new(),
            literals: Vec::new(),
            heredocs: None,
            cuts,
            cut: false,
            suspect: None,
            line_feed: None,
            line: RangeInclusive::new(1, 0),
            unended_comment: false,
            errors: Errors::default(),
        }
    }

    fn run(&mut self) {
        if self.text.starts_with('\u{feff}') {
            self.push(TokenKind::ByteOrderMark, '\u{feff}'.len_utf8());
        }
        while self.at < self.text.len() {
            match self.modes.last() {
                Some(Mode::Quoted) => self.quoted(),
                Some(Mode::Heredoc) => self.heredoc(),
                _ => self.code(),
            }
        }
    }

    /// Where the line of `at` ends: at its line feed and the carriage returns before it, or at the end of the file. Each
    /// line is searched once, however often it is asked about.
    fn line_end(&mut self) -> usize {
        if !self.line.contains(&self.at) {
            let line = self.rest().split('\n').next().unwrap_or_default();
            self.line = self.at..=self.at + line.trim_end_matches('\r').len();
        }
        *self.line.end()
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    /// The span of the next `len` bytes.
    fn ahead(&self, len: usize) -> Span {
        Span::new(self.file, self.at as u32, (self.at + len) as u32)
    }

    /// Makes a token of the next `len` bytes.
    fn push(&mut self, kind: TokenKind, len: usize) -> Span {
        let span = self.ahead(len);
        self.tokens.push(kind, span.end);
        self.at += len;
        span
    }

    /// Makes a token of the next `len` bytes of a literal's text.
    fn push_text(&mut self, len: usize) {
        let line_feed = self.text[self.at..self.at + len].rfind('\n');
        self.line_feed = line_feed.map(|line_feed| self.at + line_feed).or(self.line_feed);
        self.push(TokenKind::Text, len);
    }

    fn open_interpolation(&mut self) {
        if self.shell_expansion() {
            return;
        }
        self.push(TokenKind::InterpolationOpen, "${".len());
        self.modes.push(Mode::Interpolation);
    }

    /// Reports the innermost literal that is still open at the end of the file.
    fn end(&mut self) -> bool {
        let Some(literal) = self.literals.pop() else { return false };
        self.errors.push(match literal.heredoc {
            None => quoted::unterminated(literal.open, &self.text[literal.open.range()]),
            Some(heredoc) => heredoc::unterminated(literal.open, heredoc.word),
        });
        true
    }
}
