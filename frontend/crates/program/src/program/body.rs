use hlb_syntax::source::Span;
use hlb_syntax::tree::{Name, Path, StringForm, Text};

use super::{AliasId, FunctionId, ImportId};
use crate::builtin::{Effect, Kind, Meaning, Param, Signature};

/// Statements, each of which continues from the value of the one before.
#[derive(Debug)]
pub struct Block {
    /// With the braces.
    pub span: Span,
    /// The kind of its value. Never the bare `option` where it is known whose options these are.
    pub kind: Kind,
    pub stmts: Box<[Stmt]>,
}

/// A statement of a block.
#[derive(Debug)]
pub enum Stmt {
    Call(Call),
    /// An expression that is the value itself.
    Value(Expr),
    /// What a syntax error left.
    Error(Span),
}

/// A call, as a statement or an expression, with its callee resolved.
#[derive(Debug)]
pub struct Call {
    /// From the path to the end of the last clause.
    pub span: Span,
    /// What is called, as it is written.
    pub path: Path,
    pub callee: Callee,
    pub args: Box<[Expr]>,
    /// The operand of `with`: the options of the call. Only statements have one.
    pub options: Option<Box<Expr>>,
    /// What its `as` clause binds. Only statements have one.
    pub binds: Box<[Bind]>,
    /// The `as` itself.
    pub as_span: Option<Span>,
}

/// What is called or mentioned.
#[derive(Clone, Debug)]
pub enum Callee {
    Builtin(&'static Signature),
    Function(FunctionId),
    /// An alias is called with the arguments of its function, and runs that function up to the alias.
    Alias(AliasId),
    /// A parameter of the enclosing function, by its position.
    Param(u32),
    /// An effect that the enclosing function declares, by its position; nothing gives it a value.
    Effect(u32),
    /// `breakpoint`: takes any arguments and does nothing. In an expression its value is the empty one of this kind.
    Breakpoint(Box<Kind>),
    /// A member of an import that is not loaded.
    Unavailable(ImportId),
    /// Already reported as wrong.
    Error,
}

/// One alias of an `as` clause, with the effect that it names.
#[derive(Debug)]
pub struct Bind {
    pub effect: &'static Effect,
    pub alias: AliasId,
}

/// An expression.
#[derive(Debug)]
pub enum Expr {
    Int(IntLit),
    Bool(Literal<bool>),
    String(StringExpr),
    /// `KIND { … }`; the kind's name as it is written, for rules about spelling.
    Block {
        span: Span,
        written: Box<Name>,
        block: Box<Block>,
    },
    Call(Box<Call>),
    /// What a syntax error left.
    Error(Span),
}

/// A literal with its value.
#[derive(Clone, Copy, Debug)]
pub struct Literal<T> {
    pub span: Span,
    pub value: T,
}

/// A number.
pub type IntLit = Literal<i64>;

/// A string in any of its forms.
#[derive(Debug)]
pub struct StringExpr {
    /// With the delimiters.
    pub span: Span,
    pub form: StringForm,
    pub parts: Box<[StringPart]>,
}

/// A part of a string.
#[derive(Debug)]
pub enum StringPart {
    /// Text with its escapes decoded.
    Text { span: Span, value: Text },
    /// `${EXPR}`; the span has the delimiters.
    Interpolation { span: Span, expr: Box<Expr> },
}

impl Call {
    /// The builtin that is called, if it is one.
    pub fn signature(&self) -> Option<&'static Signature> {
        match self.callee {
            Callee::Builtin(signature) => Some(signature),
            _ => None,
        }
    }

    /// The first argument of a builtin that is about something.
    pub fn arg(&self, meaning: Meaning) -> Option<&Expr> {
        let params = self.signature()?.params;
        self.args.get(params.iter().position(|it| it.meaning == meaning)?)
    }

    /// Every argument of a builtin with what it is about.
    pub fn args_with_meaning(&self) -> impl Iterator<Item = (Meaning, &Expr)> {
        self.args_with_params().map(|(param, arg)| (param.meaning, arg))
    }

    /// Every argument of a builtin with the parameter that it goes to.
    pub fn args_with_params(&self) -> impl Iterator<Item = (&'static Param, &Expr)> {
        let signature = self.signature();
        let args = self.args.iter().enumerate();
        args.filter_map(move |(index, arg)| Some((signature?.param_of_arg(index)?, arg)))
    }
}

impl Expr {
    /// Its span.
    pub fn span(&self) -> Span {
        match self {
            Self::Int(it) => it.span,
            Self::Bool(it) => it.span,
            Self::String(it) => it.span,
            Self::Block { span, .. } | Self::Error(span) => *span,
            Self::Call(it) => it.span,
        }
    }
}
