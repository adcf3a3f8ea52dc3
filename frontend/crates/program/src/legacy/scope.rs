use std::collections::{HashMap, HashSet};

use hlb_syntax::TokenKind;
use hlb_syntax::tree::{Decl, Import, Name, Param};

use super::alias::{Alias, declare_aliases, refuse_aliases};
use super::function::Function;
use crate::builtin::{Builtins, Kind, Origin};
use crate::module::{Module, ModuleId, Modules};

/// The scopes of all modules, through which every name is resolved.
#[derive(Debug)]
pub struct Scopes<'a> {
    pub modules: &'a Modules,
    pub builtins: &'a Builtins,
    /// One a module, in its order.
    scopes: Vec<Scope<'a>>,
}

/// What is in scope everywhere in a module, besides builtins: imports, functions and aliases.
#[derive(Debug)]
pub struct Scope<'a> {
    pub module: &'a Module,
    /// In the order of the text.
    pub functions: Vec<Function<'a>>,
    /// Imports in the order of the text.
    pub imports: Vec<&'a Import>,
    /// In the order of their functions.
    pub aliases: Vec<Alias<'a>>,
    names: HashMap<&'a str, Entry>,
    exports: HashSet<&'a str>,
    /// Whether names may be missing here because an error took their declarations.
    pub(super) lost: bool,
}

/// What a name of a module's scope stands for.
#[derive(Clone, Copy, Debug)]
pub enum Item<'s> {
    Func(&'s Function<'s>),
    Import(&'s Import),
    Alias(&'s Alias<'s>),
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    index: Index,
    /// Whether the name is declared more than once or reserved, so that nobody knows what is meant by it.
    disputed: bool,
}

#[derive(Clone, Copy, Debug)]
enum Index {
    Func(usize),
    Import(usize),
    Alias(usize),
}

impl<'a> Scopes<'a> {
    /// Builds the scope of every module.
    pub fn new(modules: &'a Modules, builtins: &'a Builtins) -> Self {
        let scopes = modules.iter().map(|module| Scope::new(module, builtins)).collect();
        Self { modules, builtins, scopes }
    }

    pub fn of(&self, module: ModuleId) -> &Scope<'a> {
        &self.scopes[module.index()]
    }

    pub fn iter(&self) -> impl Iterator<Item = &Scope<'a>> {
        self.scopes.iter()
    }
}

impl<'a> Scope<'a> {
    /// Declares everything in a module: imports and functions first, since an alias that has the name of one is the
    /// one that is wrong.
    fn new(module: &'a Module, builtins: &Builtins) -> Self {
        let mut scope = Self {
            module,
            functions: Vec::new(),
            imports: Vec::new(),
            aliases: Vec::new(),
            names: HashMap::new(),
            exports: module.tree.exports().map(|export| export.name.text()).collect(),
            lost: module.tree.incomplete,
        };
        for decl in &module.tree.decls {
            match decl {
                Decl::Import(import) => {
                    scope.declare(&import.name, Index::Import(scope.imports.len()));
                    scope.imports.push(import);
                }
                Decl::Func(func) => {
                    let index = scope.functions.len();
                    scope.functions.push(Function::new(func, index));
                    scope.declare(&func.name, Index::Func(index));
                }
                Decl::Export(_) | Decl::Error(_) => {}
            }
        }
        for index in 0..scope.functions.len() {
            let func = scope.functions[index].decl;
            // Most functions have none, and looking through them all takes as long as reading them.
            if module.tree.tokens.has(TokenKind::As, func.span) {
                declare_aliases(&mut scope, builtins, func, index);
            }
        }
        for index in 0..scope.imports.len() {
            let source = &scope.imports[index].source;
            refuse_aliases(&mut scope, builtins, source);
        }
        scope.dispute_reserved(builtins);
        scope.read_signatures();
        scope
    }

    /// What a name stands for in this module; `None` for builtins and parameters.
    pub fn lookup<'s>(&'s self, name: &str) -> Option<Item<'s>> {
        Some(self.item(self.names.get(name)?.index))
    }

    /// Whether an `export` of the module names this.
    pub fn exports(&self, name: &str) -> bool {
        self.exports.contains(name)
    }

    /// Whether a name is declared wrongly, so that its uses can't be judged.
    pub(super) fn is_disputed(&self, name: &str) -> bool {
        self.names.get(name).is_some_and(|entry| entry.disputed)
    }

    /// Reads a kind as it stands in the text.
    fn kind(name: &Name) -> Kind {
        Kind::parse(name.text()).unwrap_or(Kind::Unknown)
    }

    pub(super) fn declare_alias(&mut self, alias: Alias<'a>) {
        self.declare(alias.name, Index::Alias(self.aliases.len()));
        self.aliases.push(alias);
    }

    fn item(&self, index: Index) -> Item<'_> {
        match index {
            Index::Func(index) => Item::Func(&self.functions[index]),
            Index::Import(index) => Item::Import(self.imports[index]),
            Index::Alias(index) => Item::Alias(&self.aliases[index]),
        }
    }

    fn declare(&mut self, name: &'a Name, index: Index) {
        if name.text().is_empty() {
            return;
        }
        match self.names.get_mut(name.text()) {
            Some(first) => {
                first.disputed = true;
            }
            None => {
                self.names.insert(name.text(), Entry { index, disputed: false });
            }
        }
    }

    /// Marks declarations that have the name of one of the language's own builtins.
    fn dispute_reserved(&mut self, builtins: &Builtins) {
        #[expect(clippy::iter_over_hash_type, reason = "each entry is for itself")]
        for (name, entry) in &mut self.names {
            entry.disputed |= builtins.named(name).iter().any(|it| it.origin == Origin::Language);
        }
    }

    /// Fills in the kinds of all signatures, now that every name is declared.
    fn read_signatures(&mut self) {
        for function in &mut self.functions {
            function.kind = Self::kind(&function.decl.kind);
            let params = &function.decl.params.params;
            function.params = params.iter().map(|it| Self::kind(&it.kind)).collect();
            let effects = function.decl.effects.as_ref().map_or(&[][..], |it| &it.params);
            function.effects = effects.iter().map(|it| Self::kind(&it.kind)).collect();
            let mut params = function.decl.params.params.iter().zip(&function.params);
            function.swapped = params.any(|(param, kind)| is_swapped(param, kind));
        }
    }
}

/// Whether a parameter of no known kind has the name of a kind.
pub(super) fn is_swapped(param: &Param, kind: &Kind) -> bool {
    *kind == Kind::Unknown && Kind::parse(param.name.text()).is_some()
}

impl<'s> Item<'s> {
    /// The name in its declaration.
    pub fn name(self) -> &'s Name {
        match self {
            Self::Func(function) => &function.decl.name,
            Self::Import(import) => &import.name,
            Self::Alias(alias) => alias.name,
        }
    }
}
