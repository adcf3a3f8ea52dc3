//! Which blocks and lists take more than one line.

use super::entries::Entries;
use crate::Tree;
use crate::source::Span;
use crate::token::TokenKind;
use crate::tree::{
    Args, BindForm, Block, Decl, Expr, Param, Params, Stmt, StringForm, StringLit, StringPart, With,
};

/// The blocks and lists that the writer broke.
///
/// A block is broken by a line feed after its brace, an empty line or a comment; the line feed that ends a statement
/// does not count. A list is broken by any line feed or comment between its items.
pub(super) struct Breaks {
    /// Where the broken ones start; ascending.
    starts: Vec<u32>,
    /// Where the comments start; ascending.
    comments: Vec<u32>,
    /// Where the heredocs start; ascending.
    heredocs: Vec<u32>,
}

impl Breaks {
    pub(super) fn of(tree: &Tree) -> Self {
        let starts_of = |kind: TokenKind| {
            let tokens = tree.tokens.iter().filter(move |token| token.kind == kind);
            tokens.map(|token| token.span.start).collect()
        };
        let breaks = Self {
            starts: Vec::new(),
            comments: starts_of(TokenKind::Comment),
            heredocs: starts_of(TokenKind::HeredocStart),
        };
        let mut walk = Walk { tree, breaks };
        for decl in &tree.decls {
            walk.decl(decl);
        }
        walk.breaks.starts.sort_unstable();
        walk.breaks
    }

    /// Whether a list takes more than one line itself; what is in its items does not matter.
    pub(super) fn breaks_list(&self, span: Span) -> bool {
        self.starts.binary_search(&span.start).is_ok()
    }

    /// Whether a block takes more than one line: it is broken, or something in it is.
    pub(super) fn breaks_block(&self, span: Span) -> bool {
        any_within(&self.starts, span)
    }

    /// Whether an interpolation of a heredoc is laid out at all. It is not if it holds a heredoc, or if it begins on
    /// the first line and does not end there: where lines break decides there where a heredoc ends.
    pub(super) fn may_lay_out(&self, tree: &Tree, span: Span, on_first_line: bool) -> bool {
        let text = tree.text.get(span.range()).unwrap_or_default();
        !(any_within(&self.heredocs, span) || on_first_line && text.contains('\n'))
    }

    pub(super) fn has_comment(&self, span: Span) -> bool {
        any_within(&self.comments, span)
    }
}

fn any_within(starts: &[u32], span: Span) -> bool {
    starts.get(starts.partition_point(|at| *at < span.start)).is_some_and(|at| *at < span.end)
}

/// Whether a `with` clause is left out: it is an `option` block with neither a statement nor a comment. One of another
/// kind stays, since that kind may be an error.
pub(super) fn is_empty_with(breaks: &Breaks, with: &With) -> bool {
    is_empty_option(&with.expr) && !breaks.has_comment(with.expr.span())
}

/// Whether an expression is `option` and a block without statements.
pub(crate) fn is_empty_option(expr: &Expr) -> bool {
    matches!(expr, Expr::Block(lit) if lit.kind.text() == "option" && lit.block.stmts.is_empty())
}

struct Walk<'t> {
    tree: &'t Tree,
    breaks: Breaks,
}

impl<'t> Walk<'t> {
    fn decl(&mut self, decl: &'t Decl) {
        match decl {
            Decl::Import(import) => self.expr(&import.source),
            Decl::Func(func) => {
                self.params(&func.params);
                func.effects.iter().for_each(|effects| self.params(effects));
                func.body.iter().for_each(|body| self.block(body));
            }
            Decl::Export(_) | Decl::Error(_) => {}
        }
    }

    fn params(&mut self, params: &'t Params) {
        self.list(params.span, &params.params, |param: &Param| param.span);
        for default in params.params.iter().filter_map(|param| param.default.as_ref()) {
            self.expr(default);
        }
    }

    fn args(&mut self, args: &'t Args) {
        self.list(args.span, &args.args, Expr::span);
        args.args.iter().for_each(|arg| self.expr(arg));
    }

    fn list<T>(&mut self, whole: Span, items: &'t [T], span: impl Fn(&T) -> Span) {
        let entries = Entries::of(self.tree, whole, items, span);
        let lines =
            entries.lines_after + entries.list.iter().map(|it| it.lines_before).sum::<usize>();
        if !entries.list.is_empty() && (lines > 0 || entries.has_comment()) {
            self.breaks.starts.push(whole.start);
        }
    }

    fn block(&mut self, block: &'t Block) {
        let entries = Entries::of(self.tree, block.span, &block.stmts, stmt_span);
        let first = entries.list.first().map_or(entries.lines_after, |first| first.lines_before);
        let mut between = entries.list.iter().map(|entry| entry.lines_before);
        let empty_line = between.any(|lines| lines > 1) || entries.lines_after > 1;
        if first > 0 || empty_line || entries.has_comment() {
            self.breaks.starts.push(block.span.start);
        }
        block.stmts.iter().for_each(|stmt| self.stmt(stmt));
    }

    fn stmt(&mut self, stmt: &'t Stmt) {
        match stmt {
            Stmt::Call(call) => {
                call.args.iter().for_each(|arg| self.expr(arg));
                let with = call.with.as_deref().filter(|with| !is_empty_with(&self.breaks, with));
                with.into_iter().for_each(|with| self.expr(&with.expr));
                if let Some(BindForm::List { span, binds }) = call.binds.as_ref().map(|it| &it.form)
                {
                    self.list(*span, binds, |bind| bind.effect.span.to(bind.alias.span));
                }
            }
            Stmt::Value(value) => self.expr(value),
            Stmt::Error(_) => {}
        }
    }

    fn expr(&mut self, expr: &'t Expr) {
        match expr {
            Expr::Block(lit) => self.block(&lit.block),
            Expr::Call(call) => call.args.iter().for_each(|args| self.args(args)),
            Expr::String(lit) => self.string(lit),
            Expr::Int(_) | Expr::Bool(_) | Expr::Error(_) => {}
        }
    }

    /// What an interpolation of a heredoc holds is put on one line, unless there is a comment in it.
    fn string(&mut self, lit: &'t StringLit) {
        let heredoc = matches!(lit.form, StringForm::Heredoc { .. });
        for part in &lit.parts {
            if let StringPart::Interpolation { span, expr } = part
                && (!heredoc || self.breaks.has_comment(*span))
            {
                self.expr(expr);
            }
        }
    }
}

pub(super) fn stmt_span(stmt: &Stmt) -> Span {
    match stmt {
        Stmt::Call(call) => call.span,
        Stmt::Value(value) => value.span(),
        Stmt::Error(span) => *span,
    }
}
