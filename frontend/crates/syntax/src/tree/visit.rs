//! The one traversal of the tree, for whatever follows all of it.

use super::{
    Binds, Block, BlockLit, CallExpr, CallStmt, Decl, Export, Expr, Func, Import, Param, Params,
    Path, Stmt, StringLit, StringPart, Tree, With,
};
use crate::source::Span;

/// Visits the nodes of a tree in the order of the text.
///
/// A method does with its node what the visitor is about. By default, it visits what is in the node; a method that
/// is overridden calls the `walk_` function of its name where it wants that as well. The recursion is bounded, since
/// the parser has a nesting limit.
pub trait Visitor<'a> {
    fn visit_decl(&mut self, decl: &'a Decl) {
        walk_decl(self, decl);
    }

    fn visit_import(&mut self, import: &'a Import) {
        self.visit_expr(&import.source);
    }

    fn visit_export(&mut self, _export: &'a Export) {}

    fn visit_func(&mut self, func: &'a Func) {
        walk_func(self, func);
    }

    /// Visits the parameters of a function.
    fn visit_params(&mut self, params: &'a Params) {
        walk_params(self, params);
    }

    /// Visits the effects of a function, which the grammar writes as parameters.
    fn visit_effects(&mut self, effects: &'a Params) {
        walk_params(self, effects);
    }

    fn visit_param(&mut self, param: &'a Param) {
        if let Some(default) = &param.default {
            self.visit_expr(default);
        }
    }

    fn visit_block(&mut self, block: &'a Block) {
        walk_block(self, block);
    }

    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        walk_stmt(self, stmt);
    }

    fn visit_call_stmt(&mut self, call: &'a CallStmt) {
        walk_call_stmt(self, call);
    }

    fn visit_with(&mut self, with: &'a With) {
        self.visit_expr(&with.expr);
    }

    fn visit_binds(&mut self, _binds: &'a Binds) {}

    fn visit_expr(&mut self, expr: &'a Expr) {
        walk_expr(self, expr);
    }

    fn visit_block_literal(&mut self, literal: &'a BlockLit) {
        self.visit_block(&literal.block);
    }

    fn visit_call_expr(&mut self, call: &'a CallExpr) {
        walk_call_expr(self, call);
    }

    fn visit_string(&mut self, string: &'a StringLit) {
        walk_string(self, string);
    }

    /// Visits the callee of a statement or an expression.
    fn visit_path(&mut self, _path: &'a Path) {}

    /// Visits what a syntax error left of a declaration, statement or expression.
    fn visit_error(&mut self, _span: Span) {}
}

/// Visits every declaration of a file.
pub fn walk_tree<'a, V: Visitor<'a> + ?Sized>(visitor: &mut V, tree: &'a Tree) {
    tree.decls.iter().for_each(|decl| visitor.visit_decl(decl));
}

pub fn walk_decl<'a, V: Visitor<'a> + ?Sized>(visitor: &mut V, decl: &'a Decl) {
    match decl {
        Decl::Import(import) => visitor.visit_import(import),
        Decl::Export(export) => visitor.visit_export(export),
        Decl::Func(func) => visitor.visit_func(func),
        Decl::Error(span) => visitor.visit_error(*span),
    }
}

pub fn walk_func<'a, V: Visitor<'a> + ?Sized>(visitor: &mut V, func: &'a Func) {
    visitor.visit_params(&func.params);
    if let Some(effects) = &func.effects {
        visitor.visit_effects(effects);
    }
    if let Some(body) = &func.body {
        visitor.visit_block(body);
    }
}

pub fn walk_params<'a, V: Visitor<'a> + ?Sized>(visitor: &mut V, params: &'a Params) {
    params.params.iter().for_each(|param| visitor.visit_param(param));
}

pub fn walk_block<'a, V: Visitor<'a> + ?Sized>(visitor: &mut V, block: &'a Block) {
    block.stmts.iter().for_each(|stmt| visitor.visit_stmt(stmt));
}

pub fn walk_stmt<'a, V: Visitor<'a> + ?Sized>(visitor: &mut V, stmt: &'a Stmt) {
    match stmt {
        Stmt::Call(call) => visitor.visit_call_stmt(call),
        Stmt::Value(value) => visitor.visit_expr(value),
        Stmt::Error(span) => visitor.visit_error(*span),
    }
}

pub fn walk_call_stmt<'a, V: Visitor<'a> + ?Sized>(visitor: &mut V, call: &'a CallStmt) {
    visitor.visit_path(&call.path);
    call.args.iter().for_each(|arg| visitor.visit_expr(arg));
    if let Some(with) = &call.with {
        visitor.visit_with(with);
    }
    if let Some(binds) = &call.binds {
        visitor.visit_binds(binds);
    }
}

pub fn walk_expr<'a, V: Visitor<'a> + ?Sized>(visitor: &mut V, expr: &'a Expr) {
    match expr {
        Expr::Block(literal) => visitor.visit_block_literal(literal),
        Expr::Call(call) => visitor.visit_call_expr(call),
        Expr::String(string) => visitor.visit_string(string),
        Expr::Int(_) | Expr::Bool(_) => {}
        Expr::Error(span) => visitor.visit_error(*span),
    }
}

pub fn walk_call_expr<'a, V: Visitor<'a> + ?Sized>(visitor: &mut V, call: &'a CallExpr) {
    visitor.visit_path(&call.path);
    call.args().iter().for_each(|arg| visitor.visit_expr(arg));
}

/// Visits the interpolations of a string.
pub fn walk_string<'a, V: Visitor<'a> + ?Sized>(visitor: &mut V, string: &'a StringLit) {
    for part in &string.parts {
        if let StringPart::Interpolation { expr, .. } = part {
            visitor.visit_expr(expr);
        }
    }
}
