//! Expressions other than literals.

use super::Printer;
use crate::tree::{Expr, Path};

impl Printer<'_> {
    pub(super) fn expr(&mut self, expr: &Expr) {
        match expr {
            Expr::Block(lit) => {
                self.write(lit.kind.text());
                self.write(" ");
                self.block(&lit.block);
            }
            Expr::Call(call) => {
                self.path(&call.path);
                if let Some(args) = &call.args {
                    self.args(args.span, &args.args);
                }
            }
            Expr::Int(lit) => self.int(lit),
            Expr::Bool(lit) => self.write(if lit.value { "true" } else { "false" }),
            Expr::String(lit) => self.string(lit),
            Expr::Error(span) => self.verbatim(*span),
        }
    }

    pub(super) fn path(&mut self, path: &Path) {
        self.write(path.first.text());
        if let Some(member) = &path.member {
            self.write(".");
            self.write(member.text());
        }
    }
}
