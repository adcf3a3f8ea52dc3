//! Which computed imports can be evaluated: those whose expressions need no import that is still to be settled.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::graph::{ModuleId, Modules, Target};
use super::load::ImportRequest;
use super::uses::{calls_of_func, paths_of_expr, paths_of_func};
use crate::syntax::tree::{BindForm, Func, Import, Name, Path};

pub(super) struct Readiness<'a> {
    modules: &'a Modules,
    /// The imports that wait for an answer, each by its module and the start of its declaration.
    waiting: BTreeSet<(ModuleId, u32)>,
    /// Of the modules that were looked into.
    indexes: BTreeMap<ModuleId, Index<'a>>,
}

/// What the names of a module lead to.
struct Index<'a> {
    imports: HashMap<&'a str, &'a Import>,
    /// Functions, and for an alias the function whose body it needs.
    functions: HashMap<&'a str, &'a Func>,
}

impl<'a> Readiness<'a> {
    pub fn new(modules: &'a Modules, waiting: BTreeSet<(ModuleId, u32)>) -> Self {
        Self { modules, waiting, indexes: BTreeMap::new() }
    }

    /// Whether the expression of a request needs nothing that waits.
    pub fn is_ready(&mut self, request: &ImportRequest) -> bool {
        let Some(expr) = request.expr(self.modules) else { return false };
        let mut paths = Vec::new();
        paths_of_expr(expr, &mut |path| paths.push((request.module, path)));
        let mut seen = HashSet::new();
        while let Some((module, path)) = paths.pop() {
            let Some((owner, name)) = self.declaration(module, path) else { return false };
            let Some(func) = self.index(owner).functions.get(name).copied() else { continue };
            if seen.insert(func.span) {
                paths_of_func(func, &mut |path| {
                    if !is_param(func, path.first.text()) {
                        paths.push((owner, path));
                    }
                });
            }
        }
        true
    }

    /// The module and name that a path leads to; `None` if it goes through an import that waits.
    fn declaration(&mut self, module: ModuleId, path: &'a Path) -> Option<(ModuleId, &'a str)> {
        let Some(member) = &path.member else { return Some((module, path.first.text())) };
        // What is wrong with a path is not for here: it leads nowhere, so nothing waits for it.
        let nowhere = Some((module, ""));
        let Some(import) = self.index(module).imports.get(path.first.text()).copied() else {
            return nowhere;
        };
        if self.waiting.contains(&(module, import.span.start)) {
            return None;
        }
        match self.modules.get(module).target(import) {
            Target::Loaded(id) => Some((id, member.text())),
            Target::Unresolved | Target::Failed => nowhere,
        }
    }

    fn index(&mut self, id: ModuleId) -> &Index<'a> {
        let modules = self.modules;
        self.indexes.entry(id).or_insert_with(|| {
            let tree = &modules.get(id).tree;
            let imports = tree.imports().map(|import| (import.name.text(), import)).collect();
            let mut functions = HashMap::new();
            for func in tree.funcs() {
                calls_of_func(func, &mut |call| {
                    let names: Vec<&Name> = match call.binds.as_ref().map(|binds| &binds.form) {
                        Some(BindForm::Single(name)) => vec![name],
                        Some(BindForm::List { binds, .. }) => {
                            binds.iter().map(|bind| &bind.alias).collect()
                        }
                        Some(BindForm::Missing) | None => Vec::new(),
                    };
                    functions.extend(names.into_iter().map(|name| (name.text(), func)));
                });
            }
            functions.extend(tree.funcs().map(|func| (func.name.text(), func)));
            Index { imports, functions }
        })
    }
}

fn is_param(func: &Func, name: &str) -> bool {
    func.params.params.iter().any(|param| param.name.text() == name)
}
