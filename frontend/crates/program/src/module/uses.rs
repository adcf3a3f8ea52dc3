//! Which names a part of the tree mentions; for everything that follows calls without judging them.
//!
//! The recursion is bounded by the parser's nesting limit.

use hlb_syntax::tree::{Block, CallStmt, Expr, Func, Path, Stmt, StringPart};

/// Hands over every path of an expression, in the order of the text.
pub fn paths_of_expr<'a>(expr: &'a Expr, found: &mut dyn FnMut(&'a Path)) {
    in_expr(expr, &mut |mention| found(mention.path()));
}

/// Hands over every path of a function's defaults and body, in the order of the text.
pub fn paths_of_func<'a>(func: &'a Func, found: &mut dyn FnMut(&'a Path)) {
    in_func(func, &mut |mention| found(mention.path()));
}

/// Hands over every call statement of a function, in the order of the text.
pub fn calls_of_func<'a>(func: &'a Func, found: &mut dyn FnMut(&'a CallStmt)) {
    in_func(func, &mut |mention| {
        if let Mention::Stmt(call) = mention {
            found(call);
        }
    });
}

/// A name that stands in the text.
#[derive(Clone, Copy)]
enum Mention<'a> {
    Stmt(&'a CallStmt),
    Expr(&'a Path),
}

impl<'a> Mention<'a> {
    fn path(self) -> &'a Path {
        match self {
            Self::Stmt(call) => &call.path,
            Self::Expr(path) => path,
        }
    }
}

fn in_func<'a>(func: &'a Func, found: &mut dyn FnMut(Mention<'a>)) {
    for default in func.params.params.iter().filter_map(|param| param.default.as_ref()) {
        in_expr(default, found);
    }
    if let Some(body) = &func.body {
        in_block(body, found);
    }
}

fn in_block<'a>(block: &'a Block, found: &mut dyn FnMut(Mention<'a>)) {
    for stmt in &block.stmts {
        match stmt {
            Stmt::Call(call) => {
                found(Mention::Stmt(call));
                call.args.iter().for_each(|arg| in_expr(arg, found));
                if let Some(with) = &call.with {
                    in_expr(&with.expr, found);
                }
            }
            Stmt::Value(expr) => in_expr(expr, found),
            Stmt::Error(_) => {}
        }
    }
}

fn in_expr<'a>(expr: &'a Expr, found: &mut dyn FnMut(Mention<'a>)) {
    match expr {
        Expr::Block(literal) => in_block(&literal.block, found),
        Expr::Call(call) => {
            found(Mention::Expr(&call.path));
            call.args().iter().for_each(|arg| in_expr(arg, found));
        }
        Expr::String(string) => {
            for part in &string.parts {
                if let StringPart::Interpolation { expr, .. } = part {
                    in_expr(expr, found);
                }
            }
        }
        Expr::Int(_) | Expr::Bool(_) | Expr::Error(_) => {}
    }
}
