//! Which names a piece of the tree mentions; for everything that follows calls without judging them.
//!
//! The recursion is bounded by the parser's nesting limit.

use crate::syntax::tree::{Block, Expr, Func, Path, Piece, Stmt};

/// Hands over every called or mentioned path of an expression, in the order of the text.
pub fn paths_of_expr<'a>(expr: &'a Expr, found: &mut impl FnMut(&'a Path)) {
    match expr {
        Expr::Block(literal) => paths_of_block(&literal.block, found),
        Expr::Call(call) => {
            found(&call.path);
            call.args().iter().for_each(|arg| paths_of_expr(arg, found));
        }
        Expr::String(string) => {
            for piece in &string.pieces {
                if let Piece::Interpolation { expr, .. } = piece {
                    paths_of_expr(expr, found);
                }
            }
        }
        Expr::Int(_) | Expr::Bool(_) | Expr::Error(_) => {}
    }
}

/// Hands over every called or mentioned path of a function's defaults and body, in the order of the text.
pub fn paths_of_func<'a>(func: &'a Func, found: &mut impl FnMut(&'a Path)) {
    for default in func.params.params.iter().filter_map(|param| param.default.as_ref()) {
        paths_of_expr(default, found);
    }
    if let Some(body) = &func.body {
        paths_of_block(body, found);
    }
}

fn paths_of_block<'a>(block: &'a Block, found: &mut impl FnMut(&'a Path)) {
    for stmt in &block.stmts {
        match stmt {
            Stmt::Call(call) => {
                found(&call.path);
                call.args.iter().for_each(|arg| paths_of_expr(arg, found));
                if let Some(with) = &call.with {
                    paths_of_expr(&with.expr, found);
                }
            }
            Stmt::Value(expr) => paths_of_expr(expr, found),
            Stmt::Error(_) => {}
        }
    }
}
