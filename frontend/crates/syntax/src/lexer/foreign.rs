//! Comments and expansions of other languages. They are tokens of their own, so that what is in them is no further error.

use nom::branch::alt;
use nom::bytes::complete::{tag, take_while, take_while1};
use nom::character::complete::{one_of, satisfy};
use nom::combinator::recognize;
use nom::sequence::{pair, preceded};
use nom::{IResult, Parser};

use super::Lexer;
use super::code::is_word;
use crate::diagnostic::{Code, Diagnostic};
use crate::foreign::MAX_SHOWN;
use crate::source::Span;
use crate::token::TokenKind;

/// A comment in the form of another language.
pub static FOREIGN_COMMENT: Code = Code::error("HLB0051", "foreign-comment");

/// An expansion that only a shell has, such as `${NAME:-default}`.
pub static SHELL_EXPANSION: Code = Code::error("HLB0047", "shell-expansion");

/// Longest expansion that is looked at, in bytes: many that do not end must not be searched to the end of a long line.
const MAX_EXPANSION: usize = 256;

impl Lexer<'_> {
    /// Lexes `// …` or `/* … */`; false if there is none. As a part of a word, both may be a path or a URL.
    pub(super) fn foreign_comment(&mut self) -> bool {
        let before = self.text.get(..self.at).unwrap_or_default().chars().next_back();
        let is_apart =
            before.is_none_or(|it| it.is_ascii_whitespace() || matches!(it, '{' | '}' | ';' | ')'));
        let rest = self.rest();
        let is_block = rest.starts_with("/*");
        if !is_apart || !is_block && !rest.starts_with("//") {
            return false;
        }
        let end = if is_block { self.comment_end(rest) } else { None };
        let len = end.unwrap_or(self.line_end() - self.at);
        let span = self.ahead("//".len());
        self.errors.push(
            FOREIGN_COMMENT
                .at(span, format!("comment that begins with `{}`", &rest[.."//".len()]))
                .help("write `#` before each line of the comment"),
        );
        self.push(TokenKind::Comment, len);
        true
    }

    /// Where the comment at the start of `rest` ends. Once none ends, no later one does, and is not searched for.
    fn comment_end(&mut self, rest: &str) -> Option<usize> {
        if self.unended_comment {
            return None;
        }
        let end = rest.get("/*".len()..).and_then(|inner| inner.find("*/"));
        self.unended_comment = end.is_none();
        Some("/**/".len() + end?)
    }

    /// Lexes an expansion of a shell where an interpolation begins; false if there is none.
    pub(super) fn shell_expansion(&mut self) -> bool {
        let Some(Expansion { text, name, default }) = expansion(self.rest()) else { return false };
        let span = self.push(TokenKind::Error, text.len());
        self.errors.push(shell_expansion(span, text, name, default));
        true
    }
}

/// An expansion of a shell that is no interpolation.
struct Expansion<'t> {
    text: &'t str,
    /// The variable, if it has a name.
    name: &'t str,
    /// What stands for the variable where it is not set.
    default: Option<&'t str>,
}

fn shell_expansion(span: Span, text: &str, name: &str, default: Option<&str>) -> Diagnostic {
    let is_short = text.len() <= MAX_SHOWN;
    let shown = if is_short { text } else { "${…}" };
    let found = SHELL_EXPANSION.at(span, format!("`{shown}` is an expansion of a shell"));
    let escaped = shown.replace("${", "\\${");
    let found = found.help(format!("write `{escaped}` for a shell to expand it"));
    match default {
        Some(default) if is_short && !default.contains(['"', '$', '`', '\\', '\'']) => {
            found.help(format!(
                "or give the function the parameter `string {name} = \"{default}\"`, and write `${{{name}}}`"
            ))
        }
        _ => found,
    }
}

/// The expansion at the start of a text that begins with `${`.
fn expansion(text: &str) -> Option<Expansion<'_>> {
    let inner = text.strip_prefix("${")?;
    // Most interpolations are a name or a call, which is seen quickly.
    let after = inner.bytes().find(|it| !it.is_ascii_alphanumeric() && *it != b'_')?;
    if matches!(after, b'}' | b'(' | b' ' | b'.') && !inner.starts_with(char::from(after)) {
        return None;
    }
    let (rest, (name, operator)) = head(inner).ok()?;
    let head = text.len() - rest.len();
    let end = head + close(rest)?;
    let text = text.get(..=end)?;
    let is_named = name.starts_with(|it: char| !it.is_ascii_digit());
    let is_default = is_named && ["-", ":-", "=", ":="].contains(&operator);
    let default = text.get(head..end).filter(|_| is_default);
    Some(Expansion { text, name, default })
}

/// What an expansion begins with that an interpolation can't: an operator after or before the name, or a special
/// variable.
fn head(text: &str) -> IResult<&str, (&str, &str), ()> {
    let name = || {
        recognize(pair(satisfy(|it| it.is_ascii_alphabetic() || it == '_'), take_while(is_word)))
    };
    let number = take_while1(|it: char| it.is_ascii_digit());
    let operators = ["-", "=", "+", "?"].map(tag);
    let with_colon = recognize(pair(tag(":"), one_of("-=+?")));
    let other = recognize(one_of("#%/^,@["));
    let operator = alt((with_colon, alt(operators), other));
    let prefixed = preceded(one_of("!#"), name()).map(|name| (name, ""));
    let special = recognize(one_of("@*#?$!")).map(|_| ("", ""));
    alt((pair(alt((name(), number)), operator), prefixed, special)).parse(text)
}

/// Where the brace is that closes an expansion, on its line.
fn close(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, byte) in text.bytes().enumerate().take(MAX_EXPANSION) {
        match byte {
            b'\n' => return None,
            b'{' => depth += 1,
            b'}' if depth == 0 => return Some(at),
            b'}' => depth -= 1,
            _ => {}
        }
    }
    None
}
