//! What the parser does about an error: report it once, then skip to where it can go on.

use super::Parser;
use super::open::{MAX_DEPTH, Open};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;
use crate::token::TokenKind;

/// A token where the grammar has no use for it.
pub static UNEXPECTED_TOKEN: Code = Code::error("HLB0020", "unexpected-token");

/// More blocks, lists and interpolations inside each other than are allowed.
pub static NESTED_TOO_DEEP: Code = Code::error("HLB0021", "nested-too-deep");

/// How many tokens are looked at to find out whether they are a signature.
const MAX_SIGNATURE: usize = 200;

/// How many tokens are looked at to find out whether the body of a function comes without its `{`.
const MAX_BODY: usize = 1000;

impl Parser<'_> {
    /// Reports an error, unless it only follows from one that was reported.
    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        let at_end = self.next_token().is_none();
        if self.recovery.is_cut(self.at) || at_end && !self.recovery.note_unclosed(self.at) {
            return;
        }
        self.recovery.push(diagnostic);
    }

    /// Reports that something else was expected than the next token.
    pub(super) fn unexpected(&mut self, expected: &str) {
        if let Some(diagnostic) = self.is_unexpected(expected) {
            self.report(diagnostic);
        }
    }

    /// The error of [`Parser::unexpected`]; none if the next token is one of itself.
    pub(super) fn is_unexpected(&self, expected: &str) -> Option<Diagnostic> {
        let message = format!("expected {expected}, found {}", self.found()?);
        Some(UNEXPECTED_TOKEN.at(self.here(), message))
    }

    /// Labels the next token, which shows that something should have been closed; the end of the file is no surprise.
    pub(super) fn until_here(&self, found: Diagnostic, why: &str) -> Diagnostic {
        if self.next_token().is_some() { found.label(self.here(), why) } else { found }
    }

    /// The next token in words.
    fn found(&self) -> Option<String> {
        let Some(token) = self.next_token() else { return Some("the end of the file".to_owned()) };
        Some(match token.kind {
            TokenKind::Error => return None,
            TokenKind::Newline => "the end of the line".to_owned(),
            TokenKind::QuoteOpen | TokenKind::BacktickOpen => "a string".to_owned(),
            TokenKind::HeredocStart => "a heredoc".to_owned(),
            TokenKind::InterpolationClose if token.span.start == token.span.end => {
                "the end of the interpolation".to_owned()
            }
            _ => format!("`{}`", self.text_of(token.span)),
        })
    }

    /// Goes one level deeper, into what the bracket at `span` opens and `close` closes. If that is too deep, it is
    /// reported and skipped, and nothing was entered.
    pub(super) fn enter(&mut self, open: Open, span: Span, close: TokenKind) -> bool {
        if self.open.enter(open) {
            return true;
        }
        if !self.recovery.has_too_deep() {
            let message =
                format!("nested too deep: at most {MAX_DEPTH} blocks, lists and interpolations");
            let found = NESTED_TOO_DEEP.at(span, message);
            self.report(found.help("give the inner parts to functions of their own"));
        }
        self.skip_inside(close);
        self.recovery.note_too_deep(self.since(span));
        false
    }

    /// Skips tokens up to one of `stops` outside all brackets that open on the way, or up to the end of what is open.
    /// Returns whether an error token, which the lexer reported, was among them.
    pub(super) fn skip_to(&mut self, stops: &[TokenKind]) -> bool {
        let mut brackets = Brackets::default();
        let mut error = false;
        while let Some(kind) = self.peek() {
            if brackets.is_empty() && stops.contains(&kind) || !brackets.pass(kind) {
                break;
            }
            error |= kind == TokenKind::Error;
            if kind == TokenKind::As {
                // An alias may be in what is skipped, and then its name is not unknown.
                self.recovery.note_incomplete();
            }
            self.bump();
            let in_code = brackets.interpolations == 0;
            if kind == TokenKind::Newline && in_code && self.is_declaration_ahead() {
                self.recovery.cut(self.at);
            }
        }
        if self.next_token().is_none() && !brackets.is_empty() {
            // That what is skipped does not end is a part of the error in it.
            self.recovery.note_unclosed(self.at);
        }
        error
    }

    /// Skips what the last token opened, which was reported, and what closes it.
    pub(super) fn skip_inside(&mut self, close: TokenKind) {
        self.skip_to(&[close]);
        if self.eat(close).is_none() {
            // That it is not closed is the smaller error, as is that what is around it is not.
            self.recovery.note_unclosed(self.at);
        }
    }

    /// Whether a `}` that nothing opens comes before the next declaration.
    pub(super) fn is_body_ahead(&self) -> bool {
        let mut open = 0_u32;
        let mut before = self.here().start;
        let next = self.next_token().into_iter();
        for token in next.chain(self.after_next()).take(MAX_BODY) {
            let between = self.text.get(before as usize..token.span.start as usize);
            let line_start =
                token.kind != TokenKind::Newline && between.is_some_and(|it| it.ends_with('\n'));
            before = token.span.start;
            match token.kind {
                TokenKind::BraceOpen => open += 1,
                TokenKind::BraceClose if open == 0 => return true,
                TokenKind::BraceClose => open -= 1,
                // At the very start of a line nothing of a body stands.
                _ if line_start => return false,
                _ => {}
            }
        }
        false
    }

    /// Goes on at the next line if that begins with these tokens, for a line that ends too early, which was reported.
    pub(super) fn goes_on_below(&mut self, begins: &[TokenKind]) -> bool {
        let found = self.is_at(TokenKind::Newline) && self.is_below(begins);
        while found && self.eat(TokenKind::Newline).is_some() {}
        found
    }

    /// Whether the next line begins with the block or list of what stands here: no statement begins with what opens one.
    pub(super) fn is_open_below(&self, open: TokenKind) -> bool {
        self.is_at(TokenKind::Newline) && self.is_below(&[open])
    }

    /// Whether these tokens come next, empty lines apart.
    fn is_below(&self, tokens: &[TokenKind]) -> bool {
        let below = self.after_next().map(|token| token.kind);
        let below = below.skip_while(|kind| *kind == TokenKind::Newline);
        below.take(tokens.len()).eq(tokens.iter().copied())
    }

    /// Whether a declaration begins here, at the very start of a line: a sign that something above is not closed,
    /// as nothing else looks like this.
    pub(super) fn is_declaration_ahead(&self) -> bool {
        let Some(token) = self.next_token() else { return false };
        let line_start = token.span.start == 0
            || self.text.as_bytes().get(token.span.start as usize - 1) == Some(&b'\n');
        line_start
            && !self.open.is_in(Open::Interpolation)
            && match token.kind {
                TokenKind::Import | TokenKind::Export => {
                    self.after_next().next().is_some_and(|next| next.kind == TokenKind::Ident)
                }
                TokenKind::Ident => self.is_signature_ahead(),
                _ => false,
            }
    }

    /// Whether `KIND NAME ( … ) {` stands here, or the same with effects.
    fn is_signature_ahead(&self) -> bool {
        let mut tokens = self.after_next().take(MAX_SIGNATURE);
        let begins = [TokenKind::Ident, TokenKind::ParenOpen];
        if !begins.iter().all(|kind| tokens.next().is_some_and(|token| token.kind == *kind)) {
            return false;
        }
        let mut depth = 1_u32;
        for token in tokens {
            match token.kind {
                TokenKind::ParenOpen => depth += 1,
                TokenKind::ParenClose if depth > 0 => depth -= 1,
                TokenKind::BraceOpen if depth == 0 => return true,
                TokenKind::Ident if depth == 0 && self.text_of(token.span) == "binds" => {}
                _ if depth == 0 => return false,
                _ => {}
            }
        }
        false
    }
}

/// The brackets that open while tokens are skipped.
#[derive(Default)]
struct Brackets {
    open: Vec<TokenKind>,
    braces: usize,
    interpolations: usize,
}

impl Brackets {
    fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// Takes note of a token; false if it closes what was open before.
    fn pass(&mut self, kind: TokenKind) -> bool {
        match kind {
            TokenKind::BraceOpen => {
                self.braces += 1;
                self.open.push(kind);
            }
            TokenKind::InterpolationOpen => {
                self.interpolations += 1;
                self.open.push(kind);
            }
            TokenKind::ParenOpen => self.open.push(kind),
            TokenKind::ParenClose => {
                self.open.pop_if(|open| *open == TokenKind::ParenOpen);
            }
            TokenKind::BraceClose if self.braces == 0 => return false,
            TokenKind::BraceClose => self.close(TokenKind::BraceOpen),
            TokenKind::InterpolationClose if self.interpolations == 0 => return false,
            TokenKind::InterpolationClose => self.close(TokenKind::InterpolationOpen),
            _ => {}
        }
        true
    }

    /// Closes the innermost bracket of a kind, and those inside it.
    fn close(&mut self, kind: TokenKind) {
        while let Some(open) = self.open.pop() {
            self.braces -= usize::from(open == TokenKind::BraceOpen);
            self.interpolations -= usize::from(open == TokenKind::InterpolationOpen);
            if open == kind {
                break;
            }
        }
    }
}
