//! Lines of other languages: one error with what to write instead, for all that is in them.
//!
//! A line is only looked at where it can't be HLB: the lexer found an error in it, or it begins as no declaration does. What
//! the lexer reported in it is dropped.

use super::Parser;
use super::open::Open;
use super::report::UNEXPECTED_TOKEN;
use crate::diagnostic::Code;
use crate::foreign::{self, Flag, Place, logical_line, start_of};
use crate::source::Span;
use crate::token::{Token, TokenKind};
use crate::tree::{Decl, Stmt};

/// An instruction of a Dockerfile.
pub static DOCKERFILE_INSTRUCTION: Code = Code::error("HLB0043", "dockerfile-instruction");

/// A flag of an instruction of a Dockerfile.
pub static DOCKERFILE_FLAG: Code = Code::error("HLB0044", "dockerfile-flag");

/// A declaration in another language.
pub static FOREIGN_DECLARATION: Code = Code::error("HLB0048", "foreign-declaration");

/// A function that is declared in a block.
pub static NESTED_FUNCTION: Code = Code::error("HLB0049", "nested-function");

/// A statement of another language.
pub static FOREIGN_STATEMENT: Code = Code::error("HLB0054", "foreign-statement");

/// Most flags of a line that a help is given for.
const MAX_FLAGS: usize = 4;

/// Longest list in brackets that is one error, in bytes.
const MAX_LIST: usize = 1000;

/// Longest part of a declaration that is looked at, in bytes.
const MAX_DECLARATION: usize = 256;

/// What other languages begin a function with that has a name and parameters.
const FUNCTIONS: [&str; 4] = ["def", "func", "fn", "function"];

impl Parser<'_> {
    /// Takes a statement that is none of HLB; false if there is none.
    pub(super) fn foreign_stmt(&mut self, stmts: &mut Vec<Stmt>) -> bool {
        let start = self.here();
        let found = self.nested_function() || self.is_error_on_line() && self.foreign_line();
        if found {
            stmts.push(Stmt::Error(self.since(start)));
        }
        found
    }

    /// Takes a statement in whose line the lexer found an error; false if nothing better is known of it.
    fn foreign_line(&mut self) -> bool {
        let found = self.instruction(Place::Block)
            || self.flags()
            || self.foreign_statement()
            || self.assignment()
            || self.continued_line()
            || self.unquoted();
        if !found {
            self.note_list();
        }
        found
    }

    /// Takes a statement that begins with an error; false if nothing better is known of it than what the lexer reported.
    pub(super) fn foreign_error_stmt(&mut self, stmts: &mut Vec<Stmt>) -> bool {
        let start = self.here();
        let found = self.unquoted();
        if found {
            stmts.push(Stmt::Error(self.since(start)));
        }
        found
    }

    /// Takes a declaration that is none of HLB; `None` if there is none.
    pub(super) fn foreign_decl(&mut self) -> Option<Decl> {
        let start = self.here();
        let found = match self.is_signature_begun() {
            true => self.foreign_declaration(),
            false => self.instruction(Place::File) || self.foreign_declaration(),
        };
        found.then(|| Decl::Error(self.since(start)))
    }

    /// Whether `IDENT IDENT (` comes next, which begins a function.
    fn is_signature_begun(&self) -> bool {
        let mut at = self.at + 1;
        [TokenKind::Ident, TokenKind::ParenOpen].into_iter().all(|expected| {
            while self.tokens.kind(at) == Some(TokenKind::Whitespace) {
                at += 1;
            }
            at += 1;
            self.tokens.kind(at - 1) == Some(expected)
        })
    }

    /// A function in a block, of HLB or another language. What it declares is not there, and not unknown either.
    fn nested_function(&mut self) -> bool {
        // Looked at first, since it is quick and most statements are none.
        if !self.is_signature_begun() {
            return false;
        }
        let word = self.text_of(self.here());
        let is_kind = foreign::is_kind(word);
        if !is_kind && !FUNCTIONS.contains(&word) || !self.is_signature_ahead() {
            return false;
        }
        let start = self.here();
        if !is_kind {
            return self.foreign_declaration();
        }
        let name = self.after_next().next().map_or(start, |token| token.span);
        let message = format!("function `{}` in a block", self.text_of(name));
        self.report(
            NESTED_FUNCTION
                .at(start.to(name), message)
                .help("declare it outside of other functions, and call it here"),
        );
        self.recovery.note_incomplete();
        self.func(None);
        true
    }

    /// An instruction of a Dockerfile with the lines that it goes on for.
    fn instruction(&mut self, place: Place) -> bool {
        let start = self.here();
        let word = self.text_of(start);
        if word.bytes().any(|it| !it.is_ascii_uppercase()) {
            return false;
        }
        let line = self.line_from(start);
        let Some(help) = foreign::instruction(line, place) else { return false };
        let end = start.start + line.len() as u32;
        let found =
            DOCKERFILE_INSTRUCTION.at(start, format!("`{word}` is an instruction of a Dockerfile"));
        self.report(help.into_iter().fold(found, |found, help| found.help(help)));
        self.skip_foreign(start, end);
        true
    }

    /// A statement with flags of an instruction.
    fn flags(&mut self) -> bool {
        let start = self.here();
        let Some(first) = self.errors_of_stmt().next() else { return false };
        let word = |token: Token| {
            let text = self.text_after(token.span.start);
            text.split(char::is_whitespace).next().unwrap_or_default()
        };
        let text = word(first);
        if Flag::parse(text).is_none() {
            return false;
        }
        let name = text.split('=').next().unwrap_or_default();
        let span = Span { end: first.span.start + name.len() as u32, ..first.span };
        let found =
            DOCKERFILE_FLAG.at(span, format!("`{name}` is a flag of a Dockerfile's instruction"));
        let flags = self.errors_of_stmt().filter_map(|token| Flag::parse(word(token)));
        let found = flags.take(MAX_FLAGS).fold(found, |found, flag| found.help(flag.help()));
        self.report(found);
        self.skip_stmt();
        self.recovery.note_foreign(self.since(start));
        true
    }

    /// Notes a list in brackets whose first bracket the lexer reported: what else is wrong in it follows from that.
    fn note_list(&mut self) {
        let Some(first) = self.errors_of_stmt().next() else { return };
        let text = self.text_after(first.span.start);
        let mut line = text.bytes().take(MAX_LIST).take_while(|it| *it != b'\n');
        if text.starts_with('[')
            && let Some(len) = line.position(|it| it == b']')
        {
            let start = first.span.start + 1;
            self.recovery.note_foreign(Span { start, end: start + len as u32, ..first.span });
        }
    }

    /// A statement that goes on below, after a backslash that the lexer reported.
    fn continued_line(&mut self) -> bool {
        let start = self.here();
        let Some(first) = self.errors_of_stmt().next() else { return false };
        let line = self.line_from(first.span);
        if !self.text_of(first.span).starts_with('\\') || !line.contains('\n') {
            return false;
        }
        let end = first.span.start + line.len() as u32;
        self.skip_foreign(Span { start: first.span.end, ..start }, end);
        true
    }

    /// A statement of another language, with the block that begins on its line.
    fn foreign_statement(&mut self) -> bool {
        let start = self.here();
        let word = self.text_of(start);
        let Some(help) = foreign::statement(word) else { return false };
        let found =
            FOREIGN_STATEMENT.at(start, format!("`{word}` is a statement of other languages"));
        self.report(found.help(help));
        self.skip_foreign_block(start);
        true
    }

    /// A declaration of another language, with its block or the indented lines below it.
    fn foreign_declaration(&mut self) -> bool {
        let start = self.here();
        let text = start_of(self.text_after(start.start), MAX_DECLARATION);
        let line = text.lines().next().unwrap_or_default();
        let Some(help) = foreign::declaration(line) else { return false };
        let word = self.text_of(start);
        let found =
            FOREIGN_DECLARATION.at(start, format!("`{word}` is a declaration of other languages"));
        self.report(found.help(help));
        // What it declares is not unknown where it is used.
        self.recovery.note_incomplete();
        self.skip_foreign_block(start);
        true
    }

    /// Takes what other languages have between the parameters and the body, a `:` or the kind of the result, and a body
    /// that has no braces. Whether the body is still to come.
    pub(super) fn no_brace(&mut self) -> bool {
        let start = self.here();
        let text = self.text_of(start);
        let is_colon = self.is_at(TokenKind::Ident) && text.starts_with(':');
        let is_arrow =
            self.is_at(TokenKind::Error) && ["->", "=>", "="].iter().any(|it| text.starts_with(it));
        if !is_colon && !is_arrow {
            return false;
        }
        let shown: String = text.chars().take_while(|it| !it.is_alphanumeric()).collect();
        let found = UNEXPECTED_TOKEN.at(start, format!("expected `{{`, found `{shown}`"));
        self.bump();
        self.skip_to(&[TokenKind::BraceOpen, TokenKind::Newline]);
        let is_body = self.is_at(TokenKind::BraceOpen);
        let help = match is_body {
            true => {
                "remove what is between the parameters and the `{`: the kind of the result stands first"
            }
            false => "write the statements between `{` and `}`",
        };
        self.recovery.push(found.help(help));
        if !is_body {
            self.skip_indented();
        }
        self.recovery.note_foreign(self.since(start));
        is_body
    }

    /// The line from a place on, with those that it goes on for.
    pub(super) fn line_from(&self, start: Span) -> &str {
        logical_line(self.text_after(start.start))
    }

    pub(super) fn text_after(&self, offset: u32) -> &str {
        self.text.get(offset as usize..).unwrap_or_default()
    }

    /// Skips the rest of the line, and the block that begins on it.
    fn skip_foreign_block(&mut self, start: Span) {
        use TokenKind::{BraceClose, BraceOpen, Newline, Semicolon};
        self.skip_to(&[Newline, BraceOpen, Semicolon]);
        if self.eat(BraceOpen).is_some() {
            self.skip_inside(BraceClose);
        } else if !self.open.is_in(Open::Block) {
            self.skip_indented();
        }
        while self.eat(Semicolon).is_some() {}
        self.recovery.note_foreign(self.since(start));
    }

    /// Skips the lines below that begin with spaces, as a body without braces has, and a `}` after them.
    pub(super) fn skip_indented(&mut self) {
        use TokenKind::{BraceClose, Newline};
        while self.is_at(Newline) && self.is_indented_below() {
            while self.eat(Newline).is_some() {}
            self.skip_to(&[Newline]);
        }
        if self.goes_on_below(&[BraceClose]) {
            self.bump();
        }
    }

    /// Skips what begins before `end`, up to a brace that closes what is around it.
    pub(super) fn skip_foreign(&mut self, start: Span, end: u32) {
        let mut open = 0_usize;
        while let Some(token) = self.next_token().filter(|token| token.span.start < end) {
            match token.kind {
                TokenKind::BraceOpen => open += 1,
                TokenKind::BraceClose if open == 0 => break,
                TokenKind::BraceClose => open -= 1,
                _ => {}
            }
            self.bump();
        }
        self.recovery.note_foreign(self.since(start));
    }

    /// Whether the lexer found an error on this line, before a clause, a block or another statement begins.
    fn is_error_on_line(&mut self) -> bool {
        let end = self.tokens.len();
        let is_error = |at: usize| self.tokens.kind(at) == Some(TokenKind::Error);
        let is_known =
            self.next_error >= self.at && (self.next_error == end || is_error(self.next_error));
        if !is_known {
            self.next_error = self.tokens.next_of_kind(TokenKind::Error, self.at).unwrap_or(end);
        }
        self.next_error < end && self.errors_of_stmt().next().is_some()
    }

    /// The error tokens up to a clause, a block, or the end of the statement.
    pub(super) fn errors_of_stmt(&self) -> impl Iterator<Item = Token> {
        self.stmt_tokens().filter(|token| token.kind == TokenKind::Error)
    }

    /// The tokens of the statement up to a clause, a block or its end, trivia included.
    pub(super) fn stmt_tokens(&self) -> impl Iterator<Item = Token> {
        use TokenKind::{As, BraceClose, BraceOpen, Newline, Semicolon, With};
        self.tokens.from(self.at).take_while(|token| {
            !matches!(token.kind, As | BraceClose | BraceOpen | Newline | Semicolon | With)
        })
    }
}
