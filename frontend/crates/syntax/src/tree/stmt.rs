//! Blocks and statements.

use super::{Doc, Expr, Name, Path};
use crate::source::Span;

/// `{ STATEMENTS }`
#[derive(Clone, Debug)]
pub struct Block {
    /// With the braces.
    pub span: Span,
    pub stmts: Vec<Stmt>,
}

#[derive(Clone, Debug)]
pub enum Stmt {
    Call(CallStmt),
    /// A literal that stands for itself.
    Value(Expr),
    Error(Span),
}

/// `PATH ARGS [with EXPR] [as …]`
#[derive(Clone, Debug)]
pub struct CallStmt {
    /// From the path to the end of the last clause, without the terminator.
    pub span: Span,
    pub doc: Option<Box<Doc>>,
    pub path: Path,
    pub args: Vec<Expr>,
    pub with: Option<Box<With>>,
    pub binds: Option<Box<Binds>>,
}

/// `with EXPR`
#[derive(Clone, Debug)]
pub struct With {
    pub keyword: Span,
    pub expr: Expr,
}

/// `as NAME` or `as (EFFECT NAME, …)`
#[derive(Clone, Debug)]
pub struct Binds {
    pub keyword: Span,
    pub form: BindForm,
}

#[derive(Clone, Debug)]
pub enum BindForm {
    /// `as` with nothing after it: an error that the checker reports.
    Missing,
    /// Binds the first effect.
    Single(Name),
    List {
        span: Span,
        binds: Vec<Bind>,
    },
}

/// One `EFFECT NAME` of a list.
#[derive(Clone, Debug)]
pub struct Bind {
    pub effect: Name,
    pub alias: Name,
}
