//! The clauses of a statement: `with` and `as`.

use super::Parser;
use super::open::Open;
use crate::diagnostic::Code;
use crate::source::Span;
use crate::token::TokenKind;
use crate::tree::{BindForm, Binds, BlockLit, CallStmt, Doc, Expr, Path, Stmt, With};

/// A `with` clause after the `as` clause.
pub static WITH_AFTER_AS: Code = Code::error("HLB0039", "with-after-as");

impl Parser<'_> {
    /// The clauses after a call's arguments; `path` is an error if it is not known which callee was meant.
    pub(super) fn clauses(
        &mut self,
        start: Span,
        doc: Option<Box<Doc>>,
        path: Result<Path, Span>,
        args: Vec<Expr>,
    ) -> Stmt {
        let mut with = self.with();
        let binds = self.binds();
        if binds.is_some() && self.is_at(TokenKind::With) {
            self.report(
                WITH_AFTER_AS
                    .at(self.here(), "`with` after `as`")
                    .help("write the `with` clause first, then `as`"),
            );
            let late = self.with();
            with = with.or(late);
        }
        let span = self.since(start);
        match path {
            Ok(path) => Stmt::Call(CallStmt { span, doc, path, args, with, binds }),
            Err(_) => {
                if binds.is_some() {
                    self.recovery.note_incomplete();
                }
                Stmt::Error(span)
            }
        }
    }

    /// `"with" expr`
    fn with(&mut self) -> Option<Box<With>> {
        let keyword = self.eat(TokenKind::With)?;
        let expr = self.expr().unwrap_or_else(|| self.no_option(keyword));
        Some(Box::new(With { keyword, expr }))
    }

    /// A `with` without its option; a block that lacks its kind is taken for one of no known kind.
    fn no_option(&mut self, keyword: Span) -> Expr {
        let found = self.is_unexpected("an option after `with`");
        let is_block = self.is_at(TokenKind::BraceOpen);
        if let Some(found) = found {
            self.report(match is_block {
                true => found.help("write `with option { … }`"),
                false => found,
            });
        }
        if !is_block {
            while self.eat(TokenKind::With).is_some() {}
            // Neither can begin a statement.
            let below = [TokenKind::ParenOpen, TokenKind::BraceOpen];
            below.iter().any(|open| self.goes_on_below(&[TokenKind::Ident, *open]));
            return self.expr().unwrap_or(Expr::Error(keyword));
        }
        let open = self.here();
        let kind = self.name(Span { end: open.start, ..open });
        let block = self.block(Open::Block);
        Expr::Block(Box::new(BlockLit { span: self.since(open), kind, block }))
    }

    /// `"as" [ IDENT | bind_list ]`
    fn binds(&mut self) -> Option<Box<Binds>> {
        let keyword = self.eat(TokenKind::As)?;
        let form = if let Some(open) = self.eat(TokenKind::ParenOpen) {
            let (span, binds) = self.bind_list(open);
            BindForm::List { span, binds }
        } else if let Some(name) = self.eat_name() {
            if self.skip_glued_errors() {
                self.recovery.note_incomplete();
            }
            BindForm::Single(name)
        } else {
            BindForm::Missing
        };
        Some(Box::new(Binds { keyword, form }))
    }
}
