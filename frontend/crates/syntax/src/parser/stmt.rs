//! Blocks and statements.

use super::open::Open;
use super::{Parser, exact};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;
use crate::token::TokenKind;
use crate::tree::{Args, BindForm, Binds, Block, BlockLit, CallStmt, Doc, Expr, Path, Stmt, With};

/// A block without its `}`.
pub static UNCLOSED_BLOCK: Code = Code::error("HLB0022", "unclosed-block");

/// A call in parentheses where a statement stands.
pub static PARENTHESIZED_CALL: Code = Code::error("HLB0035", "parenthesized-call");

/// A block with its kind where a statement stands.
pub static BLOCK_STATEMENT: Code = Code::error("HLB0036", "block-statement");

/// A comma between the arguments of a statement.
pub static COMMA_BETWEEN_ARGUMENTS: Code = Code::error("HLB0037", "comma-between-arguments");

/// A semicolon with no statement before it.
pub static EMPTY_STATEMENT: Code = Code::error("HLB0038", "empty-statement");

/// A `with` clause after the `as` clause.
pub static WITH_AFTER_AS: Code = Code::error("HLB0039", "with-after-as");

impl Parser<'_> {
    /// `block = "{" { stmt } "}" ;`
    pub(super) fn block(&mut self, role: Open) -> Block {
        use TokenKind::{
            BraceClose, BraceOpen, Error, Ident, InterpolationClose, Newline, ParenClose, Semicolon,
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
                Some(Ident) => stmts.push(self.call_stmt()),
                Some(kind) if is_literal(kind) => stmts.push(self.value_stmt()),
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

    /// `call_stmt = name { expr } [ "with" expr ] [ "as" [ IDENT | bind_list ] ] [ end ] ;`
    fn call_stmt(&mut self) -> Stmt {
        let doc = self.doc();
        let start = self.here();
        let path = self.path();
        let path = match path {
            Ok(path) if path.member.is_none() && self.is_at(TokenKind::BraceOpen) => {
                return self.block_stmt(path);
            }
            Ok(path) if !self.is_glued_to_error() && !self.is_at_assignment() => Ok(path),
            Ok(path) => Err(path.span),
            Err(span) => Err(span),
        };
        let args = match &path {
            Ok(path) if self.is_at(TokenKind::ParenOpen) => self.parenthesized(path),
            _ => self.stmt_args(),
        };
        let is_wrong = path.is_err() || args.iter().any(|arg| matches!(arg, Expr::Error(_)));
        let stmt = self.clauses(start, doc, path, args);
        // What stands behind an error may make no sense because of it.
        match is_wrong {
            true => drop(self.take_end()),
            false => self.end(),
        }
        stmt
    }

    /// The clauses after a call's arguments; `path` is an error if it is not known which callee was meant.
    fn clauses(
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

    /// `{ expr }` up to a clause or the end of a statement.
    fn stmt_args(&mut self) -> Vec<Expr> {
        let mut args = self.spare_args.pop().unwrap_or_default();
        self.each_stmt_arg(&mut args);
        let exact = exact(&mut args);
        self.spare_args.push(args);
        exact
    }

    fn each_stmt_arg(&mut self, args: &mut Vec<Expr>) {
        let mut comma_reported = false;
        loop {
            match self.peek() {
                Some(TokenKind::Error) => self.error_arg(args),
                Some(TokenKind::Comma) => {
                    let comma = self.bump();
                    if !comma_reported && !args.iter().any(|arg| self.is_bracket(arg)) {
                        self.report(
                            COMMA_BETWEEN_ARGUMENTS
                                .at(comma, "comma between the arguments of a statement")
                                .help("separate them with spaces only"),
                        );
                    }
                    comma_reported = true;
                }
                // Nothing is open that it could close.
                Some(TokenKind::ParenClose) if !self.open.is_in_list() => {
                    self.unexpected("the end of the statement");
                    args.push(Expr::Error(self.bump()));
                }
                _ => match self.expr() {
                    Some(arg) => {
                        let cut = match &arg {
                            Expr::Call(call) => call.args.as_ref().map(|list| list.span),
                            _ => None,
                        };
                        args.push(arg);
                        // A list without its end has the other arguments in it.
                        args.extend(cut.filter(|list| self.is_cut(*list)).map(Expr::Error));
                    }
                    None => return,
                },
            }
        }
    }

    /// Whether a list in brackets begins here, which is one error with all that is in it.
    fn is_bracket(&self, arg: &Expr) -> bool {
        matches!(arg, Expr::Error(span) if self.text_of(*span).starts_with('['))
    }

    /// A call in parentheses, which only an expression may be; its arguments count as those of the statement.
    fn parenthesized(&mut self, path: &Path) -> Vec<Expr> {
        let open = self.bump();
        let Args { args, span } = self.args(open);
        let texts: Vec<&str> = args.iter().map(|arg| self.text_of(arg.span())).collect();
        let plain = texts.iter().all(|text| !text.contains('\n'));
        let plain = plain && !args.iter().any(|arg| matches!(arg, Expr::Error(_)));
        let help = if plain {
            let words: Vec<&str> = std::iter::once(self.text_of(path.span)).chain(texts).collect();
            format!("write `{}`", words.join(" "))
        } else {
            "write the arguments after the name, without parentheses and commas".to_owned()
        };
        let at = Span { end: open.end, ..span };
        let message = format!("call of `{path}` in parentheses as a statement");
        self.report(PARENTHESIZED_CALL.at(at, message).help(help));
        args
    }

    /// `KIND BLOCK`, which only an expression may be.
    fn block_stmt(&mut self, path: Path) -> Stmt {
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

    /// `value_stmt = expr [ end ] ;`
    fn value_stmt(&mut self) -> Stmt {
        let start = self.here();
        let value = self.expr().unwrap_or(Expr::Error(start));
        self.end();
        Stmt::Value(value)
    }

    /// `end = ";" | NEWLINE | COMMENT ;`
    ///
    /// It may be left out where the next statement can't be taken for a part of this one. What stands there instead is
    /// reported.
    fn end(&mut self) {
        if let Some(found) = self.take_end() {
            self.recovery.push(found);
        }
    }

    /// Takes the end of a statement, and what stands before it, for which it returns the error.
    fn take_end(&mut self) -> Option<Diagnostic> {
        use TokenKind::{BraceClose, Ident, InterpolationClose, Newline, ParenClose, Semicolon};
        match self.peek() {
            None | Some(BraceClose | InterpolationClose | Ident) => None,
            Some(ParenClose) if self.open.is_in_list() => None,
            Some(Newline | Semicolon) => {
                self.bump();
                None
            }
            Some(kind) if is_literal(kind) => None,
            Some(_) => {
                let found = self.is_unexpected("the end of the statement");
                let has_error = self.skip_stmt();
                found.filter(|_| !has_error)
            }
        }
    }

    /// Skips the rest of a statement and its end. Returns whether an error token was in it.
    fn skip_stmt(&mut self) -> bool {
        let has_error = self.skip_to(&[TokenKind::Newline, TokenKind::Semicolon]);
        if matches!(self.peek(), Some(TokenKind::Newline | TokenKind::Semicolon)) {
            self.bump();
        }
        has_error
    }
}

/// Whether a token begins a literal.
pub(super) fn is_literal(kind: TokenKind) -> bool {
    use TokenKind::{BacktickOpen, Decimal, False, HeredocStart, PrefixedInt, QuoteOpen, True};
    matches!(kind, Decimal | PrefixedInt | True | False | QuoteOpen | BacktickOpen | HeredocStart)
}
