//! Expressions: calls, blocks with their kind, and what literals may hold.

use super::Parser;
use super::open::Open;
use super::report::UNEXPECTED_TOKEN;
use super::stmt::is_literal;
use crate::diagnostic::Code;
use crate::source::Span;
use crate::token::TokenKind;
use crate::tree::{BlockLit, BoolLit, CallExpr, Expr, Path};

/// An interpolation with nothing in it.
pub static EMPTY_INTERPOLATION: Code = Code::error("HLB0040", "empty-interpolation");

/// An interpolation without its `}`.
pub static UNCLOSED_INTERPOLATION: Code = Code::error("HLB0024", "unclosed-interpolation");

impl Parser<'_> {
    /// `expr = func_lit | basic_lit | call_expr ;`
    ///
    /// Takes nothing and reports nothing if there is no expression.
    pub(super) fn expr(&mut self) -> Option<Expr> {
        use TokenKind::{
            BacktickOpen, Decimal, Error, False, HeredocStart, Ident, PrefixedInt, QuoteOpen, True,
        };
        Some(match self.peek()? {
            Ident => self.call_or_block(),
            Decimal | PrefixedInt => self.int(),
            kind @ (True | False) => Expr::Bool(BoolLit { span: self.bump(), value: kind == True }),
            QuoteOpen => self.string(),
            BacktickOpen => self.raw_string(),
            HeredocStart => self.heredoc(),
            Error => Expr::Error(self.bump()),
            _ => return None,
        })
    }

    pub(super) fn is_literal_ahead(&self) -> bool {
        self.peek().is_some_and(is_literal)
    }

    /// `func_lit = kind block ;`
    ///
    /// `call_expr = name [ "(" { expr [ "," ] | NEWLINE | comments } ")" ] ;`
    fn call_or_block(&mut self) -> Expr {
        let start = self.here();
        let path = match self.path() {
            Ok(path) => path,
            Err(span) => return Expr::Error(span),
        };
        if self.skip_glued_errors() {
            return Expr::Error(self.since(start));
        }
        if path.member.is_none() && self.is_open_below(TokenKind::BraceOpen) {
            self.unexpected("`{`");
            self.goes_on_below(&[TokenKind::BraceOpen]);
        }
        if path.member.is_none() && self.is_at(TokenKind::BraceOpen) {
            let block = self.block(Open::Block);
            let span = self.since(start);
            return Expr::Block(Box::new(BlockLit { span, kind: path.first, block }));
        }
        let args = self.eat(TokenKind::ParenOpen).map(|open| self.args(open));
        Expr::Call(Box::new(CallExpr { span: self.since(start), path, args }))
    }

    /// `name = IDENT [ "." IDENT ] ;`
    ///
    /// The next token is the identifier. Gives the span of what was meant as a name if it is none.
    pub(super) fn path(&mut self) -> Result<Path, Span> {
        let span = self.bump();
        let first = self.name(span);
        if self.eat(TokenKind::Dot).is_none() {
            return Ok(Path { span, first, member: None });
        }
        let Some(member) = self.eat_name() else {
            self.unexpected("the name of a member");
            self.skip_glued_errors();
            return Err(self.since(span));
        };
        if !self.is_at(TokenKind::Dot) {
            return Ok(Path { span: self.since(span), first, member: Some(Box::new(member)) });
        }
        let message =
            format!("second `.` in a name: `{first}` is an import, and `{member}` its member");
        self.report(UNEXPECTED_TOKEN.at(self.here(), message));
        while self.eat(TokenKind::Dot).is_some() {
            self.eat(TokenKind::Ident);
            self.skip_glued_errors();
        }
        Err(self.since(span))
    }

    /// An error token among arguments: what it touches, and the bare names after it, are a part of the same
    /// error.
    pub(super) fn error_arg(&mut self, args: &mut Vec<Expr>) {
        let assigned = self.is_at_assignment();
        let mut span = self.bump();
        if let Some(touched) = args.pop_if(|arg| assigned || arg.span().end == span.start) {
            span = touched.span().to(span);
        }
        loop {
            let bare_name = self.is_at(TokenKind::Ident)
                && !self.after_next().next().is_some_and(|next| {
                    matches!(
                        next.kind,
                        TokenKind::ParenOpen | TokenKind::BraceOpen | TokenKind::Dot
                    )
                });
            if !bare_name && !self.is_at(TokenKind::Error) {
                break;
            }
            self.bump();
        }
        args.push(Expr::Error(self.since(span)));
    }

    /// `interp = "${" [ expr ] "}" ;`
    pub(super) fn interpolation(&mut self) -> (Span, Expr) {
        use TokenKind::InterpolationClose;
        let open = self.bump();
        if !self.enter(Open::Interpolation, open, InterpolationClose) {
            let span = self.since(open);
            return (span, Expr::Error(span));
        }
        let expr = match self.expr() {
            Some(expr) => expr,
            None => self.no_interpolated(open),
        };
        self.close_interpolation(open, &expr);
        self.open.leave();
        (self.since(open), expr)
    }

    /// An interpolation without an expression.
    fn no_interpolated(&mut self, open: Span) -> Expr {
        let here = self.here();
        if self.is_at(TokenKind::InterpolationClose) && here.start < here.end {
            let span = open.to(here);
            self.report(
                EMPTY_INTERPOLATION
                    .at(span, "empty interpolation")
                    .help("write `\\${` if the text itself is meant"),
            );
        } else if !self.is_at(TokenKind::InterpolationClose) {
            self.unexpected("an expression");
        } else {
            self.missing_brace(open);
        }
        Expr::Error(here)
    }

    /// Goes to the end of an interpolation.
    fn close_interpolation(&mut self, open: Span, expr: &Expr) {
        let here = self.here();
        if self.is_at(TokenKind::InterpolationClose) {
            if here.start == here.end && here != expr.span() {
                self.missing_brace(open);
            }
            self.bump();
            return;
        }
        let found = self.is_unexpected("`}`");
        let at_end = self.peek().is_none();
        let error = self.skip_to(&[TokenKind::InterpolationClose]);
        self.eat(TokenKind::InterpolationClose);
        match found {
            _ if matches!(expr, Expr::Error(_)) || error => {}
            Some(_) if at_end => self
                .report(UNCLOSED_INTERPOLATION.at(open, "unclosed interpolation: `}` is missing")),
            Some(found) => self.recovery.push(found),
            None => {}
        }
    }

    /// The lexer ended the interpolation at the end of the line or of the string around it.
    fn missing_brace(&mut self, open: Span) {
        let here = self.here();
        let rest = self.text.get(here.start as usize..).unwrap_or_default();
        let found =
            if rest.starts_with('"') { "the end of the string" } else { "the end of the line" };
        self.report(
            UNCLOSED_INTERPOLATION
                .at(here, format!("unclosed interpolation: expected `}}`, found {found}"))
                .label(open, "opened here")
                .help("write `}` after the expression, or `\\${` if the text itself is meant"),
        );
    }
}
