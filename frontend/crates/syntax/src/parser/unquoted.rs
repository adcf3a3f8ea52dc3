//! Text without its quotes: a command, words, or pairs as in `NAME=value`.

use super::Parser;
use crate::diagnostic::{Code, Diagnostic};
use crate::foreign::{Place, command, instruction, is_shell_command, quoted, start_of};
use crate::lexer::{ASSIGNMENT, Assigned, assignment};
use crate::source::Span;
use crate::token::{Token, TokenKind};

/// A command or other words without quotes.
pub static UNQUOTED_TEXT: Code = Code::error("HLB0045", "unquoted-text");

/// The call that takes a line for a shell.
const RUN: &str = "run";

/// Most words of a statement that a help repeats.
const MAX_WORDS: usize = 12;

/// Longest statement that is looked at as an instruction, in bytes.
const MAX_INSTRUCTION: usize = 256;

/// What an error token begins with that is a character of a word: a path, a flag, or a part of a command.
const OF_WORDS: &str = "/.-~*@%!^?:+&|>$";

/// What assigns in other languages.
const ASSIGNS: [&str; 4] = ["=", ":=", "+=", "?="];

/// What commands of a shell are joined with.
const OF_SHELLS: &str = "&|><";

/// A run of tokens without a space between.
#[derive(Clone, Copy)]
struct Word {
    span: Span,
    /// The first of its tokens.
    first: TokenKind,
    /// The first of its error tokens.
    error: Option<Span>,
}

impl Parser<'_> {
    /// Takes a statement whose arguments lack their quotes; false if it is none.
    pub(super) fn unquoted(&mut self) -> bool {
        let words = self.words();
        let Some((callee, args)) = words.split_first() else { return false };
        let is_run = self.text_of(callee.span) == RUN;
        if self.is_command(callee, args) {
            let from = if is_run { args.first().unwrap_or(callee) } else { callee };
            self.unquoted_command(callee.span, from.span);
            return true;
        }
        if callee.error.is_some() || is_run {
            return false;
        }
        let found = self.pairs(callee, args).or_else(|| self.unquoted_words(callee, args));
        let Some(found) = found else { return false };
        self.report(found);
        self.skip_stmt();
        self.recovery.note_foreign(self.since(callee.span));
        true
    }

    /// Takes `NAME = …` or the like; false if there is none.
    pub(super) fn assignment(&mut self) -> bool {
        let words = self.words();
        let [name, sign, ..] = words.as_slice() else { return false };
        if name.error.is_some() || !ASSIGNS.contains(&self.text_of(sign.span)) {
            return false;
        }
        let found = assignment(sign.span, Assigned::Variable(self.text_of(name.span)));
        self.report(found);
        self.skip_stmt();
        self.recovery.note_foreign(self.since(name.span));
        true
    }

    /// The words of the statement, the first of which is its callee.
    fn words(&self) -> Vec<Word> {
        let mut words: Vec<Word> = Vec::new();
        let mut is_apart = true;
        for Token { kind, span } in self.stmt_tokens() {
            if kind.is_trivia() {
                is_apart = true;
                continue;
            }
            let error = Some(span).filter(|_| kind == TokenKind::Error);
            match words.last_mut().filter(|_| !is_apart) {
                Some(word) => {
                    word.span = word.span.to(span);
                    word.error = word.error.or(error);
                }
                None => words.push(Word { span, first: kind, error }),
            }
            is_apart = false;
        }
        words
    }

    /// Whether a statement is a line for a shell: what follows `run` is no literal, or it has a shell's operators.
    fn is_command(&self, callee: &Word, args: &[Word]) -> bool {
        use TokenKind::{BacktickOpen, Error, HeredocStart, QuoteOpen};
        let begins = |word: &Word, chars: &str| {
            word.error.is_some_and(|error| self.text_of(error).starts_with(|it| chars.contains(it)))
        };
        let name = self.text_of(callee.span);
        if name != RUN {
            let is_path = ["./", "/", "~/"].iter().any(|it| name.starts_with(it));
            let is_alone = args.is_empty() && !is_path;
            return begins(callee, "-./~$") && !is_alone
                || is_shell_command(name)
                || args.iter().any(|word| begins(word, OF_SHELLS));
        }
        let Some(first) = args.first() else { return false };
        match first.first {
            QuoteOpen | BacktickOpen | HeredocStart => false,
            Error => begins(first, OF_WORDS),
            _ => true,
        }
    }

    /// A line for a shell without quotes, from a word on.
    fn unquoted_command(&mut self, start: Span, from: Span) {
        let line = self.line_from(from).len() as u32;
        let clause = self.stmt_tokens().last().map(|token| token.span.end);
        self.skip_foreign(start, from.start + line);
        let span = self.since(from);
        // What comes after a clause's keyword is HLB again.
        let clause = clause.filter(|end| self.text_after(*end).trim_start().starts_with("with "));
        let span = Span { end: clause.unwrap_or(span.end), ..span };
        let found = UNQUOTED_TEXT.at(span, "command without quotes");
        let help = format!("write `{}`", command(RUN, self.text_of(span).trim_end()));
        self.recovery.push(found.help(help));
    }

    /// Arguments that are all as in `env NAME=value`.
    fn pairs(&self, callee: &Word, args: &[Word]) -> Option<Diagnostic> {
        let pair = |word: &Word| {
            let equals = word.error.filter(|error| error.start > word.span.start)?;
            let (key, value) = self.text_of(word.span).split_once('=')?;
            let at = word.span.start as usize + key.len() == equals.start as usize;
            let value = value.trim_matches(['"', '\'']);
            at.then(|| (equals, quoted(key), quoted(value)))
        };
        let pairs: Option<Vec<_>> = args.iter().map(pair).collect();
        let pairs = pairs.filter(|pairs| !pairs.is_empty())?;
        let (equals, ..) = *pairs.first()?;
        let found = ASSIGNMENT
            .at(Span { end: equals.start + 1, ..equals }, "assignment: HLB has no variables");
        let callee = self.text_of(callee.span);
        let stmts =
            pairs.iter().take(MAX_WORDS).map(|(_, key, value)| format!("{callee} {key} {value}"));
        Some(found.help(format!("write `{}`", stmts.collect::<Vec<_>>().join("; "))))
    }

    /// Several words that are strings without quotes.
    fn unquoted_words(&self, callee: &Word, args: &[Word]) -> Option<Diagnostic> {
        let is_word = |error: &Span| self.text_of(*error).starts_with(|it| OF_WORDS.contains(it));
        let errors: Vec<Span> = args.iter().filter_map(|word| word.error).collect();
        if errors.len() < 2 || !errors.iter().all(is_word) {
            return None;
        }
        if let ("copy", [src, dst]) = (self.text_of(callee.span), args)
            && let Some(help) = self.as_instruction(callee.span.to(dst.span), callee.span)
        {
            let span = src.span.to(dst.span);
            let found = UNQUOTED_TEXT.at(span, "words without quotes");
            return Some(help.into_iter().fold(found, |found, help| found.help(help)));
        }
        let bare = || args.iter().filter(|word| word.error.is_some());
        let span = bare().map(|word| word.span).reduce(Span::to)?;
        let found = UNQUOTED_TEXT.at(span, "words without quotes");
        if args.len() > MAX_WORDS {
            return Some(found.help("write each of them as a string in double quotes"));
        }
        let word = |word: &Word| match word.error {
            Some(_) => quoted(self.text_of(word.span)),
            None => self.text_of(word.span).to_owned(),
        };
        let words = std::iter::once(callee).chain(args).map(word).collect::<Vec<_>>();
        Some(found.help(format!("write `{}`", words.join(" "))))
    }

    /// The help for a statement whose name is that of an instruction in lower case.
    fn as_instruction(&self, stmt: Span, callee: Span) -> Option<Vec<String>> {
        let text = start_of(self.text_of(stmt), MAX_INSTRUCTION);
        let name = self.text_of(callee);
        let rest = text.get(name.len()..)?;
        instruction(&format!("{}{rest}", name.to_ascii_uppercase()), Place::Block)
    }
}
