//! Error tokens: text outside literals that is no token, and what was probably meant by it.

use nom::Parser;
use nom::bytes::complete::{is_not, take_till, take_while};
use nom::character::complete::{char, satisfy};
use nom::combinator::{opt, recognize};
use nom::sequence::{preceded, terminated};

use super::Lexer;
use super::code::{Parsed, is_ident, is_word, length};
use crate::diagnostic::{Code, Diagnostic};
use crate::foreign::MAX_SHOWN;
use crate::source::Span;
use crate::token::TokenKind;

/// A character that HLB has no use for outside strings and comments.
pub static UNEXPECTED_CHARACTER: Code = Code::error("HLB0001", "unexpected-character");

/// A string in single quotes.
pub static SINGLE_QUOTES: Code = Code::error("HLB0002", "single-quotes");

/// A number with a sign.
pub static NEGATIVE_NUMBER: Code = Code::error("HLB0003", "negative-number");

/// A `=` outside the parentheses of a signature.
pub static ASSIGNMENT: Code = Code::error("HLB0004", "assignment");

impl Lexer<'_> {
    /// An error token: the character that can't begin a token, and what directly follows it, so that one cause is one
    /// error.
    pub(super) fn error_token(&mut self) {
        let rest = self.rest();
        let (len, diagnostic) = if let Ok((_, text)) = single_quoted(rest) {
            let span = self.ahead(text.len());
            (text.len(), single_quotes(span, text))
        } else if let Ok((_, text)) = negative_number(rest) {
            let span = self.ahead(text.len());
            let found = NEGATIVE_NUMBER.at(span, format!("negative number `{text}`: HLB has none"));
            (text.len(), found.help(format!("write `\"{text}\"` where the text is meant")))
        } else {
            let first = rest.chars().next().map_or(0, char::len_utf8);
            let len = first + length(take_till(ends_error_token), &rest[first..]);
            let span = self.ahead(first);
            let diagnostic = match &rest[..first] {
                "=" if !rest.starts_with("==") => assignment(span, self.assigned()),
                "'" => SINGLE_QUOTES
                    .at(span, "single quote: strings stand in double quotes")
                    .help("write `\"` instead of `'`"),
                text => unexpected_character(span, text, self.run_of(len)),
            };
            (len, diagnostic)
        };
        // The bracket that closes what another one opened is a part of that error.
        if !rest.starts_with(']') || !self.is_in_brackets() {
            self.errors.push(diagnostic);
        }
        self.push(TokenKind::Error, len);
    }

    /// Whether a `[` without its `]` was reported a little before on the same line.
    fn is_in_brackets(&self) -> bool {
        let line = self.tokens.iter().rev().take_while(|token| token.kind != TokenKind::Newline);
        let errors = line.take(MAX_BRACKETED).filter(|token| token.kind == TokenKind::Error);
        let brackets =
            errors.map(|token| match self.text.as_bytes().get(token.span.start as usize) {
                Some(b'[') => 1,
                Some(b']') => -1,
                _ => 0,
            });
        brackets.sum::<i32>() > 0
    }

    /// The next `len` bytes with what is written directly before them.
    fn run_of(&self, len: usize) -> &str {
        let before = &self.text[..self.at];
        let start = before.trim_end_matches(|it| !ends_error_token(it)).len();
        &self.text[start..self.at + len]
    }

    /// What the next token, a `=`, seems to assign to.
    fn assigned(&self) -> Assigned<'_> {
        let mut before = self.tokens.iter().rev();
        let last = before.next();
        let is_glued = last.is_some_and(|token| token.kind != TokenKind::Whitespace);
        let name = match last {
            Some(token) if token.kind == TokenKind::Whitespace => before.next(),
            last => last,
        };
        let Some(name) = name.filter(|token| token.kind == TokenKind::Ident) else {
            return Assigned::Nothing;
        };
        let text = &self.text[name.span.range()];
        let word = before.find(|token| token.kind != TokenKind::Whitespace);
        match word.is_some_and(|token| token.kind == TokenKind::Ident) && is_glued {
            true => Assigned::Argument(text),
            false => Assigned::Variable(text),
        }
    }
}

/// What stands before a `=` that is no default.
#[derive(Clone, Copy)]
pub enum Assigned<'t> {
    Nothing,
    /// A name at the beginning, or after a kind.
    Variable(&'t str),
    /// A name that the `=` is written on to, as in `env NAME=value`.
    Argument(&'t str),
}

pub fn assignment(span: Span, to: Assigned<'_>) -> Diagnostic {
    let found = ASSIGNMENT.at(span, "assignment: HLB has no variables");
    match to {
        Assigned::Argument(name) if name.len() <= MAX_SHOWN => {
            found.help(format!("write two strings with a space between: `\"{name}\" \"…\"`"))
        }
        Assigned::Variable(name) if name.len() <= MAX_SHOWN => found
            .help(format!(
                "declare a function that returns the value: `string {name}() {{ \"…\" }}`"
            ))
            .help(format!("or give a function the parameter `string {name} = \"…\"`")),
        _ => found.help("remove the `=`: arguments have spaces between them"),
    }
}

/// How many tokens may stand between two brackets for them to be one error.
const MAX_BRACKETED: usize = 100;

/// `run` is the text without spaces in which the character stands.
fn unexpected_character(span: Span, text: &str, run: &str) -> Diagnostic {
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
        "." if run.strip_prefix('.').is_some_and(is_name) => {
            found.help("write a member directly after its import, as in `lib.member`")
        }
        "<" if run.starts_with("<<") => found
            .help("write `<<WORD` without a space, and `WORD` on a line of its own after the text"),
        "[" => found.help("write the arguments with spaces between, without brackets and commas"),
        "]" => found,
        "+" if run == text => found.help("write texts into one string, as in `\"v${version}\"`"),
        "\\" => {
            found.help("remove it: a statement can't go on on the next line outside parentheses")
        }
        "$" => found.help("name a parameter without `$`; in a string, write `${…}`"),
        "&" | "|" | ">" => found.help("write the whole command as one string"),
        "“" | "”" | "„" | "«" | "»" => found.help("write `\"`, the plain double quote"),
        _ if run.len() <= MAX_SHOWN && run.bytes().all(|it| it.is_ascii_graphic()) => {
            found.help(format!("write `\"{run}\"` for a string"))
        }
        _ => found,
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_ident)
}

fn single_quotes(span: Span, text: &str) -> Diagnostic {
    let inner = text.trim_matches('\'');
    SINGLE_QUOTES
        .at(span, "string in single quotes")
        .help(format!("write `\"{}\"`", inner.replace('"', "\\\"")))
}

/// Whether an error token ends before a character: what separates tokens, and what may matter to the structure.
fn ends_error_token(it: char) -> bool {
    it.is_ascii_whitespace() || matches!(it, '(' | ')' | '{' | '}' | ',' | ';' | '"' | '`' | '#')
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
