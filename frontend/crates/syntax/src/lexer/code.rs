//! Everything outside literals: words, numbers, punctuation, comments and white space.

use nom::branch::alt;
use nom::bytes::complete::{tag, take_while, take_while1};
use nom::character::complete::{char, one_of};
use nom::combinator::{all_consuming, recognize};
use nom::sequence::preceded;
use nom::{IResult, Parser};

use super::{Lexer, Mode};
use crate::token::TokenKind;

impl Lexer<'_> {
    /// Lexes one token of the modes root, block, parentheses and interpolation.
    pub(super) fn code(&mut self) {
        let Some(first) = self.text.as_bytes().get(self.at) else { return };
        match first {
            b'\n' if self.modes.last() != Some(&Mode::Interpolation) => self.newline(1),
            b' ' | b'\t' | b'\r' | b'\n' => self.white_space(),
            b'#' if self.modes.last() != Some(&Mode::Interpolation) => {
                self.push(TokenKind::Comment, self.comment());
            }
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'_' | b':' => self.word(),
            b'{' => self.open(TokenKind::BraceOpen, Mode::Block),
            b'(' => self.open(TokenKind::ParenOpen, Mode::Paren),
            b'}' => self.brace_close(),
            b')' => self.paren_close(),
            b'.' if self.last() == Some(TokenKind::Ident) => self.punctuation(TokenKind::Dot),
            b',' => self.punctuation(TokenKind::Comma),
            b';' => self.punctuation(TokenKind::Semicolon),
            b'=' if self.modes.last() == Some(&Mode::Paren) => self.punctuation(TokenKind::Equals),
            b'"' => self.quote(),
            b'`' => self.raw_string(),
            b'<' => self.heredoc_start(),
            b'/' if self.modes.last() != Some(&Mode::Interpolation) && self.foreign_comment() => {}
            _ => self.error_token(),
        }
    }

    fn last(&self) -> Option<TokenKind> {
        self.tokens.kind(self.tokens.len().checked_sub(1)?)
    }

    fn punctuation(&mut self, kind: TokenKind) {
        self.push(kind, 1);
    }

    fn open(&mut self, kind: TokenKind, mode: Mode) {
        self.push(kind, 1);
        self.modes.push(mode);
    }

    fn white_space(&mut self) {
        let spaces = self.count(is_space);
        let bytes = self.text.as_bytes();
        // The carriage return of a line end is no space of its own.
        let returns = bytes.get(self.at + spaces) == Some(&b'\n')
            && spaces > 0
            && bytes.get(self.at + spaces - 1) == Some(&b'\r');
        let own = spaces - usize::from(returns);
        if own > 0 {
            self.push(TokenKind::Whitespace, own);
        } else if self.modes.last() == Some(&Mode::Interpolation) {
            self.end_interpolation();
        } else {
            self.newline(1 + usize::from(returns));
        }
    }

    fn newline(&mut self, len: usize) {
        self.line_feed = Some(self.at + len - 1);
        self.push(TokenKind::Newline, len);
    }

    /// The length of a comment, without its line end.
    fn comment(&self) -> usize {
        let line = self.rest().split('\n').next().unwrap_or_default();
        line.trim_end_matches('\r').len()
    }

    /// How many of the next bytes are such.
    fn count(&self, is_such: impl Fn(u8) -> bool) -> usize {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        rest.iter().position(|byte| !is_such(*byte)).unwrap_or(rest.len())
    }

    /// Ends an interpolation that lacks its brace, where nothing but the brace could come: what follows is more
    /// likely meant for the literal around it.
    fn end_interpolation(&mut self) {
        self.push(TokenKind::InterpolationClose, 0);
        self.modes.pop();
    }

    /// A keyword, number, boolean or identifier. The first three end at a colon, an identifier does not.
    fn word(&mut self) {
        let len = self.count(is_ident);
        if self.last() == Some(TokenKind::Dot) {
            self.push(TokenKind::Ident, len);
            return;
        }
        let run = &self.text[self.at..self.at + len];
        let head = run.split(':').next().unwrap_or_default();
        let kind = match head {
            "import" => TokenKind::Import,
            "export" => TokenKind::Export,
            "with" => TokenKind::With,
            "as" => TokenKind::As,
            "true" => TokenKind::True,
            "false" => TokenKind::False,
            _ if !head.starts_with(|first: char| first.is_ascii_digit()) => TokenKind::Ident,
            _ if all_consuming(decimal).parse(head).is_ok() => TokenKind::Decimal,
            _ if all_consuming(prefixed_int).parse(head).is_ok() => TokenKind::PrefixedInt,
            _ => TokenKind::Ident,
        };
        let len = if kind == TokenKind::Ident { len } else { head.len() };
        self.push(kind, len);
    }

    /// A `}` also ends the lists that are open inside what it closes.
    fn brace_close(&mut self) {
        while self.modes.last() == Some(&Mode::Paren) {
            self.modes.pop();
        }
        let kind = match self.modes.pop() {
            Some(Mode::Interpolation) => TokenKind::InterpolationClose,
            _ => TokenKind::BraceClose,
        };
        self.push(kind, 1);
    }

    fn paren_close(&mut self) {
        if self.modes.last() == Some(&Mode::Paren) {
            self.modes.pop();
        }
        self.push(TokenKind::ParenClose, 1);
    }

    /// A quote opens a string, but not directly after the expression of an interpolation, where no string can come.
    fn quote(&mut self) {
        let significant = |kind: &TokenKind| *kind != TokenKind::Whitespace;
        let last = self.tokens.iter().rev().map(|token| token.kind).find(significant);
        if self.modes.last() == Some(&Mode::Interpolation)
            && last != Some(TokenKind::InterpolationOpen)
        {
            self.end_interpolation();
        } else {
            self.open_quoted();
        }
    }
}

pub(super) type Parsed<'t> = IResult<&'t str, &'t str, ()>;

/// How much of `text` a parser takes; nothing if it fails.
pub(super) fn length<'t>(
    mut parser: impl Parser<&'t str, Output = &'t str, Error = ()>,
    text: &'t str,
) -> usize {
    parser.parse(text).map_or(0, |(rest, _)| text.len() - rest.len())
}

fn is_space(it: u8) -> bool {
    matches!(it, b' ' | b'\t' | b'\r')
}

/// A word character in the sense of word boundaries.
pub(super) fn is_word(it: char) -> bool {
    it.is_ascii_alphanumeric() || it == '_'
}

pub(super) fn is_ident(it: u8) -> bool {
    it.is_ascii_alphanumeric() || matches!(it, b'_' | b':')
}

/// `0`, or digits of which the first is not `0`.
fn decimal(text: &str) -> Parsed<'_> {
    let digits = preceded(one_of("123456789"), take_while(|it: char| it.is_ascii_digit()));
    alt((tag("0"), recognize(digits))).parse(text)
}

/// `0b`, `0o` or `0x` and hexadecimal digits: whether they fit the base is seen when the value is read.
fn prefixed_int(text: &str) -> Parsed<'_> {
    let digits = take_while1(|it: char| it.is_ascii_hexdigit());
    recognize((char('0'), one_of("bBoOxX"), digits)).parse(text)
}
