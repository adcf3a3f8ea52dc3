//! Expressions and literals.

use std::fmt;

use super::{Block, Name, Text};
use crate::source::Span;

#[derive(Clone, Debug)]
pub enum Expr {
    Block(Box<BlockLit>),
    Call(Box<CallExpr>),
    Int(IntLit),
    Bool(BoolLit),
    String(StringLit),
    /// What a syntax error left of an expression, or of more than one: neither its kind nor the number of its call's
    /// arguments is to be relied on.
    Error(Span),
}

/// `KIND BLOCK`
#[derive(Clone, Debug)]
pub struct BlockLit {
    pub span: Span,
    pub kind: Name,
    pub block: Block,
}

/// `PATH [( ARGS )]`
#[derive(Clone, Debug)]
pub struct CallExpr {
    pub span: Span,
    pub path: Path,
    pub args: Option<Args>,
}

/// A parenthesized list of arguments.
#[derive(Clone, Debug)]
pub struct Args {
    /// With the parentheses.
    pub span: Span,
    pub args: Vec<Expr>,
}

#[derive(Clone, Debug)]
pub struct IntLit {
    pub span: Span,
    pub value: i64,
}

#[derive(Clone, Debug)]
pub struct BoolLit {
    pub span: Span,
    pub value: bool,
}

/// A string in any of its forms.
#[derive(Clone, Debug)]
pub struct StringLit {
    /// With the delimiters.
    pub span: Span,
    pub form: StringForm,
    pub parts: Vec<StringPart>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StringForm {
    /// `"…"`
    Quoted,
    /// `` `…` ``
    Raw,
    Heredoc {
        indent: Indent,
        /// Whether the word stands in backticks: no interpolation, no escapes.
        raw: bool,
    },
}

/// What becomes of a heredoc's lines once its parts are joined (language spec, section 1.7.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Indent {
    /// `<<`
    Literal,
    /// `<<-`
    Dedent,
    /// `<<~`
    Fold,
}

#[derive(Clone, Debug)]
pub enum StringPart {
    /// Text with its escapes decoded, and without a carriage return before a line feed.
    Text { span: Span, value: Text },
    /// `${EXPR}`; the span has the delimiters.
    Interpolation { span: Span, expr: Box<Expr> },
}

/// `NAME` or `NAME.MEMBER`
#[derive(Clone, Debug)]
pub struct Path {
    pub span: Span,
    pub first: Name,
    /// Apart, since few paths have one.
    pub member: Option<Box<Name>>,
}

impl Expr {
    pub fn span(&self) -> Span {
        match self {
            Self::Block(it) => it.span,
            Self::Call(it) => it.span,
            Self::Int(it) => it.span,
            Self::Bool(it) => it.span,
            Self::String(it) => it.span,
            Self::Error(span) => *span,
        }
    }
}

impl CallExpr {
    /// The arguments; a bare name has none.
    pub fn args(&self) -> &[Expr] {
        self.args.as_ref().map_or(&[], |args| &args.args)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.member {
            None => write!(f, "{}", self.first),
            Some(member) => write!(f, "{}.{member}", self.first),
        }
    }
}
