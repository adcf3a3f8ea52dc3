//! The clauses of a statement: `with` and `as`.

use super::Parser;
use super::open::Open;
use crate::diagnostic::Code;
use crate::foreign;
use crate::source::Span;
use crate::token::TokenKind;
use crate::tree::{BindForm, Binds, BlockLit, CallStmt, Doc, Expr, Path, Stmt, With};

/// A `with` clause after the `as` clause.
pub static WITH_AFTER_AS: Code = Code::error("HLB0039", "with-after-as");

/// Options without `with option` and a block around them, of which one or the other is there.
pub static OPTIONS_WITHOUT_WITH: Code = Code::error("HLB0050", "options-without-with");

impl Parser<'_> {
    /// The clauses after a call's arguments; `path` is an error if it is not known which callee was meant.
    pub(super) fn clauses(
        &mut self,
        start: Span,
        doc: Option<Box<Doc>>,
        path: Result<Path, Span>,
        args: Vec<Expr>,
    ) -> Stmt {
        let mut with = match self.is_at(TokenKind::BraceOpen) && !args.is_empty() {
            true => Some(self.options_without_with(path.as_ref().ok())),
            false => self.with(),
        };
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
        self.option_without_block();
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
        self.block_without_kind()
    }

    /// A block of no known kind.
    fn block_without_kind(&mut self) -> Expr {
        let open = self.here();
        let kind = self.name(Span { end: open.start, ..open });
        let block = self.block(Open::Block);
        Expr::Block(Box::new(BlockLit { span: self.since(open), kind, block }))
    }

    /// The block of a call's options right after its arguments.
    fn options_without_with(&mut self, callee: Option<&Path>) -> Box<With> {
        let open = self.here();
        // The block of an `if` or the like is a part of the error that its word is.
        if callee.is_none_or(|callee| foreign::statement(callee.first.text()).is_none()) {
            self.report(
                OPTIONS_WITHOUT_WITH
                    .at(open, "block of options without `with`")
                    .help("write `with option` before the `{`"),
            );
        }
        Box::new(With { keyword: open, expr: self.block_without_kind() })
    }

    /// Takes an `option` that has an option after it where its block should be.
    fn option_without_block(&mut self) {
        let word = self.here();
        let is_option = self.is_at(TokenKind::Ident)
            && (self.text_of(word) == "option" || self.text_of(word).starts_with("option::"));
        let Some(next) = self.after_next().next().filter(|_| is_option) else { return };
        if next.kind != TokenKind::Ident {
            return;
        }
        let (option, name) = (self.text_of(word), self.text_of(next.span));
        let found = OPTIONS_WITHOUT_WITH.at(word, format!("`{option}` without a block"));
        let found = found.help(format!("write `with {name}`, or `with option {{ {name} }}`"));
        self.report(found);
        self.bump();
    }

    /// `"as" [ IDENT | bind_list ]`
    fn binds(&mut self) -> Option<Box<Binds>> {
        let keyword = self.eat(TokenKind::As)?;
        let form = if let Some(open) = self.eat(TokenKind::ParenOpen) {
            let (span, binds) = self.bind_list(open);
            BindForm::List { span, binds }
        } else if let Some(mut name) = self.eat_name() {
            if self.end_of_name(&mut name) {
                self.recovery.note_incomplete();
            }
            BindForm::Single(name)
        } else {
            BindForm::Missing
        };
        Some(Box::new(Binds { keyword, form }))
    }
}
