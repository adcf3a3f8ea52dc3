use std::collections::{HashMap, HashSet};
use std::sync::atomic::AtomicUsize;

use hlb_syntax::TokenKind;
use hlb_syntax::diagnostic::Diagnostic;
use hlb_syntax::source::Span;
use hlb_syntax::tree::{Binds, Decl, Import, Name, Param};

use super::alias::{Alias, declare_aliases, refuse_aliases};
use super::function::Function;
use super::rule::{declaration, unknown_kind};
use super::suggest;
use crate::builtin::{Builtins, Kind, Origin};
use crate::module::{Module, ModuleId, Modules};

/// The scopes of all modules, through which every name is resolved.
#[derive(Debug)]
pub struct Scopes<'a> {
    pub modules: &'a Modules,
    pub builtins: &'a Builtins,
    /// One a module, in its order.
    scopes: Vec<Scope<'a>>,
    /// How many more names may be compared for the sake of a suggestion.
    pub(super) comparisons: AtomicUsize,
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
    /// What is wrong with the declarations themselves.
    pub(super) errors: Vec<Diagnostic>,
    /// The keywords of the `as` clauses that are already reported.
    wrong_binds: HashSet<Span>,
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
        let comparisons = AtomicUsize::new(suggest::MAX_COMPARISONS);
        Self { modules, builtins, scopes, comparisons }
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
            lost: module.tree.lost_declaration,
            errors: Vec::new(),
            wrong_binds: HashSet::new(),
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
        scope.read_signatures(builtins);
        scope
    }

    /// What a name stands for in this module; `None` for builtins and parameters.
    pub fn lookup<'s>(&'s self, name: &str) -> Option<Item<'s>> {
        Some(self.item(self.names.get(name)?.index))
    }

    /// Where an import of this name stands among the imports of the module.
    pub(super) fn import(&self, name: &str) -> Option<usize> {
        match self.names.get(name)?.index {
            Index::Import(index) => Some(index),
            Index::Func(_) | Index::Alias(_) => None,
        }
    }

    /// Whether an `export` of the module names this.
    pub fn exports(&self, name: &str) -> bool {
        self.exports.contains(name)
    }

    /// What the module exports, in the order of the text, unless that is more than `most`.
    pub(super) fn few_exports(&self, most: usize) -> Vec<&'a str> {
        match self.exports.len() <= most {
            true => self.module.tree.exports().map(|export| export.name.text()).collect(),
            false => Vec::new(),
        }
    }

    /// Whether a name is declared wrongly, so that its uses can't be judged.
    pub(super) fn is_disputed(&self, name: &str) -> bool {
        self.names.get(name).is_some_and(|entry| entry.disputed)
    }

    /// Whether what is wrong with an `as` clause is already reported.
    pub(super) fn is_wrong_bind(&self, binds: &Binds) -> bool {
        self.wrong_binds.contains(&binds.keyword)
    }

    /// Reads a kind as it stands in the text; `function` is the one whose signature or body that is in.
    pub(super) fn kind(
        &self,
        name: &Name,
        function: Option<&Function<'a>>,
        builtins: &Builtins,
    ) -> Result<Kind, Diagnostic> {
        let text = name.text();
        let Some(kind) = Kind::parse(text) else {
            // An empty name is the parser's stand-in for one that is missing.
            return if text.is_empty() {
                Ok(Kind::Unknown)
            } else {
                Err(unknown_kind::unknown_kind(name))
            };
        };
        match &kind {
            Kind::Option(subject)
                if !(self.lost
                    || !builtins.named(subject).is_empty()
                    || self.names.contains_key(&**subject)
                    || function.is_some_and(|function| function.param(subject).is_some())) =>
            {
                Err(unknown_kind::unknown_subject(name, builtins))
            }
            _ => Ok(kind),
        }
    }

    pub(super) fn declare_alias(&mut self, alias: Alias<'a>) {
        self.declare(alias.name, Index::Alias(self.aliases.len()));
        self.aliases.push(alias);
    }

    pub(super) fn report_bind(&mut self, binds: &Binds, error: Diagnostic) {
        self.wrong_binds.insert(binds.keyword);
        self.errors.push(error);
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
                let first = first.index;
                let error = declaration::redefinition(name, self.item(first).name().span);
                self.errors.push(error);
            }
            None => {
                self.names.insert(name.text(), Entry { index, disputed: false });
            }
        }
    }

    /// Reports declarations that have the name of one of the language's own builtins.
    fn dispute_reserved(&mut self, builtins: &Builtins) {
        let imports = self.imports.iter().map(|import| &import.name);
        let functions = self.functions.iter().map(|function| &function.decl.name);
        let aliases = self.aliases.iter().map(|alias| alias.name);
        let mut errors = Vec::new();
        for name in imports.chain(functions).chain(aliases) {
            let named = builtins.named(name.text());
            let Some(builtin) = named.iter().find(|it| it.origin == Origin::Language) else {
                continue;
            };
            if let Some(entry) = self.names.get_mut(name.text()) {
                entry.disputed = true;
            }
            errors.push(declaration::reserved_name(name, builtin));
        }
        self.errors.append(&mut errors);
    }

    /// Fills in the kinds of all signatures, now that every name is declared.
    fn read_signatures(&mut self, builtins: &Builtins) {
        let mut errors = Vec::new();
        let mut read = |function: &Function<'a>, kind: &Name, declared: &Name| {
            self.kind(kind, Some(function), builtins).unwrap_or_else(|error| {
                errors.push(match Kind::parse(declared.text()) {
                    Some(_) => unknown_kind::swapped(kind, declared),
                    None => error,
                });
                Kind::Unknown
            })
        };
        let mut signatures = Vec::with_capacity(self.functions.len());
        for function in &self.functions {
            let kind = read(function, &function.decl.kind, &function.decl.name);
            let params = &function.decl.params.params;
            let params = params.iter().map(|it| read(function, &it.kind, &it.name)).collect();
            let effects = function.decl.effects.as_ref().map_or(&[][..], |it| &it.params);
            let effects = effects.iter().map(|it| read(function, &it.kind, &it.name)).collect();
            signatures.push((kind, params, effects));
        }
        for (function, signature) in self.functions.iter_mut().zip(signatures) {
            (function.kind, function.params, function.effects) = signature;
            let mut params = function.decl.params.params.iter().zip(&function.params);
            function.swapped = params.any(|(param, kind)| is_swapped(param, kind));
        }
        self.errors.append(&mut errors);
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

    /// What to call it in a message.
    pub(super) fn what(self) -> &'static str {
        match self {
            Self::Func(_) => "function",
            Self::Import(_) => "import",
            Self::Alias(_) => "alias",
        }
    }
}
