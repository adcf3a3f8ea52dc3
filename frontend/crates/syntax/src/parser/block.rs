//! Blocks, and what stands in them that is no statement.

use super::open::Open;
use super::stmt::is_literal;
use super::{Parser, exact};
use crate::diagnostic::Code;
use crate::source::Span;
use crate::token::TokenKind;
use crate::tree::{Block, BlockLit, Expr, Path, Stmt};

/// A block without its `}`.
pub static UNCLOSED_BLOCK: Code = Code::error("HLB0022", "unclosed-block");

/// A block with its kind where a statement stands.
pub static BLOCK_STATEMENT: Code = Code::error("HLB0036", "block-statement");

/// A semicolon with no statement before it.
pub static EMPTY_STATEMENT: Code = Code::error("HLB0038", "empty-statement");

impl Parser<'_> {
    /// `block = "{" { stmt } "}" ;`
    pub(super) fn block(&mut self, role: Open) -> Block {
        use TokenKind::{
            BraceClose, BraceOpen, Error, Export, Ident, InterpolationClose, Newline, ParenClose,
            Semicolon,
        };
        let open = self.bump();
        if !self.enter(role, open, BraceClose) {
            let span = self.since(open);
            return Block { span, stmts: vec![Stmt::Error(span)] };
        }
        let mut stmts = self.spare_stmts.pop().unwrap_or_default();
        loop {
            if self.is_declaration_ahead() {
                self.unclosed_block(open);
                self.recovery.cut(self.at);
            }
            match self.peek() {
                None | Some(InterpolationClose) => {
                    self.unclosed_block(open);
                    break;
                }
                Some(ParenClose) if self.open.is_in_list() => {
                    self.unclosed_block(open);
                    break;
                }
                Some(BraceClose) => {
                    self.bump();
                    break;
                }
                Some(Newline) => {
                    self.bump();
                }
                Some(Semicolon) => self.empty_statement(),
                Some(Ident | Export) if self.foreign_stmt(&mut stmts) => {}
                Some(Ident) => stmts.push(self.call_stmt()),
                Some(kind) if is_literal(kind) => stmts.push(self.value_stmt()),
                Some(Error) if self.foreign_error_stmt(&mut stmts) => {}
                Some(Error) => self.error_stmt(&mut stmts),
                // Nothing is open that it could close, and neither was there for the one before.
                Some(ParenClose) if matches!(stmts.last(), Some(Stmt::Error(_))) => {
                    self.error_stmt(&mut stmts);
                }
                Some(BraceOpen) => self.nameless_block(&mut stmts),
                Some(_) => {
                    self.unexpected("a statement or `}`");
                    self.error_stmt(&mut stmts);
                }
            }
        }
        self.open.leave();
        let block = Block { span: self.since(open), stmts: exact(&mut stmts) };
        self.spare_stmts.push(stmts);
        block
    }

    fn unclosed_block(&mut self, open: Span) {
        if !self.recovery.has_unended_string(open) {
            let found = UNCLOSED_BLOCK.at(open, "unclosed block: `}` is missing");
            self.report(self.until_here(found, "can't be in the block"));
        }
    }

    /// Skips the rest of a statement that begins with an error, at least the next token.
    fn error_stmt(&mut self, stmts: &mut Vec<Stmt>) {
        let start = self.bump();
        self.skip_stmt();
        let span = self.since(start);
        match stmts.last_mut() {
            Some(Stmt::Error(before)) => *before = before.to(span),
            _ => stmts.push(Stmt::Error(span)),
        }
    }

    /// Skips a block with nothing before it.
    fn nameless_block(&mut self, stmts: &mut Vec<Stmt>) {
        self.unexpected("a statement or `}`");
        let open = self.bump();
        self.skip_inside(TokenKind::BraceClose);
        // There may be aliases in it.
        self.recovery.note_incomplete();
        let span = self.since(open);
        self.end();
        stmts.push(Stmt::Error(span));
    }

    fn empty_statement(&mut self) {
        let semicolon = self.bump();
        self.report(
            EMPTY_STATEMENT
                .at(semicolon, "semicolon without a statement before it")
                .help("remove it"),
        );
        while self.eat(TokenKind::Semicolon).is_some() {}
    }

    /// `KIND BLOCK`, which only an expression may be.
    pub(super) fn block_stmt(&mut self, path: Path) -> Stmt {
        let kind = path.first;
        // Only the outermost is reported: those inside it are the same error.
        if !self.open.is_in(Open::BlockStatement) {
            let message = format!("block of kind `{kind}` as a statement");
            self.report(BLOCK_STATEMENT.at(self.here(), message).help(
                "write its statements without the block, or give it to a call as an argument",
            ));
        }
        let block = self.block(Open::BlockStatement);
        let span = self.since(kind.span);
        self.end();
        Stmt::Value(Expr::Block(Box::new(BlockLit { span, kind, block })))
    }
}
