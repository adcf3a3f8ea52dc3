use hlb_syntax::diagnostic::Diagnostic;
use hlb_syntax::source::Span;
use hlb_syntax::tree::{Import, Name, Param, Path};

use super::alias::Alias;
use super::function::Function;
use super::scope::{Item, Scope, Scopes};
use crate::builtin::{Kind, Signature};
use crate::module::{ModuleId, Target};

/// Where a name stands: the module, and the parameters that are in scope.
#[derive(Clone, Copy, Debug)]
pub struct Place<'s> {
    pub module: ModuleId,
    pub function: Option<&'s Function<'s>>,
    /// How many of the function's parameters are in scope, from the left.
    visible: usize,
}

/// The kinds that fit a place (language spec, section 3.4).
#[derive(Clone, Copy, Debug)]
pub enum Expected<'k> {
    /// Everything fits, since what would tell is already reported as wrong.
    Any,
    /// A statement in a block of this kind.
    Statement(&'k Kind),
    /// An argument for a parameter of this kind, or its default.
    Argument(&'k Kind),
    /// The operand of `with` on a call whose first identifier is this.
    Options(&'k str),
    /// What stands after `from`.
    Source,
    /// What stands in `${}`.
    Interpolation,
}

/// What a name means where it stands.
#[derive(Clone, Copy, Debug)]
pub enum Resolved<'s> {
    Param(&'s Param, &'s Kind),
    /// An effect that the enclosing function declares; nothing ever gives it a value.
    Effect(&'s Param, &'s Kind),
    /// A function of this or another module.
    Func(ModuleId, &'s Function<'s>),
    /// An alias of this or another module, with the function that it takes its parameters from.
    Alias(ModuleId, &'s Alias<'s>, &'s Function<'s>),
    Builtin(&'static Signature),
    /// `breakpoint`, which takes any arguments and does nothing.
    Breakpoint,
    /// A member of an import that is not loaded, or something that is already reported as wrong.
    Unchecked,
}

impl<'s> Place<'s> {
    /// The body of a function.
    pub fn body(module: ModuleId, function: &'s Function<'s>) -> Self {
        let visible = function.decl.params.params.len();
        Self { module, function: Some(function), visible }
    }

    /// The default of a parameter, which sees those to its left.
    pub fn default(module: ModuleId, function: &'s Function<'s>, param: usize) -> Self {
        Self { module, function: Some(function), visible: param }
    }

    /// Outside of functions: the source of an import.
    pub fn module(module: ModuleId) -> Self {
        Self { module, function: None, visible: 0 }
    }

    /// The parameters in scope.
    pub fn params(&self) -> &'s [Param] {
        self.function.map_or(&[], |function| {
            function.decl.params.params.get(..self.visible).unwrap_or_default()
        })
    }

    fn lost(&self) -> bool {
        self.function.is_some_and(Function::lost)
    }

    fn lookup(&self, name: &str) -> Option<Resolved<'s>> {
        let function = self.function?;
        if let Some(index) = function.param(name).filter(|index| *index < self.visible) {
            let param = function.decl.params.params.get(index)?;
            return Some(Resolved::Param(param, function.params.get(index)?));
        }
        let index = function.effect(name)?;
        let effect = function.decl.effects.as_ref()?.params.get(index)?;
        Some(Resolved::Effect(effect, function.effects.get(index)?))
    }
}

impl Expected<'_> {
    /// Whether something of this kind may stand here.
    pub fn accepts(&self, kind: &Kind) -> bool {
        use Kind::{AnyOption, Bool, Fs, Int, Option, Pipeline, String, Unknown};
        match (self, kind) {
            (Self::Any, _) | (_, Unknown) => true,
            (Self::Statement(Unknown) | Self::Argument(Unknown), _) => true,
            (Self::Argument(Pipeline), Pipeline | String | Int | Bool | Fs) => true,
            (Self::Statement(Option(_)) | Self::Argument(Option(_)), AnyOption) => true,
            (Self::Statement(expected) | Self::Argument(expected), _) => *expected == kind,
            (Self::Options(_), AnyOption) => true,
            (Self::Options(subject), Option(name)) => name == subject,
            (Self::Options(_), _) => false,
            (Self::Source, _) => matches!(kind, String | Fs),
            (Self::Interpolation, _) => kind.is_text(),
        }
    }

    /// The kind of an `option { … }` that stands here.
    pub fn option_kind(&self) -> Kind {
        match self {
            Self::Any | Self::Statement(Kind::Unknown) | Self::Argument(Kind::Unknown) => {
                Kind::Unknown
            }
            Self::Statement(kind @ Kind::Option(_)) | Self::Argument(kind @ Kind::Option(_)) => {
                (*kind).clone()
            }
            Self::Options(subject) => Kind::Option((*subject).to_owned().into()),
            _ => Kind::AnyOption,
        }
    }

    fn is_any(&self) -> bool {
        matches!(self, Self::Any | Self::Statement(Kind::Unknown) | Self::Argument(Kind::Unknown))
    }
}

impl<'s> Resolved<'s> {
    /// The kind of its value; unknown fits everywhere.
    pub fn kind(&self) -> &'s Kind {
        match self {
            Self::Param(_, kind) | Self::Effect(_, kind) => kind,
            Self::Func(_, function) => &function.kind,
            Self::Alias(_, alias, _) => alias.kind(),
            Self::Builtin(signature) => &signature.kind,
            Self::Breakpoint | Self::Unchecked => &Kind::Unknown,
        }
    }

    /// How many arguments it must be given at least, and how many at most (`None`: any number).
    pub fn arity(&self) -> (usize, Option<usize>) {
        match self {
            Self::Param(..) | Self::Effect(..) => (0, Some(0)),
            Self::Func(_, function) | Self::Alias(_, _, function) => function.arity(),
            Self::Builtin(signature) => signature.arity(),
            Self::Breakpoint | Self::Unchecked => (0, None),
        }
    }

    /// The name and kind of the parameter that an argument goes to, counted from 0; `None` if nothing tells.
    pub fn param_of_arg(&self, arg: usize) -> Option<(&'s str, &'s Kind)> {
        match self {
            Self::Func(_, function) | Self::Alias(_, _, function) => {
                let (param, kind) = function.param_of_arg(arg)?;
                Some((param.name.text(), kind))
            }
            Self::Builtin(signature) => {
                let params = signature.params;
                let last = params.last().filter(|last| last.variadic);
                let param = params.get(arg).or(last)?;
                Some((param.name, &param.kind))
            }
            Self::Param(..) | Self::Effect(..) | Self::Breakpoint | Self::Unchecked => None,
        }
    }

    /// Whether an argument, counted from 0, goes to a variadic parameter.
    pub fn is_variadic(&self, arg: usize) -> bool {
        match self {
            Self::Func(_, function) | Self::Alias(_, _, function) => {
                function.param_of_arg(arg).is_some_and(|(param, _)| param.variadic.is_some())
            }
            Self::Builtin(signature) => {
                let fixed = signature.params.len().saturating_sub(1);
                arg >= fixed && signature.params.last().is_some_and(|last| last.variadic)
            }
            Self::Param(..) | Self::Effect(..) | Self::Breakpoint | Self::Unchecked => false,
        }
    }

    /// Where it is declared; builtins have no text.
    pub fn span(&self) -> Option<Span> {
        match self {
            Self::Param(param, _) | Self::Effect(param, _) => Some(param.name.span),
            Self::Func(_, function) => Some(function.span()),
            Self::Alias(_, alias, _) => Some(alias.name.span),
            Self::Builtin(_) | Self::Breakpoint | Self::Unchecked => None,
        }
    }
}

/// The deprecated name of `stage`.
const PARALLEL: &str = "parallel";

impl<'a> Scopes<'a> {
    /// Finds what a path means at a place.
    ///
    /// Among the builtins of a name the first, by kind, that fits `expected` is taken; if none fits, the first.
    /// Whether the kind fits is for the caller to see. An error is the error in the name, already in full.
    pub fn resolve<'s>(
        &'s self,
        place: &Place<'s>,
        path: &Path,
        expected: Expected<'_>,
    ) -> Result<Resolved<'s>, Diagnostic> {
        match &path.member {
            None => self.resolve_name(place, &path.first, expected),
            Some(member) => self.resolve_member(place, path, member, expected),
        }
    }

    fn resolve_name<'s>(
        &'s self,
        place: &Place<'s>,
        name: &Name,
        expected: Expected<'_>,
    ) -> Result<Resolved<'s>, Diagnostic> {
        let text = name.text();
        if text == "breakpoint" {
            return Ok(Resolved::Breakpoint);
        }
        // An empty name is the parser's stand-in for one that is missing.
        if text.is_empty() {
            return Ok(Resolved::Unchecked);
        }
        if let Some(found) = place.lookup(text) {
            return Ok(found);
        }
        let scope = self.of(place.module);
        match scope.lookup(text) {
            Some(_) if scope.is_disputed(text) => Ok(Resolved::Unchecked),
            Some(Item::Import(import)) => Err(wrong(name.span)),
            Some(item) => Ok(resolved(place.module, scope, item)),
            None => match self.builtin(text, expected) {
                Some(found) => Ok(found),
                None if scope.lost || place.lost() => Ok(Resolved::Unchecked),
                None => Err(wrong(name.span)),
            },
        }
    }

    fn builtin<'s>(&'s self, name: &str, expected: Expected<'_>) -> Option<Resolved<'s>> {
        let named = self.builtins.named(name);
        let fitting = named.iter().find(|signature| expected.accepts(&signature.kind));
        match (named, fitting) {
            ([], _) if name == PARALLEL => {
                self.builtins.get("stage", &Kind::Pipeline).map(Resolved::Builtin)
            }
            ([_, _, ..], _) if expected.is_any() => Some(Resolved::Unchecked),
            (_, Some(fitting)) => Some(Resolved::Builtin(fitting)),
            (_, None) => named.first().copied().map(Resolved::Builtin),
        }
    }

    fn resolve_member<'s>(
        &'s self,
        place: &Place<'s>,
        path: &Path,
        member: &Name,
        expected: Expected<'_>,
    ) -> Result<Resolved<'s>, Diagnostic> {
        let text = path.first.text();
        let scope = self.of(place.module);
        if let Some(found) = place.lookup(text) {
            return Err(wrong(path.span));
        }
        let import = match scope.lookup(text) {
            Some(_) if scope.is_disputed(text) => return Ok(Resolved::Unchecked),
            Some(Item::Import(import)) => import,
            Some(item) => {
                return Err(wrong(path.span));
            }
            None if scope.lost || place.lost() => return Ok(Resolved::Unchecked),
            None if text.is_empty() || member.text().is_empty() => return Ok(Resolved::Unchecked),
            None if !self.builtins.named(text).is_empty() => {
                return Err(wrong(path.span));
            }
            None => return Err(wrong(path.span)),
        };
        match scope.module.target(import) {
            Target::Loaded(id) => self.resolve_export(import, id, member, expected),
            Target::Unresolved | Target::Failed => Ok(Resolved::Unchecked),
        }
    }

    fn resolve_export<'s>(
        &'s self,
        import: &Import,
        id: ModuleId,
        member: &Name,
        expected: Expected<'_>,
    ) -> Result<Resolved<'s>, Diagnostic> {
        let (text, scope) = (member.text(), self.of(id));
        match scope.lookup(text) {
            _ if text.is_empty() => Ok(Resolved::Unchecked),
            Some(_) if scope.is_disputed(text) => Ok(Resolved::Unchecked),
            Some(Item::Import(other)) => Err(wrong(member.span)),
            Some(item) if scope.exports(text) || scope.lost => Ok(resolved(id, scope, item)),
            Some(item) => Err(wrong(member.span)),
            None if scope.lost => Ok(Resolved::Unchecked),
            None => Err(wrong(member.span)),
        }
    }
}

/// Never seen: checking has reported what the error is.
fn wrong(span: Span) -> Diagnostic {
    crate::check::UNKNOWN_NAME.at(span, "unresolved name")
}

fn resolved<'s>(module: ModuleId, scope: &'s Scope<'s>, item: Item<'s>) -> Resolved<'s> {
    match item {
        Item::Func(function) => Resolved::Func(module, function),
        Item::Alias(alias) => match (alias.effect, alias.closure(scope)) {
            (Some(_), Some(closure)) => Resolved::Alias(module, alias, closure),
            // A wrong `as` clause is reported where it stands.
            _ => Resolved::Unchecked,
        },
        Item::Import(_) => Resolved::Unchecked,
    }
}
