use hlb_syntax::source::Span;

use super::{Alias, Callee, Function, Param, Program};
use crate::builtin::{Kind, Signature};

/// What a callee is declared as: its kind, and what a call of it must be given.
#[derive(Clone, Copy, Debug)]
pub enum Declaration<'p> {
    Builtin(&'static Signature),
    Function(&'p Function),
    /// An alias, with the function that it takes its parameters from.
    Alias(&'p Alias, &'p Function),
    Param(&'p Param),
    Effect(&'p Param),
    /// `breakpoint`, a member of an import that is not loaded, or something that is already reported as wrong.
    Unknown,
}

impl Program {
    /// What a callee in a function is declared as; in the source of an import there is no function.
    pub fn declaration<'p>(
        &'p self,
        callee: &Callee,
        function: Option<&'p Function>,
    ) -> Declaration<'p> {
        let found = match callee {
            Callee::Builtin(signature) => Some(Declaration::Builtin(signature)),
            Callee::Function(id) => Some(Declaration::Function(self.function(*id))),
            Callee::Alias(id) => {
                let alias = self.alias(*id);
                Some(Declaration::Alias(alias, self.function(alias.function)))
            }
            Callee::Param(index) => function
                .and_then(|function| function.params.get(*index as usize))
                .map(Declaration::Param),
            Callee::Effect(index) => function
                .and_then(|function| function.effects.get(*index as usize))
                .map(Declaration::Effect),
            Callee::Breakpoint(_) | Callee::Unavailable(_) | Callee::Error => None,
        };
        found.unwrap_or(Declaration::Unknown)
    }
}

impl<'p> Declaration<'p> {
    /// The kind of its value; unknown fits everywhere.
    pub fn kind(&self) -> &'p Kind {
        match self {
            Self::Builtin(signature) => &signature.kind,
            Self::Function(function) => &function.kind,
            Self::Alias(alias, _) => alias.kind(),
            Self::Param(param) | Self::Effect(param) => &param.kind,
            Self::Unknown => &Kind::Unknown,
        }
    }

    /// How many arguments it must be given at least, and how many at most (`None`: any number).
    pub fn arity(&self) -> (usize, Option<usize>) {
        match self {
            Self::Builtin(signature) => signature.arity(),
            Self::Function(function) | Self::Alias(_, function) => function.arity(),
            Self::Param(_) | Self::Effect(_) => (0, Some(0)),
            Self::Unknown => (0, None),
        }
    }

    /// The name and kind of the parameter that an argument goes to, counted from 0; `None` if that is not known.
    pub fn param_of_arg(&self, arg: usize) -> Option<(&'p str, &'p Kind)> {
        match self {
            Self::Builtin(signature) => {
                let param = signature.param_of_arg(arg)?;
                Some((param.name, &param.kind))
            }
            Self::Function(function) | Self::Alias(_, function) => {
                let param = function.param_of_arg(arg)?;
                Some((param.name.text(), &param.kind))
            }
            Self::Param(_) | Self::Effect(_) | Self::Unknown => None,
        }
    }

    /// The name where it is declared; builtins have no text.
    pub fn span(&self) -> Option<Span> {
        match self {
            Self::Function(function) => Some(function.name.span),
            Self::Alias(alias, _) => Some(alias.name.span),
            Self::Param(param) | Self::Effect(param) => Some(param.name.span),
            Self::Builtin(_) | Self::Unknown => None,
        }
    }
}
