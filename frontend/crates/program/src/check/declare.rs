//! What modules declare, collected before anything is resolved, since a name is in scope everywhere in its module.

use hlb_syntax::diagnostic::Diagnostic;
use hlb_syntax::source::Span;
use hlb_syntax::tree::{self, Decl, Name, Tree};
use hlb_syntax::{Token, TokenKind};

use super::alias::{declare_aliases, refuse_aliases};
use super::declarations::{Declarations, Declaring};
use super::rule::{declaration, signature, unknown_kind};
use super::scope::Scope;
use crate::builtin::{Builtins, Kind, Origin};
use crate::module::{self, Modules};
use crate::program::{
    Export, Expr, Function, FunctionId, Import, ImportId, Item, Module, Names, Param, Program,
};

impl Declarations {
    pub fn of(modules: &Modules, builtins: &Builtins) -> Self {
        let mut declarations = Self::default();
        for module in modules.iter() {
            declarations.add(modules, module, builtins);
        }
        declarations
    }

    /// Declares everything in a module: imports and functions first, since an alias that has the name of one is the
    /// one that is wrong.
    fn add(&mut self, modules: &Modules, module: &module::Module, builtins: &Builtins) {
        let tree = &*module.tree;
        let (functions, imports, aliases) = self.counts();
        let mut declaring = Declaring {
            declarations: self,
            builtins,
            names: Names::new(),
            is_incomplete: tree.incomplete,
        };
        declaring.functions_and_imports(module);
        declaring.aliases(tree, functions);
        declaring.exports(tree);
        declaring.reserved([functions, imports, aliases]);
        let Declaring { names, is_incomplete, .. } = declaring;
        let exports = tree.exports().map(|export| Export {
            name: export.name.clone(),
            item: names.get(export.name.text()).map(|declared| declared.item),
        });
        let exports = exports.collect();
        let (functions_end, imports_end, aliases_end) = self.counts();
        self.program.modules.push(Module {
            id: module.id,
            root: module.root.clone(),
            path: module.path.clone(),
            file: tree.file,
            text: tree.text.clone(),
            comments: comments(tree),
            exports,
            is_program: modules.is_program(module.id),
            has_syntax_errors: module.has_syntax_errors(),
            is_incomplete,
            functions: functions..functions_end,
            imports: imports..imports_end,
            aliases: aliases..aliases_end,
            names,
        });
        self.read_signatures(module, builtins);
    }

    /// How many functions, imports and aliases there are so far.
    fn counts(&self) -> (u32, u32, u32) {
        let Program { functions, imports, aliases, .. } = &self.program;
        (functions.len() as u32, imports.len() as u32, aliases.len() as u32)
    }

    /// Fills in the kinds of a module's signatures, now that every name that `option::N` may have is declared.
    fn read_signatures(&mut self, module: &module::Module, builtins: &Builtins) {
        let Some(declared) = self.program.module(module.id) else { return };
        for (id, func) in declared.functions().zip(module.tree.funcs()) {
            let Some(declared) = self.program.module(module.id) else { return };
            let function = self.program.function(id);
            let scope = Scope::function(&self.program, builtins, declared, function);
            let Kinds { kind, params, effects } = kinds(&scope, func, &mut self.errors);
            let Some(function) = self.program.functions.get_mut(id.index()) else { return };
            function.kind = kind;
            for (param, kind) in function.params.iter_mut().zip(params) {
                param.kind = kind;
            }
            for (effect, kind) in function.effects.iter_mut().zip(effects) {
                effect.kind = kind;
            }
            function.is_incomplete |= function.params.iter().any(Param::has_name_of_kind);
            signature::check_signature(func, &mut self.errors);
        }
    }
}

/// The kinds of a signature.
struct Kinds {
    kind: Kind,
    params: Vec<Kind>,
    effects: Vec<Kind>,
}

fn kinds(scope: &Scope<'_>, func: &tree::Func, errors: &mut Vec<Diagnostic>) -> Kinds {
    let mut read = |kind: &Name, declared: &Name| {
        scope.kind(kind).unwrap_or_else(|error| {
            errors.push(match Kind::parse(declared.text()) {
                Some(_) => unknown_kind::swapped(kind, declared),
                None => unknown_kind::kind_error(error, kind, scope.builtins),
            });
            Kind::Unknown
        })
    };
    let kind = read(&func.kind, &func.name);
    let params = func.params.params.iter().map(|it| read(&it.kind, &it.name)).collect();
    let effects = func.effects.iter().flat_map(|effects| &effects.params);
    let effects = effects.map(|it| read(&it.kind, &it.name)).collect();
    Kinds { kind, params, effects }
}

impl Declaring<'_> {
    fn functions_and_imports(&mut self, module: &module::Module) {
        for decl in &module.tree.decls {
            let program = &mut self.declarations.program;
            match decl {
                Decl::Import(import) => {
                    let id = ImportId(program.imports.len() as u32);
                    program.imports.push(declared_import(import, module));
                    self.declare(&import.name, Item::Import(id));
                }
                Decl::Func(func) => {
                    let id = FunctionId(program.functions.len() as u32);
                    program.functions.push(declared_function(func, module));
                    self.declare(&func.name, Item::Function(id));
                }
                Decl::Export(_) | Decl::Error(_) => {}
            }
        }
    }

    /// `first` is the number of the module's first function.
    fn aliases(&mut self, tree: &Tree, first: u32) {
        for (func, number) in tree.funcs().zip(first..) {
            // Most functions have none, and looking through them all takes as long as reading them.
            if tree.tokens.has(TokenKind::As, func.span) {
                declare_aliases(self, func, FunctionId(number));
            }
        }
        for import in tree.imports() {
            if tree.tokens.has(TokenKind::As, import.span) {
                refuse_aliases(self, &import.source);
            }
        }
    }

    fn exports(&mut self, tree: &Tree) {
        for export in tree.exports() {
            if let Some(declared) = self.names.get_mut(export.name.text()) {
                declared.is_exported = true;
            }
        }
    }

    /// Reports declarations that have the name of one of the language's own builtins.
    ///
    /// `first` are the numbers of the module's first function, import and alias.
    fn reserved(&mut self, first: [u32; 3]) {
        let Declarations { program, errors, .. } = &mut *self.declarations;
        let [functions, imports, aliases] = first.map(|it| it as usize);
        let imports = program.imports.get(imports..).unwrap_or_default();
        let functions = program.functions.get(functions..).unwrap_or_default();
        let aliases = program.aliases.get(aliases..).unwrap_or_default();
        let names = imports.iter().map(|it| &it.name);
        let names = names.chain(functions.iter().map(|it| &it.name));
        for name in names.chain(aliases.iter().map(|it| &it.name)) {
            let named = self.builtins.named(name.text());
            let Some(builtin) = named.iter().find(|it| it.origin == Origin::Language) else {
                continue;
            };
            if let Some(declared) = self.names.get_mut(name.text()) {
                declared.is_ambiguous = true;
            }
            errors.push(declaration::reserved_name(name, builtin));
        }
    }
}

fn declared_import(import: &tree::Import, module: &module::Module) -> Import {
    Import {
        module: module.id,
        span: import.span,
        name: import.name.clone(),
        is_deprecated: import.from.is_none(),
        source: Expr::Error(import.source.span()),
        target: module.target(import),
    }
}

/// A function whose kinds are not read yet.
fn declared_function(func: &tree::Func, module: &module::Module) -> Function {
    let effects = func.effects.as_ref();
    let params = &func.params.params;
    let fixed = params.split_last().map_or(&[][..], |(_, fixed)| fixed);
    let has_incomplete_effects = effects.is_some_and(|effects| effects.incomplete);
    Function {
        module: module.id,
        span: func.span,
        name: func.name.clone(),
        doc: func.doc.clone(),
        kind: Kind::Unknown,
        kind_span: func.kind.span,
        params: params.iter().map(declared_param).collect(),
        effects: effects.map_or(&[][..], |it| &it.params).iter().map(declared_effect).collect(),
        body: None,
        is_incomplete: func.params.incomplete || has_incomplete_effects,
        is_open: func.params.incomplete || fixed.iter().any(|param| param.variadic.is_some()),
    }
}

/// A parameter whose default, if it has one, is yet to be lowered; that there is one is known already.
fn declared_param(param: &tree::Param) -> Param {
    let default = param.default.as_ref().map(|default| Expr::Error(default.span()));
    Param { default, ..declared_effect(param) }
}

/// An effect has no default: one that is written is an error.
fn declared_effect(effect: &tree::Param) -> Param {
    Param {
        span: effect.span,
        name: effect.name.clone(),
        kind: Kind::Unknown,
        kind_span: effect.kind.span,
        is_variadic: effect.variadic.is_some(),
        default: None,
    }
}

fn comments(tree: &Tree) -> Vec<Span> {
    tree.tokens.of_kind(TokenKind::Comment).map(|Token { span, .. }| span).collect()
}
