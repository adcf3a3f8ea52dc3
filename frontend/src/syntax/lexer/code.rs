//! Everything outside literals: words, numbers, punctuation, comments and white space.

use nom::branch::alt;
use nom::bytes::complete::{is_not, tag, take_till, take_while, take_while1};
use nom::character::complete::{char, one_of, satisfy};
use nom::combinator::{all_consuming, opt, recognize};
use nom::sequence::{preceded, terminated};
use nom::{IResult, Parser};

use super::{Lexer, Mode};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;
use crate::syntax::token::TokenKind;

/// A character that HLB has no use for outside strings and comments.
pub static UNEXPECTED_CHARACTER: Code = Code::error("HLB0001", "unexpected-character");

/// A string in single quotes.
pub static SINGLE_QUOTES: Code = Code::error("HLB0002", "single-quotes");

/// A number with a sign.
pub static NEGATIVE_NUMBER: Code = Code::error("HLB0003", "negative-number");

/// A `=` outside the parentheses of a signature.
pub static ASSIGNMENT: Code = Code::error("HLB0004", "assignment");

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
            _ => self.no_token(),
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
        let blanks = self.count(is_blank);
        let bytes = self.text.as_bytes();
        // The carriage return of a line end is no blank of its own.
        let returns = bytes.get(self.at + blanks) == Some(&b'\n')
            && blanks > 0
            && bytes.get(self.at + blanks - 1) == Some(&b'\r');
        let own = blanks - usize::from(returns);
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

    /// Text that is no token: the character and what is written on directly after it, so that one slip is one mistake.
    pub(super) fn no_token(&mut self) {
        let rest = self.rest();
        let found = |code: &'static Code, span: Span, message: &str| code.at(span, message);
        let (len, diagnostic) = if let Ok((_, text)) = single_quoted(rest) {
            let span = self.ahead(text.len());
            (text.len(), single_quotes(span, text))
        } else if let Ok((_, text)) = negative_number(rest) {
            let span = self.ahead(text.len());
            let message = format!("negative number `{text}`: HLB has none");
            (text.len(), NEGATIVE_NUMBER.at(span, message))
        } else {
            let first = rest.chars().next().map_or(0, char::len_utf8);
            let len = first + length(take_till(ends_no_token), &rest[first..]);
            let span = self.ahead(first);
            let diagnostic = match &rest[..first] {
                "=" => found(&ASSIGNMENT, span, "assignment: HLB has no variables").help(
                    "declare a function that returns the value, such as `string v() { \"x\" }`",
                ),
                "'" => found(&SINGLE_QUOTES, span, "single quote: strings stand in double quotes")
                    .help("write `\"` instead of `'`"),
                text => unexpected_character(span, text),
            };
            (len, diagnostic)
        };
        self.mistakes.push(diagnostic);
        self.push(TokenKind::Error, len);
    }
}

fn unexpected_character(span: Span, text: &str) -> Diagnostic {
    let mut chars = text.chars();
    let message = match chars.next() {
        Some('\u{feff}') => "unexpected byte-order mark".to_owned(),
        Some(it) if it.is_control() || it.is_whitespace() => {
            format!("unexpected character U+{:04X}", u32::from(it))
        }
        _ => format!("unexpected character `{text}`"),
    };
    let found = UNEXPECTED_CHARACTER.at(span, message);
    match text {
        "." => found.help("write a member directly after its import, as in `lib.member`"),
        "\\" => {
            found.help("remove it: a statement can't go on on the next line outside parentheses")
        }
        _ => found,
    }
}

fn single_quotes(span: Span, text: &str) -> Diagnostic {
    let inner = text.trim_matches('\'');
    SINGLE_QUOTES
        .at(span, "string in single quotes")
        .help(format!("write `\"{}\"`", inner.replace('"', "\\\"")))
}

type Parsed<'t> = IResult<&'t str, &'t str, ()>;

/// How much of `text` a parser takes; nothing if it fails.
fn length<'t>(
    mut parser: impl Parser<&'t str, Output = &'t str, Error = ()>,
    text: &'t str,
) -> usize {
    parser.parse(text).map_or(0, |(rest, _)| text.len() - rest.len())
}

fn is_blank(it: u8) -> bool {
    matches!(it, b' ' | b'\t' | b'\r')
}

/// A word character in the sense of word boundaries.
pub(super) fn is_word(it: char) -> bool {
    it.is_ascii_alphanumeric() || it == '_'
}

fn is_ident(it: u8) -> bool {
    it.is_ascii_alphanumeric() || matches!(it, b'_' | b':')
}

/// What a piece of text that is no token stops at: what separates tokens, and what may matter to the structure.
fn ends_no_token(it: char) -> bool {
    it.is_ascii_whitespace() || matches!(it, '(' | ')' | '{' | '}' | ',' | ';' | '"' | '`' | '#')
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

/// What may have been meant as a string, if it ends on its line.
fn single_quoted(text: &str) -> Parsed<'_> {
    recognize((char('\''), opt(is_not("'\n")), char('\''))).parse(text)
}

fn negative_number(text: &str) -> Parsed<'_> {
    let is_ident = |it: char| is_word(it) || it == ':';
    let digits = terminated(satisfy(|it| it.is_ascii_digit()), take_while(is_ident));
    recognize(preceded(char('-'), digits)).parse(text)
}
