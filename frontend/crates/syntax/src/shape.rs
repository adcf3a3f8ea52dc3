use std::fmt::{Arguments, Write};

use crate::format::is_empty_option;
use crate::source::Span;
use crate::tree::{
    BindForm, Binds, Block, BlockLit, CallExpr, CallStmt, Decl, Export, Expr, Func, Import, Param,
    Params, Path, Stmt, StringForm, StringLit, StringPart, Tree, Visitor, With, walk_block,
    walk_decl, walk_expr, walk_func, walk_params, walk_stmt, walk_tree,
};

/// A tree without its spans, comments and layout: what two texts of the same program share.
///
/// An empty `option` block after `with`, which means nothing, is left out. For tests.
pub fn shape(tree: &Tree) -> String {
    let mut shape = Shape(String::new());
    walk_tree(&mut shape, tree);
    shape.0
}

struct Shape(String);

impl Shape {
    fn put(&mut self, text: Arguments<'_>) {
        // A string takes all that is written to it.
        let _ = self.0.write_fmt(text);
    }
}

impl<'a> Visitor<'a> for Shape {
    fn visit_decl(&mut self, decl: &'a Decl) {
        walk_decl(self, decl);
        self.0.push('\n');
    }

    fn visit_import(&mut self, import: &'a Import) {
        let from = if import.from.is_some() { "from " } else { "" };
        self.put(format_args!("import {} {from}", import.name));
        self.visit_expr(&import.source);
    }

    fn visit_export(&mut self, export: &'a Export) {
        self.put(format_args!("export {}", export.name));
    }

    fn visit_func(&mut self, func: &'a Func) {
        self.put(format_args!("{} {}", func.kind, func.name));
        walk_func(self, func);
    }

    fn visit_params(&mut self, params: &'a Params) {
        self.0.push('(');
        walk_params(self, params);
        self.0.push(')');
    }

    fn visit_effects(&mut self, effects: &'a Params) {
        self.0.push_str(" binds ");
        self.visit_params(effects);
    }

    fn visit_param(&mut self, param: &'a Param) {
        let variadic = if param.variadic.is_some() { "variadic " } else { "" };
        self.put(format_args!("{variadic}{} {}", param.kind, param.name));
        if let Some(default) = &param.default {
            self.0.push('=');
            self.visit_expr(default);
        }
        self.0.push(',');
    }

    fn visit_block(&mut self, block: &'a Block) {
        self.0.push('{');
        walk_block(self, block);
        self.0.push('}');
    }

    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        walk_stmt(self, stmt);
        self.0.push(';');
    }

    fn visit_call_stmt(&mut self, call: &'a CallStmt) {
        self.0.push_str("call ");
        self.visit_path(&call.path);
        for arg in &call.args {
            self.0.push(' ');
            self.visit_expr(arg);
        }
        call.with.iter().for_each(|with| self.visit_with(with));
        call.binds.iter().for_each(|binds| self.visit_binds(binds));
    }

    fn visit_with(&mut self, with: &'a With) {
        if !is_empty_option(&with.expr) {
            self.0.push_str(" with ");
            self.visit_expr(&with.expr);
        }
    }

    fn visit_binds(&mut self, binds: &'a Binds) {
        match &binds.form {
            BindForm::Missing => self.0.push_str(" as"),
            BindForm::Single(name) => self.put(format_args!(" as {name}")),
            BindForm::List { binds, .. } => {
                self.0.push_str(" as (");
                for bind in binds {
                    self.put(format_args!("{} {},", bind.effect, bind.alias));
                }
                self.0.push(')');
            }
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Int(literal) => self.put(format_args!("{}", literal.value)),
            Expr::Bool(literal) => self.put(format_args!("{}", literal.value)),
            _ => walk_expr(self, expr),
        }
    }

    fn visit_block_literal(&mut self, literal: &'a BlockLit) {
        self.put(format_args!("{} ", literal.kind));
        self.visit_block(&literal.block);
    }

    fn visit_call_expr(&mut self, call: &'a CallExpr) {
        self.visit_path(&call.path);
        let Some(args) = &call.args else { return };
        self.0.push('(');
        for arg in &args.args {
            self.visit_expr(arg);
            self.0.push(',');
        }
        self.0.push(')');
    }

    fn visit_string(&mut self, string: &'a StringLit) {
        self.put(format_args!("{:?}[", string.form));
        let heredoc = matches!(string.form, StringForm::Heredoc { .. });
        let last = string.parts.len().saturating_sub(1);
        for (index, part) in string.parts.iter().enumerate() {
            match part {
                // The line feed and tabs before a heredoc's closing word are no part of its value.
                StringPart::Text { value, .. } if heredoc && index == last => {
                    let value = value.trim_end_matches(['\n', '\t']);
                    if !value.is_empty() {
                        self.put(format_args!("{value:?}"));
                    }
                }
                StringPart::Text { value, .. } => self.put(format_args!("{:?}", &**value)),
                StringPart::Interpolation { expr, .. } => {
                    self.0.push_str("${");
                    self.visit_expr(expr);
                    self.0.push('}');
                }
            }
        }
        self.0.push(']');
    }

    fn visit_path(&mut self, path: &'a Path) {
        self.put(format_args!("{path}"));
    }

    fn visit_error(&mut self, _span: Span) {
        self.0.push_str("error");
    }
}
