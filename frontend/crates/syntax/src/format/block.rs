//! Blocks, statements and lists.

use super::breaks::{is_empty_with, stmt_span};
use super::entries::{Entries, What};
use super::{Lines, Printer};
use crate::source::Span;
use crate::tree::{Bind, BindForm, Binds, Block, CallStmt, Expr, Stmt};

impl Printer<'_> {
    pub(super) fn block(&mut self, block: &Block) {
        if self.lines == Lines::AsBroken && self.breaks.breaks_block(block.span) {
            self.broken_block(block);
        } else if block.stmts.is_empty() {
            self.write("{}");
        } else {
            self.write("{ ");
            for (index, stmt) in block.stmts.iter().enumerate() {
                if index > 0 {
                    self.write("; ");
                }
                self.stmt(stmt);
            }
            self.write(" }");
        }
    }

    /// A statement a line, and at most one empty line in a row.
    fn broken_block(&mut self, block: &Block) {
        let entries = Entries::of(self.tree, block.span, &block.stmts, stmt_span);
        self.write("{");
        self.indented(|printer| {
            for entry in &entries.list {
                match entry.what {
                    What::Comment(comment) if entry.lines_before == 0 => {
                        printer.write(" ");
                        printer.verbatim(comment);
                        continue;
                    }
                    _ => printer.next_line(entry.lines_before),
                }
                printer.write_indent();
                match entry.what {
                    What::Comment(comment) => printer.verbatim(comment),
                    What::Node(stmt) => printer.stmt(stmt),
                }
            }
        });
        self.next_line(entries.lines_after);
        self.write_indent();
        self.write("}");
    }

    fn next_line(&mut self, lines: usize) {
        self.write(if lines > 1 { "\n\n" } else { "\n" });
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Call(call) => self.call_stmt(call),
            Stmt::Value(value) => self.expr(value),
            Stmt::Error(span) => self.verbatim(*span),
        }
    }

    fn call_stmt(&mut self, call: &CallStmt) {
        self.path(&call.path);
        for arg in &call.args {
            self.write(" ");
            self.expr(arg);
        }
        if let Some(with) = &call.with
            && !is_empty_with(&self.breaks, with)
        {
            self.write(" with ");
            self.expr(&with.expr);
        }
        if let Some(binds) = &call.binds {
            self.binds(binds);
        }
    }

    fn binds(&mut self, binds: &Binds) {
        self.write(" as");
        match &binds.form {
            BindForm::Missing => {}
            BindForm::Single(name) => {
                self.write(" ");
                self.write(name.text());
            }
            BindForm::List { span, binds } => {
                self.write(" ");
                let span_of = |bind: &Bind| bind.effect.span.to(bind.alias.span);
                self.list(*span, binds, span_of, |printer, bind| {
                    printer.write(bind.effect.text());
                    printer.write(" ");
                    printer.write(bind.alias.text());
                });
            }
        }
    }

    pub(super) fn args(&mut self, span: Span, args: &[Expr]) {
        self.list(span, args, Expr::span, Self::expr);
    }

    /// Items in parentheses. If the list is broken, those that shared a line go on doing so, and each is followed by
    /// a comma.
    pub(super) fn list<T>(
        &mut self,
        span: Span,
        items: &[T],
        span_of: impl Fn(&T) -> Span,
        write: impl Fn(&mut Self, &T),
    ) {
        self.write("(");
        if self.lines == Lines::AsBroken && self.breaks.breaks_list(span) {
            self.indented(|printer| printer.broken_list(span, items, span_of, write));
            self.line_break();
            self.write_indent();
        } else {
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    self.write(", ");
                }
                write(self, item);
            }
        }
        self.write(")");
    }

    fn broken_list<T>(
        &mut self,
        span: Span,
        items: &[T],
        span_of: impl Fn(&T) -> Span,
        write: impl Fn(&mut Self, &T),
    ) {
        let entries = Entries::of(self.tree, span, items, span_of);
        let mut after_item = false;
        for entry in &entries.list {
            if after_item && entry.lines_before == 0 {
                self.write(" ");
            } else {
                self.line_break();
                self.write_indent();
            }
            match entry.what {
                What::Comment(comment) => self.verbatim(comment),
                What::Node(item) => {
                    write(self, item);
                    self.write(",");
                }
            }
            after_item = matches!(entry.what, What::Node(_));
        }
    }
}
