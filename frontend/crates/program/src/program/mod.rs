//! The checked program: what every later stage reads instead of the trees.
//!
//! Checking makes it: every name is resolved, every kind is known, each call has its options, and each
//! declaration has an id, so that nothing is looked up by its text again. It owns what it needs, spans and
//! documentation included, so the trees may go. An error leaves a value behind here ([`Callee::Error`], [`Expr::Error`],
//! [`Kind::Unknown`](crate::builtin::Kind)), which later stages accept in silence. Start at [`Program`].

mod body;
mod decl;
mod declaration;
mod sort;
#[cfg(test)]
mod tests;
mod uses;
mod visit;

use std::collections::HashMap;

use hlb_syntax::tree::Name;

pub use body::{Bind, Block, Call, Callee, Expr, IntLit, Literal, Stmt, StringExpr, StringPart};
pub use decl::{Alias, Doc, Export, Function, Import, Module, Param};
pub use declaration::Declaration;
pub(crate) use sort::sort_diagnostics;
pub use uses::{Definition, Uses};
pub use visit::{Node, visit_block, visit_expr, visit_function};

use crate::module::ModuleId;

/// The deprecated name of `stage`.
pub(crate) const PARALLEL: &str = "parallel";

/// All modules of a program with everything that they declare.
#[derive(Debug, Default)]
pub struct Program {
    pub(crate) modules: Vec<Module>,
    pub(crate) functions: Vec<Function>,
    pub(crate) imports: Vec<Import>,
    pub(crate) aliases: Vec<Alias>,
}

/// A function of a [`Program`]; those of a module follow each other in the order of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FunctionId(pub(crate) u32);

/// An import of a [`Program`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ImportId(pub(crate) u32);

/// An alias of a [`Program`]: a name that an `as` clause gives to an effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AliasId(pub(crate) u32);

/// What a name of a module means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Item {
    Function(FunctionId),
    Import(ImportId),
    Alias(AliasId),
}

/// The names of a module; of several declarations of one name, the first.
pub(crate) type Names = HashMap<Box<str>, Declared>;

/// What a name of a module is declared as.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Declared {
    pub item: Item,
    pub is_exported: bool,
    /// Whether it is declared more than once, or reserved, so that its meaning is unknown.
    pub is_ambiguous: bool,
}

impl Program {
    /// The module that is built: the first one. `None` if there is no module at all.
    pub fn main(&self) -> Option<&Module> {
        self.modules.first()
    }

    /// All modules, in the order in which they were loaded.
    pub fn modules(&self) -> impl Iterator<Item = &Module> {
        self.modules.iter()
    }

    /// The module of an id that loading gave out.
    pub fn module(&self, id: ModuleId) -> Option<&Module> {
        self.modules.get(id.index())
    }

    /// The name in a declaration.
    pub fn name_of(&self, item: Item) -> &Name {
        match item {
            Item::Function(id) => &self.function(id).name,
            Item::Import(id) => &self.import(id).name,
            Item::Alias(id) => &self.alias(id).name,
        }
    }

    /// The function of an id of this program.
    pub fn function(&self, id: FunctionId) -> &Function {
        #[expect(clippy::indexing_slicing, reason = "ids come from the same program")]
        &self.functions[id.0 as usize]
    }

    /// The import of an id of this program.
    pub fn import(&self, id: ImportId) -> &Import {
        #[expect(clippy::indexing_slicing, reason = "ids come from the same program")]
        &self.imports[id.0 as usize]
    }

    /// The alias of an id of this program.
    pub fn alias(&self, id: AliasId) -> &Alias {
        #[expect(clippy::indexing_slicing, reason = "ids come from the same program")]
        &self.aliases[id.0 as usize]
    }
}

impl FunctionId {
    /// Counts from 0 over all modules; for tables with an entry a function.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl ImportId {
    /// Counts from 0 over all modules; for tables with an entry an import.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl AliasId {
    /// Counts from 0 over all modules; for tables with an entry an alias.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}
