//! Strings in double quotes and in backticks (language spec, sections 1.7.1 and 1.7.2).

use super::{Lexer, Literal, Mode};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;
use crate::token::TokenKind;

/// A string without its closing quote or backtick.
pub static UNTERMINATED_STRING: Code = Code::error("HLB0005", "unterminated-string");

/// A backslash before something that it can't escape.
pub static BAD_ESCAPE: Code = Code::error("HLB0006", "bad-escape");

/// What a backslash and this character stand for in a double-quoted string.
pub(crate) fn unescape(escaped: char) -> Option<char> {
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
        let end = if cut { self.line_end() } else { self.text.len() };
        let stop = text_end(self.text.as_bytes(), self.at, end);
        if stop > self.at {
            self.push_text(stop - self.at);
        }
        match self.text.as_bytes().get(self.at) {
            _ if cut && stop == end => {
                self.errors.push(unterminated(open, &self.text[open.range()]));
                self.cut = true;
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
            // The missing quote is the error that counts.
            None => {
                self.push_text(len);
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
        self.errors.push(tell(span));
    }

    /// A string in backticks: nothing in it means anything but the backtick that ends it.
    pub(super) fn raw_string(&mut self) {
        let open = self.push(TokenKind::BacktickOpen, 1);
        let rest = self.rest();
        let len = rest.find('`').unwrap_or(rest.len());
        if len > 0 {
            self.push_text(len);
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

/// Where text ends that begins at `at`: before a quote, a backslash or `${`, or at `end`.
fn text_end(bytes: &[u8], at: usize, end: usize) -> usize {
    let stops = |at: usize| match bytes.get(at) {
        Some(b'"' | b'\\') => true,
        // What follows may lie behind `end`, which is then a line feed.
        Some(b'$') => bytes.get(at + 1) == Some(&b'{'),
        _ => false,
    };
    (at..end).find(|at| stops(*at)).unwrap_or(end)
}
