use std::collections::HashMap;

use hlb_syntax::tree::Name;

use crate::builtin::{Builtins, Kind};
use crate::program::{Callee, Declaration, Function, Module, Param, Program};

/// Where a name is looked up: in a function its parameters, then its module, then the builtins.
pub(super) struct Scope<'c> {
    /// All declarations; what functions and imports evaluate need not be there yet.
    pub program: &'c Program,
    pub builtins: &'c Builtins,
    pub module: &'c Module,
    /// `None` in the source of an import.
    pub function: Option<&'c Function>,
    /// How many of the function's parameters are visible, from the left: in its body all of them, in the default of
    /// one those before it.
    pub visible: usize,
    params: ByName<'c>,
    effects: ByName<'c>,
}

/// Parameters or effects by their names; the first of a name counts.
pub(super) struct ByName<'c> {
    params: &'c [Param],
    /// Only for long lists: up to [`FEW`] a look at each is faster than a hash.
    index: Option<HashMap<&'c str, usize>>,
}

const FEW: usize = 8;

/// Why a written kind is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KindError {
    Unknown,
    /// `option::N` for an `N` that nothing declares.
    UnknownSubject,
}

impl<'c> ByName<'c> {
    pub fn new(params: &'c [Param]) -> Self {
        let index = (params.len() > FEW).then(|| {
            let named = params.iter().enumerate().rev();
            named.map(|(index, param)| (param.name.text(), index)).collect()
        });
        Self { params, index }
    }

    pub fn position(&self, name: &str) -> Option<usize> {
        match &self.index {
            Some(index) => index.get(name).copied(),
            None => self.params.iter().position(|param| param.name.text() == name),
        }
    }
}

impl<'c> Scope<'c> {
    /// The scope of a function's body.
    pub fn function(
        program: &'c Program,
        builtins: &'c Builtins,
        module: &'c Module,
        function: &'c Function,
    ) -> Self {
        Self {
            program,
            builtins,
            module,
            function: Some(function),
            visible: function.params.len(),
            params: ByName::new(&function.params),
            effects: ByName::new(&function.effects),
        }
    }

    /// The scope outside of functions: that of the source of an import.
    pub fn module(program: &'c Program, builtins: &'c Builtins, module: &'c Module) -> Self {
        let (params, effects) = (ByName::new(&[]), ByName::new(&[]));
        Self { program, builtins, module, function: None, visible: 0, params, effects }
    }

    /// The parameters that are visible.
    pub fn params(&self) -> &'c [Param] {
        self.function.and_then(|it| it.params.get(..self.visible)).unwrap_or_default()
    }

    /// A parameter that is too far to the right to be visible.
    pub fn later_param(&self, name: &str) -> Option<&'c Param> {
        let index = self.params.position(name).filter(|index| *index >= self.visible)?;
        self.function?.params.get(index)
    }

    /// What a name means in the function.
    pub fn local(&self, name: &str) -> Option<Callee> {
        match self.params.position(name).filter(|index| *index < self.visible) {
            Some(index) => Some(Callee::Param(index as u32)),
            None => Some(Callee::Effect(self.effects.position(name)? as u32)),
        }
    }

    /// Whether an error took declarations, so that a name that is missing may have been declared.
    pub fn is_incomplete(&self) -> bool {
        self.module.is_incomplete || self.function.is_some_and(|it| it.is_incomplete)
    }

    pub fn declaration(&self, callee: &Callee) -> Declaration<'c> {
        self.program.declaration(callee, self.function)
    }

    /// Reads a kind as it is written.
    pub fn kind(&self, name: &Name) -> Result<Kind, KindError> {
        let text = name.text();
        let Some(kind) = Kind::parse(text) else {
            // The parser leaves an empty name for one that is missing.
            return if text.is_empty() { Ok(Kind::Unknown) } else { Err(KindError::Unknown) };
        };
        match &kind {
            Kind::Option(subject) if !self.declares(subject) => Err(KindError::UnknownSubject),
            _ => Ok(kind),
        }
    }

    fn declares(&self, subject: &str) -> bool {
        self.module.is_incomplete
            || !self.builtins.named(subject).is_empty()
            || self.module.lookup(subject).is_some()
            || self.params.position(subject).is_some()
    }
}
