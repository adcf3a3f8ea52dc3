//! The syntax tree: one type a production of the grammar (language spec, section 2).
//!
//! Every node has the span of its text without surrounding trivia. An error leaves an `Error` node behind. What
//! follows all of a tree is a [`Visitor`].

mod visit;

use std::fmt;
use std::sync::Arc;

pub use crate::text::{Name, Text};
pub use visit::{
    Visitor, walk_block, walk_call_expr, walk_call_stmt, walk_decl, walk_expr, walk_func,
    walk_params, walk_stmt, walk_string, walk_tree,
};

use crate::Tokens;
use crate::source::{FileId, Span};

/// A parsed file.
#[derive(Clone, Debug)]
pub struct Tree {
    pub file: FileId,
    pub text: Arc<str>,
    /// All tokens, trivia included: together they are the text.
    pub tokens: Tokens,
    pub decls: Vec<Decl>,
    /// Whether a syntax error may have hidden a declaration or an alias: a name that nothing declares is then no error.
    pub incomplete: bool,
}

/// The comment lines directly above a declaration or statement.
#[derive(Clone, Debug)]
pub struct Doc {
    pub span: Span,
    /// Without the `#` and one space after it on each line; lines joined by line feeds.
    pub text: Box<str>,
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

/// `NAME` or `NAME.MEMBER`
#[derive(Clone, Debug)]
pub struct Path {
    pub span: Span,
    pub first: Name,
    /// Apart, since few paths have one.
    pub member: Option<Box<Name>>,
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

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.member {
            None => write!(f, "{}", self.first),
            Some(member) => write!(f, "{}.{member}", self.first),
        }
    }
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

impl CallExpr {
    /// The arguments; a bare name has none.
    pub fn args(&self) -> &[Expr] {
        self.args.as_ref().map_or(&[], |args| &args.args)
    }
}

impl Tree {
    /// The functions of the file, in order.
    pub fn funcs(&self) -> impl Iterator<Item = &Func> {
        self.decls.iter().filter_map(|decl| match decl {
            Decl::Func(func) => Some(&**func),
            _ => None,
        })
    }

    /// The imports of the file, in order.
    pub fn imports(&self) -> impl Iterator<Item = &Import> {
        self.decls.iter().filter_map(|decl| match decl {
            Decl::Import(import) => Some(&**import),
            _ => None,
        })
    }

    /// The import declaration that stands at an offset.
    pub fn import_around(&self, offset: u32) -> Option<&Import> {
        let after = self.decls.partition_point(|decl| decl.span().start <= offset);
        match self.decls.get(after.checked_sub(1)?) {
            Some(Decl::Import(import)) => Some(import),
            _ => None,
        }
    }

    /// The exports of the file, in order.
    pub fn exports(&self) -> impl Iterator<Item = &Export> {
        self.decls.iter().filter_map(|decl| match decl {
            Decl::Export(export) => Some(export),
            _ => None,
        })
    }
}
