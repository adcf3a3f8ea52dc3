//! Numbers, strings and heredocs.

use std::borrow::Cow;

use super::Parser;
use crate::diagnostic::{Code, Diagnostic};
use crate::lexer::unescape;
use crate::source::Span;
use crate::token::TokenKind;
use crate::tree::{Expr, Indent, IntLit, StringForm, StringLit, StringPart, Text};

/// A digit that the base of its number does not have.
pub static BAD_DIGIT: Code = Code::error("HLB0041", "bad-digit");

/// A number beyond 64 bits with sign.
pub static NUMBER_TOO_LARGE: Code = Code::error("HLB0042", "number-too-large");

impl Parser<'_> {
    /// `DECIMAL | PREFIXED_INT`
    pub(super) fn int(&mut self) -> Expr {
        let span = self.bump();
        match int_value(self.text_of(span), span) {
            Ok(value) => Expr::Int(IntLit { span, value }),
            Err(diagnostic) => {
                self.report(diagnostic);
                Expr::Error(span)
            }
        }
    }

    /// `string = '"' { TEXT | ESCAPE | interp } '"' ;`
    pub(super) fn string(&mut self) -> Expr {
        self.parts(StringForm::Quoted, TokenKind::QuoteClose)
    }

    /// ``raw_string = "`" RAW_TEXT "`" ;``
    pub(super) fn raw_string(&mut self) -> Expr {
        self.parts(StringForm::Raw, TokenKind::BacktickClose)
    }

    /// `heredoc = HEREDOC { SPACES | ESCAPE | interp | WORD } TERMINATOR ;`
    pub(super) fn heredoc(&mut self) -> Expr {
        let start = self.text_of(self.here());
        let indent = match start.as_bytes().get(2) {
            Some(b'-') => Indent::Dedent,
            Some(b'~') => Indent::Fold,
            _ => Indent::Literal,
        };
        // The word of one from a shell, which was reported, may be in other quotes.
        let raw = start.ends_with(['`', '\'', '"']) || start.contains('\\');
        let form = StringForm::Heredoc { indent, raw };
        self.parts(form, TokenKind::HeredocEnd)
    }

    /// The parts of a literal, up to the token that closes it.
    fn parts(&mut self, form: StringForm, close: TokenKind) -> Expr {
        let open = self.bump();
        // Most literals are one part.
        let mut parts = Vec::with_capacity(usize::from(!self.is_at(close)));
        loop {
            match self.peek() {
                // The lexer reported that it is not closed.
                None => break,
                Some(kind) if kind == close => {
                    let close = self.bump();
                    if close.start == close.end {
                        // Neither its value is known, nor which of its text was meant as something else.
                        self.recovery.note_unended_string(open.start);
                        return Expr::Error(self.since(open));
                    }
                    break;
                }
                Some(TokenKind::InterpolationOpen) => {
                    let (span, expr) = self.interpolation();
                    parts.push(StringPart::Interpolation { span, expr: Box::new(expr) });
                }
                Some(_) => parts.extend(self.text_part(close)),
            }
        }
        Expr::String(StringLit { span: self.since(open), form, parts })
    }

    /// Text and escapes up to an interpolation or the end of the literal.
    fn text_part(&mut self, close: TokenKind) -> Option<StringPart> {
        let mut span: Option<Span> = None;
        let mut decoded = String::new();
        let mut as_written = true;
        while let Some(kind) = self.peek() {
            if kind == close || kind == TokenKind::InterpolationOpen {
                break;
            }
            let here = self.bump();
            let text = self.text.get(here.range()).unwrap_or_default();
            let plain = kind == TokenKind::Text && !has_carriage_returns(text);
            if as_written && (!plain || span.is_some()) {
                as_written = false;
                decoded.push_str(span.map_or("", |before| self.text_of(before)));
            }
            match kind {
                _ if as_written => {}
                TokenKind::Escape => decoded.extend(text.chars().nth(1).and_then(unescape)),
                TokenKind::Text => decoded.push_str(&with_line_feeds(text)),
                _ => {}
            }
            span = Some(span.map_or(here, |before| before.to(here)));
        }
        let span = span?;
        let value = match as_written {
            true => Text::as_written(self.text, span),
            false => Text::decoded(decoded),
        };
        Some(StringPart::Text { span, value })
    }
}

/// A text without the carriage returns before its line feeds.
pub(crate) fn with_line_feeds(text: &str) -> Cow<'_, str> {
    if !has_carriage_returns(text) {
        return Cow::Borrowed(text);
    }
    let line = |line: &str| match line.strip_suffix('\n') {
        Some(line) => line.trim_end_matches('\r').to_owned() + "\n",
        None => line.to_owned(),
    };
    Cow::Owned(text.split_inclusive('\n').map(line).collect())
}

/// Whether a line of a text ends in one. Most texts have none at all, which is quicker to see.
fn has_carriage_returns(text: &str) -> bool {
    text.contains('\r') && text.contains("\r\n")
}

/// The value of a number, or the error in it.
fn int_value(text: &str, span: Span) -> Result<i64, Diagnostic> {
    let (radix, digits) = match text.as_bytes().get(1) {
        Some(b'b' | b'B') => (2, &text[2..]),
        Some(b'o' | b'O') => (8, &text[2..]),
        Some(b'x' | b'X') => (16, &text[2..]),
        _ => (10, text),
    };
    if let Some((at, digit)) = digits.char_indices().find(|(_, digit)| !digit.is_digit(radix)) {
        let start = span.end - (digits.len() - at) as u32;
        let span = Span { start, end: start + digit.len_utf8() as u32, ..span };
        let found = BAD_DIGIT.at(span, format!("digit `{digit}` in a number of base {radix}"));
        return Err(found.help(format!("write digits from `0` to `{}`", radix.min(10) - 1)));
    }
    i64::from_str_radix(digits, radix).map_err(|_| {
        NUMBER_TOO_LARGE
            .at(span, format!("number too large: at most {} is possible", i64::MAX))
            .help("write it as a string, unless it is a quantity")
    })
}
