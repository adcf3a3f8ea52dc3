//! Heredocs: where they start, and which occurrence of their word ends them (language spec, sections 1.7.3 and 11).
//!
//! Two rules decide. The *word rule*, that of the Go implementation: the heredoc ends where the word begins a part
//! of its text, be it in the middle of a line. The *line rule*: it ends at a line that begins with the word. The
//! word rule holds on the line where the heredoc starts; from there on the line rule, unless no line fits before
//! another heredoc of the same word starts: then the word rule again, so that older programs keep their meaning. A
//! line that begins with the word fits even if another heredoc starts later on it.

use std::collections::{BTreeMap, BTreeSet};

use nom::branch::alt;
use nom::bytes::complete::{tag, take_while, take_while1};
use nom::character::complete::{char, one_of};
use nom::combinator::{opt, recognize};
use nom::sequence::{delimited, pair, preceded};
use nom::{IResult, Parser};

use super::code::is_word;
use super::{Lexer, Literal, Mode};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;
use crate::token::TokenKind;

/// A heredoc without the word that ends it.
pub static UNTERMINATED_HEREDOC: Code = Code::error("HLB0007", "unterminated-heredoc");

/// A heredoc that begins as one of a shell does.
pub static FOREIGN_HEREDOC: Code = Code::error("HLB0046", "foreign-heredoc");

/// A heredoc that is open.
pub(super) struct Open<'t> {
    pub(super) word: &'t str,
    raw: bool,
    /// Where the line ends on which it starts.
    first_line_end: usize,
    /// Where the line rule ends it; `None` if that finds nothing.
    end: Option<usize>,
}

/// Where the heredocs of a file may start and end, for each of their words: with it a heredoc finds its end without
/// reading on, however many there are.
pub(super) struct Index<'t>(BTreeMap<&'t str, Occurrences>);

/// Both lists ascend.
#[derive(Default)]
struct Occurrences {
    /// Where heredocs of this word may start.
    starts: Vec<usize>,
    /// Where a line begins with the word.
    ends: Vec<usize>,
}

impl<'t> Index<'t> {
    fn new(text: &'t str) -> Self {
        let mut words: BTreeMap<&str, Occurrences> = BTreeMap::new();
        for (at, _) in text.match_indices('<') {
            if let Ok((_, (word, _))) = start(&text[at..]) {
                words.entry(word).or_default().starts.push(at);
            } else if let Ok((_, Foreign { word, .. })) = foreign_start(&text[at..]) {
                // It starts none, so that text which only looks like it changes nothing; but it may end.
                words.entry(word).or_default();
            }
        }
        // Hardly any line begins with a word of these, and mostly its first letter shows it.
        let first = |word: &&str| word.as_bytes().first().copied().unwrap_or_default();
        let letters: Vec<u8> =
            words.keys().map(first).collect::<BTreeSet<_>>().into_iter().collect();
        let mut line_start = 0;
        for line in text.split('\n') {
            let bytes = line.as_bytes();
            let is_space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r');
            let start = bytes.iter().position(|byte| !is_space(byte)).unwrap_or(bytes.len());
            if bytes.get(start).is_some_and(|letter| letters.contains(letter)) {
                let rest = bytes.iter().skip(start);
                let len = rest.take_while(|byte| is_word(char::from(**byte))).count();
                if let Some(offsets) = words.get_mut(&line[start..start + len]) {
                    offsets.ends.push(line_start + start);
                }
            }
            line_start += line.len() + 1;
        }
        Self(words)
    }

    /// Where the line rule ends a heredoc of `word` that is open at `from`.
    fn end(&self, word: &str, from: usize) -> Option<usize> {
        let places = self.0.get(word)?;
        let next = |list: &[usize]| list.get(list.partition_point(|at| *at < from)).copied();
        let end = next(&places.ends)?;
        let stop = next(&places.starts);
        stop.is_none_or(|stop| end < stop).then_some(end)
    }
}

impl<'t> Lexer<'t> {
    /// The start of a heredoc; a `<` that starts none is no token.
    pub(super) fn heredoc_start(&mut self) {
        let rest = self.rest();
        let first_line_end = self.line_end();
        let (after, word, raw, foreign) = match (start(rest), foreign_start(rest)) {
            (Ok((after, (word, raw))), _) => (after, word, raw, None),
            (Err(_), Ok((after, foreign))) => (after, foreign.word, foreign.is_raw, Some(foreign)),
            (Err(_), Err(_)) => return self.error_token(),
        };
        let index = self.heredocs.get_or_insert_with(|| Index::new(self.text));
        let end = index.end(word, first_line_end);
        // Without a line that ends it, it may be anything.
        if foreign.is_some() && end.is_none() {
            return self.error_token();
        }
        let open = self.push(TokenKind::HeredocStart, rest.len() - after.len());
        self.errors.extend(foreign.map(|foreign| foreign.error(open)));
        let heredoc = Open { word, raw, first_line_end, end };
        self.modes.push(Mode::Heredoc);
        self.literals.push(Literal { open, heredoc: Some(heredoc) });
    }

    /// Lexes text up to and including the next thing in a heredoc that is not text.
    pub(super) fn heredoc(&mut self) {
        let Some(Literal { heredoc: Some(open), .. }) = self.literals.last_mut() else { return };
        if open.end.is_some_and(|end| end < self.at) {
            // The line that would have ended it lay inside an interpolation.
            open.end = self.heredocs.as_ref().and_then(|index| index.end(open.word, self.at));
        }
        match open.next(self.text, self.at) {
            Stop::EndOfFile => {
                self.heredoc_text(self.text.len());
            }
            Stop::Word(at) => {
                let len = open.word.len();
                self.heredoc_text(at);
                self.push(TokenKind::HeredocEnd, len);
                self.modes.pop();
                self.literals.pop();
            }
            Stop::Interpolation(at) => {
                self.heredoc_text(at);
                self.open_interpolation();
            }
            Stop::Escape(at) => {
                self.heredoc_text(at);
                self.push(TokenKind::Escape, "\\$".len());
            }
        }
    }

    fn heredoc_text(&mut self, end: usize) {
        if end > self.at {
            self.push_text(end - self.at);
        }
    }
}

/// The next thing in a heredoc that is not text, and where it is.
enum Stop {
    EndOfFile,
    Word(usize),
    Interpolation(usize),
    /// A `\$`, which stands for `$`.
    Escape(usize),
}

impl Open<'_> {
    /// Reads from `at`, where a part of the text begins: the text starts there, or goes on after an interpolation or
    /// an escape.
    fn next(&self, text: &str, mut at: usize) -> Stop {
        let bytes = text.as_bytes();
        // Whether a part begins at `at`: a run of white space, an escape, a lone dollar, or a run of anything else.
        let mut begins = true;
        while let Some(byte) = bytes.get(at) {
            if begins && self.ends_at(text, at) {
                return Stop::Word(at);
            }
            let rest = bytes.get(at..).unwrap_or_default();
            begins = match byte {
                b' ' | b'\t' | b'\n' | b'\r' | 0x0c => true,
                b'$' if !self.raw && rest.starts_with(b"${") => return Stop::Interpolation(at),
                b'$' if !self.raw => true,
                b'\\' if !self.raw && rest.starts_with(b"\\${") => return Stop::Escape(at),
                b'\\' if !self.raw && begins && rest.starts_with(b"\\$") => {
                    return Stop::Escape(at);
                }
                b'\\' if !self.raw && begins && rest.get(1).is_some_and(|next| *next != b'\n') => {
                    // Any other escape is kept as it is written.
                    at += text[at + 1..].chars().next().map_or(0, char::len_utf8);
                    true
                }
                _ => false,
            };
            at += 1;
        }
        Stop::EndOfFile
    }

    fn ends_at(&self, text: &str, at: usize) -> bool {
        let by_word = self.end.is_none() || at < self.first_line_end;
        self.end == Some(at) || by_word && self.word_at(text, at)
    }

    /// Whether the word stands at `at`, up to its boundary.
    fn word_at(&self, text: &str, at: usize) -> bool {
        let rest = text.get(at..).and_then(|rest| rest.strip_prefix(self.word));
        rest.is_some_and(|rest| !rest.starts_with(is_word))
    }
}

pub(super) fn unterminated(open: Span, word: &str) -> Diagnostic {
    UNTERMINATED_HEREDOC
        .at(open, format!("unterminated heredoc: no line begins with `{word}`"))
        .help(format!("write `{word}` on a line of its own after the text"))
}

/// `<<`, perhaps `-` or `~`, and the word, perhaps in backticks: the word, and whether it is.
fn start(input: &str) -> IResult<&str, (&str, bool), ()> {
    let word = || take_while1(is_word);
    let raw = delimited(char('`'), word(), char('`')).map(|it| (it, true));
    preceded((tag("<<"), opt(one_of("-~"))), alt((raw, word().map(|it| (it, false))))).parse(input)
}

/// A heredoc as a shell writes it.
struct Foreign<'t> {
    /// What is between `<<` and the word: `-` or nothing.
    indent: &'t str,
    word: &'t str,
    /// Whether nothing in it is expanded.
    is_raw: bool,
}

impl Foreign<'_> {
    fn error(&self, open: Span) -> Diagnostic {
        let Self { indent, word, is_raw } = self;
        match is_raw {
            true => FOREIGN_HEREDOC
                .at(open, "heredoc whose word is quoted as in a shell")
                .help(format!("write the word in backticks, <<{indent}`{word}`, for text without interpolation")),
            false => FOREIGN_HEREDOC
                .at(open, "heredoc with a space before its word")
                .help(format!("write `<<{indent}{word}`")),
        }
    }
}

/// `<<`, perhaps `-` or `~`, and the word after a space, in quotes, or after a backslash.
fn foreign_start(input: &str) -> IResult<&str, Foreign<'_>, ()> {
    let word = || take_while1(is_word);
    let indent = recognize(opt(one_of("-~")));
    let spaces = || take_while(|it| it == ' ' || it == '\t');
    let quoted = alt((
        delimited(char('\''), word(), char('\'')),
        delimited(char('"'), word(), char('"')),
        delimited(char('`'), word(), char('`')),
        preceded(char('\\'), word()),
    ));
    let raw = preceded(spaces(), quoted).map(|word| (word, true));
    let plain = preceded(spaces(), word()).map(|word| (word, false));
    let (rest, (indent, (word, is_raw))) =
        preceded(tag("<<"), pair(indent, alt((raw, plain)))).parse(input)?;
    Ok((rest, Foreign { indent, word, is_raw }))
}
