use std::ops::Range;
use std::sync::Arc;

use hlb_syntax::source::{FileId, Span};
use hlb_syntax::tree::Name;

use super::{AliasId, Block, Expr, FunctionId, ImportId, Item, Names};
use crate::builtin::{Effect, Kind};
use crate::module::{ModuleId, Root, Target};

pub use hlb_syntax::tree::Doc;

/// A module: what it declares, and what of its text rules look at.
#[derive(Debug)]
pub struct Module {
    pub id: ModuleId,
    /// Where its relative imports and its `local`s are read from.
    pub root: Root,
    /// The file inside its root.
    pub path: Arc<str>,
    pub file: FileId,
    pub text: Arc<str>,
    /// Its comments, in the order of the text.
    pub comments: Vec<Span>,
    pub exports: Vec<Export>,
    /// Whether it is built or checked itself, rather than only imported.
    pub is_program: bool,
    /// Whether its tree lacks something of the text.
    pub has_syntax_errors: bool,
    /// Whether an error took declarations, so that a name that is missing may have been declared.
    pub is_incomplete: bool,
    pub(crate) functions: Range<u32>,
    pub(crate) imports: Range<u32>,
    pub(crate) aliases: Range<u32>,
    pub(crate) names: Names,
}

/// `export NAME`
#[derive(Debug)]
pub struct Export {
    pub name: Name,
    /// What it exports; `None` if that is an error.
    pub item: Option<Item>,
}

/// A function with its signature read and its body resolved.
#[derive(Debug)]
pub struct Function {
    pub module: ModuleId,
    /// The whole declaration.
    pub span: Span,
    pub name: Name,
    pub doc: Option<Box<Doc>>,
    pub kind: Kind,
    /// The kind as it is written.
    pub kind_span: Span,
    pub params: Vec<Param>,
    /// The effects that it declares with `binds`; nothing gives them a value.
    pub effects: Vec<Param>,
    /// Absent in a declaration without a body.
    pub body: Option<Block>,
    /// Whether an error took parameters or effects, so that a name that is missing may be one of them.
    pub(crate) is_incomplete: bool,
    /// Whether an error in the signature leaves open which parameter an argument goes to.
    pub(crate) is_open: bool,
}

/// A parameter, or an effect that a function declares.
#[derive(Debug)]
pub struct Param {
    pub span: Span,
    pub name: Name,
    pub kind: Kind,
    pub kind_span: Span,
    /// Whether it takes all arguments that are left; only ever the last parameter of a function without errors.
    pub is_variadic: bool,
    /// Evaluated in the scope of the declaration, where the parameters to its left are known.
    pub default: Option<Expr>,
}

/// An import with its source resolved.
#[derive(Debug)]
pub struct Import {
    pub module: ModuleId,
    /// The whole declaration.
    pub span: Span,
    pub name: Name,
    /// Whether it is written in the deprecated form, without `from`.
    pub is_deprecated: bool,
    pub source: Expr,
    pub target: Target,
}

/// The name that an `as` clause gives to an effect (language spec, sections 3.7 and 4.6).
#[derive(Debug)]
pub struct Alias {
    pub name: Name,
    /// The function whose body has the clause, and whose parameters the alias takes.
    pub function: FunctionId,
    /// What is bound; `None` if the clause is wrong.
    pub effect: Option<&'static Effect>,
    /// The statement of the function's own body whose evaluation gives the value: the call with the clause itself, or for
    /// one in an option block the call with that block, such as the `run` of a `mount`. What is after it in the body
    /// has no effect on the alias.
    pub owner: Span,
}

impl Module {
    /// What a name of the module means; `None` for builtins and parameters.
    pub fn lookup(&self, name: &str) -> Option<Item> {
        self.names.get(name).map(|declared| declared.item)
    }

    /// Whether an `export` of the module names this declaration.
    pub fn exports(&self, name: &str) -> bool {
        self.names.get(name).is_some_and(|declared| declared.is_exported)
    }

    /// Whether a name is declared more than once, or reserved, so that its meaning is unknown.
    pub(crate) fn is_ambiguous(&self, name: &str) -> bool {
        self.names.get(name).is_some_and(|declared| declared.is_ambiguous)
    }

    /// Whether it is a file of the program itself, which whoever builds the program can change.
    pub fn is_ours(&self) -> bool {
        matches!(self.root, Root::Program { .. })
    }

    /// The name of its file in messages.
    pub fn display_name(&self) -> String {
        self.root.display(&self.path)
    }

    /// Its functions, in the order of the text.
    pub fn functions(&self) -> impl Iterator<Item = FunctionId> + use<> {
        self.functions.clone().map(FunctionId)
    }

    /// Its imports, in the order of the text.
    pub fn imports(&self) -> impl Iterator<Item = ImportId> + use<> {
        self.imports.clone().map(ImportId)
    }

    /// Its aliases, in the order of their functions.
    pub fn aliases(&self) -> impl Iterator<Item = AliasId> + use<> {
        self.aliases.clone().map(AliasId)
    }
}

impl Function {
    /// The last parameter, if it takes any number of arguments.
    pub fn variadic(&self) -> Option<&Param> {
        self.params.last().filter(|param| param.is_variadic)
    }

    /// The parameter that an argument goes to, counted from 0; `None` if there is none, or an error in the signature
    /// leaves open which.
    pub fn param_of_arg(&self, arg: usize) -> Option<&Param> {
        if self.is_open {
            return None;
        }
        self.params.get(arg).or_else(|| self.variadic())
    }

    /// How many arguments a call must have at least, and how many it may have (`None`: any number).
    pub fn arity(&self) -> (usize, Option<usize>) {
        if self.is_open {
            return (0, None);
        }
        let fixed = self.params.len() - usize::from(self.variadic().is_some());
        let params = self.params.get(..fixed).unwrap_or_default();
        let needed = params.iter().rposition(|param| param.default.is_none());
        (needed.map_or(0, |last| last + 1), self.variadic().is_none().then_some(fixed))
    }
}

impl Param {
    /// Whether it has the name of a kind and no known kind: the two are swapped, so that its own name is not declared.
    pub(crate) fn has_name_of_kind(&self) -> bool {
        self.kind == Kind::Unknown && Kind::parse(self.name.text()).is_some()
    }
}

impl Alias {
    /// The kind of its value.
    pub fn kind(&self) -> &Kind {
        self.effect.map_or(&Kind::Unknown, |effect| &effect.kind)
    }
}
