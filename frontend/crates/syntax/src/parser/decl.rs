//! The declarations of a file, and what is skipped where there is none.

use super::Parser;
use super::report::UNEXPECTED_TOKEN;
use crate::source::Span;
use crate::token::TokenKind;
use crate::tree::Decl;

impl Parser<'_> {
    /// `module = { decl } EOF ;`
    pub(super) fn module(&mut self) -> Vec<Decl> {
        let mut decls = Vec::new();
        loop {
            match self.peek() {
                None if self.recovery.is_cut(self.at) => self.recovery.resume(),
                None => return decls,
                Some(TokenKind::Newline) => {
                    self.bump();
                }
                Some(_) => {
                    let decl = self.decl(decls.last());
                    if matches!(decl, Decl::Error(_)) {
                        self.recovery.note_incomplete();
                    }
                    match (decl, decls.last_mut()) {
                        (Decl::Error(span), Some(Decl::Error(before))) => *before = before.to(span),
                        (decl, _) => decls.push(decl),
                    }
                }
            }
        }
    }

    /// `decl = import | export | func | NEWLINE | comments ;`
    fn decl(&mut self, previous: Option<&Decl>) -> Decl {
        let start = self.here();
        if let Some(Decl::Func(func)) = previous
            && func.body.is_none()
            && self.is_body_ahead()
        {
            return self.body_without_brace(func.span);
        }
        // More of what was reported before: lines of a body that ended too early, and its `}`.
        let goes_on = matches!(previous, Some(Decl::Error(_)))
            && (self.is_indented() || self.is_at(TokenKind::BraceClose));
        let mark = self.recovery.mark();
        if self.is_at(TokenKind::Ident)
            && let Some(decl) = self.foreign_decl()
        {
            if goes_on {
                self.recovery.truncate(mark);
            }
            return decl;
        }
        let decl = match self.peek() {
            Some(TokenKind::Import) => self.import().map(|it| Decl::Import(Box::new(it))),
            Some(TokenKind::Export) => self.export().map(Decl::Export),
            Some(TokenKind::Ident) => self.func(previous).map(|it| Decl::Func(Box::new(it))),
            // A declaration seemed to begin inside a literal, which goes on here: something in it is not closed, and
            // that has been reported.
            Some(kind) if kind.is_inside_literal() => None,
            // The error before it was the same: a bracket that nothing opened.
            Some(TokenKind::BraceClose | TokenKind::ParenClose) if self.follows_error(previous) => {
                None
            }
            _ => {
                self.unexpected("`import`, `export` or a function");
                None
            }
        };
        decl.unwrap_or_else(|| {
            if goes_on {
                self.recovery.truncate(mark);
            }
            self.skip_decl(start);
            Decl::Error(self.since(start))
        })
    }

    /// Whether nothing but line feeds is between the next token and an error.
    fn follows_error(&self, previous: Option<&Decl>) -> bool {
        let Some(Decl::Error(error)) = previous else { return false };
        let between = self.text.get(error.end as usize..self.here().start as usize);
        between.is_some_and(|text| text.trim().is_empty())
    }

    /// Skips the rest of a declaration: up to the end of its line, or of the block that begins on it.
    fn skip_decl(&mut self, start: Span) {
        use TokenKind::{BraceClose, BraceOpen, Newline};
        self.skip_to(&[Newline, BraceOpen]);
        // A brace that closes nothing is a part of what was reported.
        while self.is_at(BraceClose) && self.here().start > start.start {
            self.bump();
            self.skip_to(&[Newline, BraceOpen]);
        }
        if self.eat(BraceOpen).is_some() {
            self.skip_inside(BraceClose);
        }
        // Something is always taken, be it a brace that closes nothing.
        if self.here().start == start.start && !self.recovery.is_cut(self.at) {
            self.bump();
        }
    }

    /// The body of the function before, whose `{` is missing: a `}` ends it that nothing opened.
    fn body_without_brace(&mut self, signature: Span) -> Decl {
        let start = self.here();
        let between = Span { start: signature.end, ..start };
        if self.text_of(Span { end: start.start, ..between }).contains('\n') {
            let message = "expected `{`, found the end of the line";
            self.report(UNEXPECTED_TOKEN.at(signature.after(), message));
        } else {
            self.unexpected("`{`");
        }
        self.skip_to(&[]);
        self.eat(TokenKind::BraceClose);
        Decl::Error(self.since(start))
    }
}
