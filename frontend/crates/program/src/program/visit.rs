//! The one traversal of what a program evaluates.
//!
//! The recursion is bounded by the parser's nesting limit.

use super::{Block, Call, Expr, Function, Stmt, StringPart};

/// What a traversal meets.
#[derive(Clone, Copy, Debug)]
pub enum Node<'p> {
    /// A body, or the block of a literal.
    Block(&'p Block),
    /// A call, as a statement or an expression.
    Call(&'p Call),
    /// Any other expression.
    Expr(&'p Expr),
}

/// Visits the defaults and the body of a function, each node before what is in it, in the order of the text.
pub fn visit_function<'p>(function: &'p Function, found: &mut dyn FnMut(Node<'p>)) {
    let defaults = function.params.iter().filter_map(|param| param.default.as_ref());
    defaults.for_each(|default| visit_expr(default, found));
    if let Some(body) = &function.body {
        visit_block(body, found);
    }
}

/// Visits a block and what is in it.
pub fn visit_block<'p>(block: &'p Block, found: &mut dyn FnMut(Node<'p>)) {
    found(Node::Block(block));
    for stmt in &block.stmts {
        match stmt {
            Stmt::Call(call) => visit_call(call, found),
            Stmt::Value(value) => visit_expr(value, found),
            Stmt::Error(_) => {}
        }
    }
}

/// Visits an expression and what is in it.
pub fn visit_expr<'p>(expr: &'p Expr, found: &mut dyn FnMut(Node<'p>)) {
    if let Expr::Call(call) = expr {
        return visit_call(call, found);
    }
    found(Node::Expr(expr));
    match expr {
        Expr::Block { block, .. } => visit_block(block, found),
        Expr::String(string) => {
            for part in &string.parts {
                if let StringPart::Interpolation { expr, .. } = part {
                    visit_expr(expr, found);
                }
            }
        }
        Expr::Call(_) | Expr::Int(_) | Expr::Bool(_) | Expr::Error(_) => {}
    }
}

fn visit_call<'p>(call: &'p Call, found: &mut dyn FnMut(Node<'p>)) {
    found(Node::Call(call));
    call.args.iter().for_each(|arg| visit_expr(arg, found));
    if let Some(options) = &call.options {
        visit_expr(options, found);
    }
}
