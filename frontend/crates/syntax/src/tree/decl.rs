//! Declarations.

use super::{Block, Expr, Name};
use crate::source::Span;

/// The comment lines directly above a declaration or statement.
#[derive(Clone, Debug)]
pub struct Doc {
    pub span: Span,
    /// Without the `#` and one space after it on each line; lines joined by line feeds.
    pub text: Box<str>,
}

impl Doc {
    /// What it says of all, in one line: its first paragraph, up to the first `@` line.
    pub fn summary(&self) -> String {
        let lines = self.text.lines().map(str::trim).skip_while(|line| line.is_empty());
        let lines = lines.take_while(|line| !line.is_empty() && !line.starts_with('@'));
        lines.collect::<Vec<_>>().join(" ")
    }
}

#[derive(Clone, Debug)]
pub enum Decl {
    Import(Box<Import>),
    Export(Export),
    Func(Box<Func>),
    Error(Span),
}

/// `import NAME from EXPR`, or the deprecated `import NAME "path"`.
#[derive(Clone, Debug)]
pub struct Import {
    pub span: Span,
    pub name: Name,
    /// `None` is the deprecated form.
    pub from: Option<Span>,
    pub source: Expr,
}

/// `export NAME`
#[derive(Clone, Debug)]
pub struct Export {
    pub span: Span,
    pub name: Name,
}

/// `KIND NAME(PARAMS) [binds (PARAMS)] [BLOCK]`
#[derive(Clone, Debug)]
pub struct Func {
    pub span: Span,
    pub doc: Option<Box<Doc>>,
    pub kind: Name,
    pub name: Name,
    pub params: Params,
    pub effects: Option<Params>,
    pub body: Option<Block>,
}

/// A parenthesized list of parameters or effects.
#[derive(Clone, Debug)]
pub struct Params {
    /// With the parentheses.
    pub span: Span,
    pub params: Vec<Param>,
    /// Whether a syntax error may have hidden some of them: neither their number nor their names are to be relied on.
    pub incomplete: bool,
}

/// `[variadic] KIND NAME [= EXPR]`
#[derive(Clone, Debug)]
pub struct Param {
    pub span: Span,
    pub variadic: Option<Span>,
    pub kind: Name,
    pub name: Name,
    pub default: Option<Expr>,
}

impl Decl {
    pub fn span(&self) -> Span {
        match self {
            Self::Import(import) => import.span,
            Self::Export(export) => export.span,
            Self::Func(func) => func.span,
            Self::Error(span) => *span,
        }
    }
}
