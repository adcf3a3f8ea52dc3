//! Strings in double quotes and in backticks (language spec, sections 1.7.1 and 1.7.2).

use nom::branch::alt;
use nom::bytes::complete::{is_not, tag};
use nom::character::complete::char;
use nom::combinator::{not, recognize};
use nom::multi::many0_count;
use nom::sequence::terminated;
use nom::{IResult, Parser};

use super::{Lexer, Literal, Mode};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;
use crate::syntax::token::TokenKind;

/// A string without its closing quote or backtick.
pub static UNTERMINATED_STRING: Code = Code::error("HLB0005", "unterminated-string");

/// A backslash before something that it can't escape.
pub static BAD_ESCAPE: Code = Code::error("HLB0006", "bad-escape");

/// What a backslash and this character stand for in a double-quoted string.
pub(in crate::syntax) fn unescape(escaped: char) -> Option<char> {
    Some(match escaped {
        '$' | '\\' | '"' => escaped,
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        _ => return None,
    })
}

impl Lexer<'_> {
    pub(super) fn open_quoted(&mut self) {
        let open = self.push(TokenKind::QuoteOpen, 1);
        self.modes.push(Mode::Quoted);
        self.literals.push(Literal { open, heredoc: None });
    }

    /// Lexes text up to and including the next thing in a string that is not text.
    pub(super) fn quoted(&mut self) {
        let Some(open) = self.literals.last().map(|literal| literal.open) else { return };
        let cut = self.cuts.contains(&open.start);
        let rest = if cut { first_line(self.rest()) } else { self.rest() };
        let len = text(rest).map_or(0, |(after, _)| rest.len() - after.len());
        if len > 0 {
            self.push(TokenKind::Text, len);
        }
        match self.rest().bytes().next() {
            _ if cut && len == rest.len() => {
                self.mistakes.push(unterminated(open, &self.text[open.range()]));
                self.close_quoted(0);
            }
            Some(b'"') => {
                self.close_quoted(1);
                self.suspect = self.suspect.or_else(|| self.suspect(open));
            }
            Some(b'$') => self.open_interpolation(),
            Some(_) => self.escape(),
            None => {}
        }
    }

    fn close_quoted(&mut self, len: usize) {
        self.push(TokenKind::QuoteClose, len);
        self.modes.pop();
        self.literals.pop();
    }

    /// The start of a string that was just closed, if the quote looks like the start of another one: on a later
    /// line, and with something directly after it.
    fn suspect(&self, open: Span) -> Option<u32> {
        let spans_lines = self.line_feed.is_some_and(|line_feed| line_feed > open.start as usize);
        let ends = |it: char| it.is_ascii_whitespace() || matches!(it, ')' | ',' | '}' | ';' | '"');
        let goes_on = self.rest().chars().next().is_some_and(|next| !ends(next));
        (spans_lines && goes_on && !self.cuts.contains(&open.start)).then_some(open.start)
    }

    /// Which string to end with its line, given the literal in which the file ends.
    pub(super) fn culprit(&self, open: &Literal<'_>) -> Option<u32> {
        let is_string = open.heredoc.is_none() && self.text[open.open.range()].starts_with('"');
        is_string.then(|| self.suspect.unwrap_or(open.open.start))
    }

    fn escape(&mut self) {
        let mut chars = self.rest().chars();
        let (backslash, escaped) = (chars.next(), chars.next());
        let len = backslash.map_or(0, char::len_utf8);
        match escaped {
            // The missing quote is the mistake that counts.
            None => {
                self.push(TokenKind::Text, len);
            }
            Some('\n') => self.bad_escape(len, line_break),
            Some('\r') if chars.next() == Some('\n') => self.bad_escape(len, line_break),
            Some(it) if unescape(it).is_some() => {
                self.push(TokenKind::Escape, len + it.len_utf8());
            }
            Some(it) => self.bad_escape(len + it.len_utf8(), |span| unknown_escape(span, it)),
        }
    }

    fn bad_escape(&mut self, len: usize, tell: impl FnOnce(Span) -> Diagnostic) {
        let span = self.push(TokenKind::Error, len);
        self.mistakes.push(tell(span));
    }

    /// A string in backticks: nothing in it means anything but the backtick that ends it.
    pub(super) fn raw_string(&mut self) {
        let open = self.push(TokenKind::BacktickOpen, 1);
        let rest = self.rest();
        let len = rest.find('`').unwrap_or(rest.len());
        if len > 0 {
            self.push(TokenKind::Text, len);
        }
        if self.rest().is_empty() {
            self.literals.push(Literal { open, heredoc: None });
        } else {
            self.push(TokenKind::BacktickClose, 1);
        }
    }
}

/// `quote` is what opened the string, and would close it.
pub(super) fn unterminated(open: Span, quote: &str) -> Diagnostic {
    let help = match quote {
        "`" => "close it with a backtick",
        _ => "close it with `\"`; inside the string, write `\\\"`",
    };
    UNTERMINATED_STRING.at(open, "unterminated string").help(help)
}

fn line_break(span: Span) -> Diagnostic {
    BAD_ESCAPE
        .at(span, "bad escape: a backslash before the end of a line")
        .help("remove the backslash: a string may span lines")
}

fn unknown_escape(span: Span, escaped: char) -> Diagnostic {
    let shown: String = escaped.escape_debug().collect();
    let shown = if escaped.is_control() { shown } else { escaped.to_string() };
    let found = BAD_ESCAPE.at(span, format!("bad escape `\\{shown}`"));
    match escaped {
        'x' | 'u' | 'U' | '0'..='9' => {
            found.help("write the character itself: there are no escapes by number")
        }
        _ => found.help(format!("write `{shown}` without a backslash, or `\\\\` for a backslash")),
    }
}

/// Up to the end of the line, which is the end of the file for the last one.
fn first_line(text: &str) -> &str {
    let line = text.split('\n').next().unwrap_or_default();
    line.trim_end_matches('\r')
}

/// Text up to a quote, a backslash or `${`.
fn text(input: &str) -> IResult<&str, &str, ()> {
    let dollar = terminated(tag("$"), not(char('{')));
    recognize(many0_count(alt((is_not("\"\\$"), dollar)))).parse(input)
}
