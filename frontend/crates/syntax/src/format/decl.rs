//! The top level.

use super::Printer;
use super::entries::{Entries, What};
use crate::source::Span;
use crate::tree::{Decl, Func, Import, Param, Params};

impl Printer<'_> {
    /// Declarations stand apart by one empty line; between comments, empty lines are kept.
    pub(super) fn module(&mut self) {
        let tree = self.tree;
        let whole = Span::new(tree.file, 0, tree.text.len() as u32);
        let entries = Entries::of(tree, whole, &tree.decls, Decl::span);
        let mut after_decl = None;
        for entry in &entries.list {
            match (&entry.what, after_decl) {
                (_, None) => {}
                (What::Comment(_), Some(true)) if entry.lines_before == 0 => self.write(" "),
                (_, Some(true)) => self.write("\n\n"),
                (_, Some(false)) => self.write(if entry.lines_before > 1 { "\n\n" } else { "\n" }),
            }
            match entry.what {
                What::Node(decl) => self.decl(decl),
                What::Comment(span) => self.verbatim(span),
            }
            after_decl = Some(matches!(entry.what, What::Node(_)));
        }
        if after_decl.is_some() {
            self.line_break();
        }
    }

    fn decl(&mut self, decl: &Decl) {
        match decl {
            Decl::Import(import) => self.import(import),
            Decl::Export(export) => {
                self.write("export ");
                self.write(export.name.text());
            }
            Decl::Func(func) => self.func(func),
            Decl::Error(span) => self.verbatim(*span),
        }
    }

    fn import(&mut self, import: &Import) {
        self.write("import ");
        self.write(import.name.text());
        self.write(if import.from.is_some() { " from " } else { " " });
        self.expr(&import.source);
    }

    fn func(&mut self, func: &Func) {
        self.write(func.kind.text());
        self.write(" ");
        self.write(func.name.text());
        self.params(&func.params);
        if let Some(effects) = &func.effects {
            self.write(" binds ");
            self.params(effects);
        }
        if let Some(body) = &func.body {
            self.write(" ");
            self.block(body);
        }
    }

    fn params(&mut self, params: &Params) {
        self.list(params.span, &params.params, |param| param.span, Self::param);
    }

    fn param(&mut self, param: &Param) {
        if param.variadic.is_some() {
            self.write("variadic ");
        }
        self.write(param.kind.text());
        self.write(" ");
        self.write(param.name.text());
        if let Some(default) = &param.default {
            self.write(" = ");
            self.expr(default);
        }
    }
}
