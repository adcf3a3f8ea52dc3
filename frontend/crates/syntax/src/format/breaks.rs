//! Which blocks and lists take more than one line.

use super::entries::Entries;
use crate::Tree;
use crate::source::Span;
use crate::token::TokenKind;
use crate::tree::{
    BindForm, Binds, Block, CallExpr, Expr, Param, Params, Stmt, StringForm, StringLit, StringPart,
    Visitor, With, walk_block, walk_call_expr, walk_params, walk_tree,
};

/// The blocks and lists that the author of the text broke into lines.
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
        let mut search = Search { tree, breaks };
        walk_tree(&mut search, tree);
        search.breaks.starts.sort_unstable();
        search.breaks
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

struct Search<'t> {
    tree: &'t Tree,
    breaks: Breaks,
}

impl<'t> Search<'t> {
    fn list<T>(&mut self, whole: Span, items: &'t [T], span: impl Fn(&T) -> Span) {
        let entries = Entries::of(self.tree, whole, items, span);
        let lines =
            entries.lines_after + entries.list.iter().map(|it| it.lines_before).sum::<usize>();
        if !entries.list.is_empty() && (lines > 0 || entries.has_comment()) {
            self.breaks.starts.push(whole.start);
        }
    }
}

impl<'t> Visitor<'t> for Search<'t> {
    fn visit_params(&mut self, params: &'t Params) {
        self.list(params.span, &params.params, |param: &Param| param.span);
        walk_params(self, params);
    }

    fn visit_effects(&mut self, effects: &'t Params) {
        self.visit_params(effects);
    }

    fn visit_block(&mut self, block: &'t Block) {
        let entries = Entries::of(self.tree, block.span, &block.stmts, stmt_span);
        let first = entries.list.first().map_or(entries.lines_after, |first| first.lines_before);
        let mut between = entries.list.iter().map(|entry| entry.lines_before);
        let empty_line = between.any(|lines| lines > 1) || entries.lines_after > 1;
        if first > 0 || empty_line || entries.has_comment() {
            self.breaks.starts.push(block.span.start);
        }
        walk_block(self, block);
    }

    fn visit_with(&mut self, with: &'t With) {
        if !is_empty_with(&self.breaks, with) {
            self.visit_expr(&with.expr);
        }
    }

    fn visit_binds(&mut self, binds: &'t Binds) {
        if let BindForm::List { span, binds } = &binds.form {
            self.list(*span, binds, |bind| bind.effect.span.to(bind.alias.span));
        }
    }

    fn visit_call_expr(&mut self, call: &'t CallExpr) {
        if let Some(args) = &call.args {
            self.list(args.span, &args.args, Expr::span);
        }
        walk_call_expr(self, call);
    }

    /// The expression in an interpolation of a heredoc is put on one line, unless there is a comment in it.
    fn visit_string(&mut self, string: &'t StringLit) {
        let heredoc = matches!(string.form, StringForm::Heredoc { .. });
        for part in &string.parts {
            if let StringPart::Interpolation { span, expr } = part
                && (!heredoc || self.breaks.has_comment(*span))
            {
                self.visit_expr(expr);
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
