use std::collections::HashMap;

use hlb_syntax::source::Span;
use hlb_syntax::tree::{Func, Param};

use crate::builtin::Kind;

/// A function of a module with the kinds of its signature, each parsed once.
#[derive(Debug)]
pub struct Function<'a> {
    pub decl: &'a Func,
    /// Counts from 0 in the order of the module's functions.
    pub index: usize,
    pub kind: Kind,
    /// One a parameter, in order.
    pub params: Vec<Kind>,
    /// One an effect, in order.
    pub effects: Vec<Kind>,
    /// Whether a parameter has its name where its kind belongs, so that the name is not declared.
    pub(super) swapped: bool,
    /// Only for long signatures; the first of a name counts.
    by_name: Option<HashMap<&'a str, usize>>,
}

/// Up to here a look at each parameter is faster than a hash.
const FEW: usize = 8;

impl<'a> Function<'a> {
    /// A function whose kinds are yet to be filled in, since `option::N` may name what is declared further down.
    pub(super) fn new(decl: &'a Func, index: usize) -> Self {
        let params = &decl.params.params;
        let by_name = (params.len() > FEW).then(|| {
            let named = params.iter().enumerate();
            named.rev().map(|(index, param)| (param.name.text(), index)).collect()
        });
        let (kind, params, effects) = (Kind::Unknown, Vec::new(), Vec::new());
        Self { decl, index, kind, params, effects, swapped: false, by_name }
    }

    /// Where a parameter of this name stands in the signature.
    pub fn param(&self, name: &str) -> Option<usize> {
        match &self.by_name {
            Some(by_name) => by_name.get(name).copied(),
            None => self.decl.params.params.iter().position(|param| param.name.text() == name),
        }
    }

    /// Where a declared effect of this name stands in the `binds` list.
    pub fn effect(&self, name: &str) -> Option<usize> {
        let effects = self.decl.effects.as_ref()?;
        effects.params.iter().position(|effect| effect.name.text() == name)
    }

    /// The last parameter, if it takes any number of arguments.
    pub fn variadic(&self) -> Option<&'a Param> {
        self.decl.params.params.last().filter(|param| param.variadic.is_some())
    }

    /// How many arguments a call must have at least, and how many it may have (`None`: any number).
    ///
    /// Any number will do if a syntax error lost some of the parameters, or one that takes all that is left stands
    /// before others.
    pub fn arity(&self) -> (usize, Option<usize>) {
        if self.is_open() {
            return (0, None);
        }
        let params = &self.decl.params.params;
        let fixed = params.len() - usize::from(self.variadic().is_some());
        let needed = params[..fixed].iter().rposition(|param| param.default.is_none());
        (needed.map_or(0, |last| last + 1), self.variadic().is_none().then_some(fixed))
    }

    /// The parameter that an argument goes to, counted from 0, with its kind; `None` if nothing tells.
    pub fn param_of_arg(&self, arg: usize) -> Option<(&'a Param, &Kind)> {
        if self.is_open() {
            return None;
        }
        let params = &self.decl.params.params;
        let index = match self.variadic() {
            Some(_) => arg.min(params.len() - 1),
            None => arg,
        };
        Some((params.get(index)?, self.params.get(index).unwrap_or(&Kind::Unknown)))
    }

    /// Whether an error in the signature leaves open which parameter an argument goes to.
    fn is_open(&self) -> bool {
        let fixed = self.decl.params.params.split_last().map_or(&[][..], |(_, fixed)| fixed);
        self.decl.params.incomplete || fixed.iter().any(|param| param.variadic.is_some())
    }

    /// Whether an error took parameters or effects, so that names may be missing.
    pub(super) fn lost(&self) -> bool {
        self.swapped
            || self.decl.params.incomplete
            || self.decl.effects.as_ref().is_some_and(|effects| effects.incomplete)
    }

    /// The name in its declaration.
    pub fn span(&self) -> Span {
        self.decl.name.span
    }
}
