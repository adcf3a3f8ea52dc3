//! From text to tokens.
//!
//! In: the text of a file. Out: tokens that cover all of it, and the mistakes that show in the characters alone; a
//! piece of text that is no token becomes one of kind [`TokenKind::Error`], so lexing never fails. Knows nothing of
//! the grammar but for what decides where a literal ends: brackets, strings and heredocs nest, hence the stack of
//! modes. Start at [`lex`].

mod code;
mod heredoc;
mod quoted;

use crate::source::{FileId, Span};

use super::mistakes::Mistakes;
use super::token::{Token, TokenKind};

pub use code::{ASSIGNMENT, NEGATIVE_NUMBER, SINGLE_QUOTES, UNEXPECTED_CHARACTER};
pub use heredoc::UNTERMINATED_HEREDOC;
pub(super) use quoted::unescape;
pub use quoted::{BAD_ESCAPE, UNTERMINATED_STRING};

/// What lexing made of a text.
pub(super) struct Lexed {
    pub(super) tokens: Vec<Token>,
    pub(super) mistakes: Mistakes,
    /// Whether the end of the file came inside a literal, which is then told: that nothing else is closed there
    /// follows from it.
    pub(super) unterminated: bool,
}

/// Splits the text of a file, which is shorter than 4 GiB, into tokens.
pub(super) fn lex(file: FileId, text: &str) -> Lexed {
    let mut lexer = Lexer {
        file,
        text,
        at: 0,
        // A token has three characters on average.
        tokens: Vec::with_capacity(text.len() / 3),
        modes: Vec::new(),
        literals: Vec::new(),
        heredocs: None,
        mistakes: Mistakes::default(),
    };
    if text.starts_with('\u{feff}') {
        lexer.push(TokenKind::ByteOrderMark, '\u{feff}'.len_utf8());
    }
    while lexer.at < text.len() {
        match lexer.modes.last() {
            Some(Mode::Quoted) => lexer.quoted(),
            Some(Mode::Heredoc) => lexer.heredoc(),
            _ => lexer.code(),
        }
    }
    let unterminated = lexer.end();
    Lexed { tokens: lexer.tokens, mistakes: lexer.mistakes, unterminated }
}

struct Lexer<'t> {
    file: FileId,
    text: &'t str,
    /// Byte offset of the next token.
    at: usize,
    tokens: Vec<Token>,
    /// What is open; the root, where nothing is, is the empty stack.
    modes: Vec<Mode>,
    /// One for each [`Mode::Quoted`] and [`Mode::Heredoc`] on the stack.
    literals: Vec<Literal<'t>>,
    /// Where heredocs start and may end; made when the first one is met.
    heredocs: Option<heredoc::Index<'t>>,
    mistakes: Mistakes,
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
        self.tokens.push(Token { kind, span });
        self.at += len;
        span
    }

    fn open_interpolation(&mut self) {
        self.push(TokenKind::InterpolationOpen, "${".len());
        self.modes.push(Mode::Interpolation);
    }

    /// Tells the innermost literal that is still open at the end of the file.
    fn end(&mut self) -> bool {
        let Some(literal) = self.literals.pop() else { return false };
        self.mistakes.push(match literal.heredoc {
            None => quoted::unterminated(literal.open),
            Some(heredoc) => heredoc::unterminated(literal.open, heredoc.word),
        });
        true
    }
}
