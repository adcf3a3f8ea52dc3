//! Which computed imports can be evaluated: those whose expressions need no import that is still to be resolved.
//!
//! A name that is declared more than once, which is an error, leads to all its declarations, so that the errors in each
//! are found.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use hlb_syntax::source::Span;
use hlb_syntax::tree::{BindForm, Binds, Func, Import, Name, Params, Path, Visitor, walk_func};

use super::graph::{ModuleId, Modules, Target};
use super::request::ImportRequest;

pub(super) struct Readiness<'a> {
    modules: &'a Modules,
    /// The imports that wait for an answer, each by its module and the start of its declaration.
    waiting: BTreeSet<(ModuleId, u32)>,
    /// Those of the modules that were needed so far.
    indexes: BTreeMap<ModuleId, Index<'a>>,
}

/// What the names of a module lead to.
struct Index<'a> {
    imports: HashMap<&'a str, Vec<&'a Import>>,
    /// Functions, and for an alias the function whose body it needs.
    functions: HashMap<&'a str, Vec<&'a Func>>,
}

impl<'a> Readiness<'a> {
    pub fn new(modules: &'a Modules, waiting: BTreeSet<(ModuleId, u32)>) -> Self {
        Self { modules, waiting, indexes: BTreeMap::new() }
    }

    /// The declarations that evaluating the expression of a request may run through, its own import first; `None` if
    /// it needs something that waits.
    pub fn reach(&mut self, request: &ImportRequest) -> Option<Vec<Span>> {
        let modules = self.modules;
        let import = modules.get(request.module).import_of(request.span)?;
        let mut reach = vec![import.span];
        let mut paths = Vec::new();
        Paths(&mut |path| paths.push((request.module, path))).visit_expr(&import.source);
        let mut seen = HashSet::new();
        while let Some((module, path)) = paths.pop() {
            for (owner, name) in self.declarations(module, path, &mut reach)? {
                let functions = self.index(owner).functions.get(name).cloned().unwrap_or_default();
                for func in functions {
                    if seen.insert(func.span) {
                        reach.push(func.span);
                        let params = func.params.params.iter().map(|param| param.name.text());
                        let params: HashSet<&str> = params.collect();
                        let mut add = |path: &'a Path| {
                            if !params.contains(path.first.text()) {
                                paths.push((owner, path));
                            }
                        };
                        walk_func(&mut Paths(&mut add), func);
                    }
                }
            }
        }
        Some(reach)
    }

    /// The modules and names that a path leads to; `None` if it goes through an import that waits.
    ///
    /// A path with an error leads nowhere, so nothing waits for it; the checker reports it.
    fn declarations(
        &mut self,
        module: ModuleId,
        path: &'a Path,
        reach: &mut Vec<Span>,
    ) -> Option<Vec<(ModuleId, &'a str)>> {
        let Some(member) = &path.member else { return Some(vec![(module, path.first.text())]) };
        let imports = self.index(module).imports.get(path.first.text()).cloned();
        let mut found = Vec::new();
        for import in imports.unwrap_or_default() {
            if self.waiting.contains(&(module, import.span.start)) {
                return None;
            }
            reach.push(import.span);
            if let Target::Loaded(id) = self.modules.get(module).target(import) {
                found.push((id, member.text()));
            }
        }
        Some(found)
    }

    fn index(&mut self, id: ModuleId) -> &Index<'a> {
        let modules = self.modules;
        self.indexes.entry(id).or_insert_with(|| {
            let tree = &modules.get(id).tree;
            let mut index = Index { imports: HashMap::new(), functions: HashMap::new() };
            for import in tree.imports() {
                index.imports.entry(import.name.text()).or_default().push(import);
            }
            for func in tree.funcs() {
                index.functions.entry(func.name.text()).or_default().push(func);
                Aliases { index: &mut index, func }.visit_func(func);
            }
            index
        })
    }
}

/// Adds the aliases that a function declares.
struct Aliases<'i, 'a> {
    index: &'i mut Index<'a>,
    func: &'a Func,
}

impl<'a> Visitor<'a> for Aliases<'_, 'a> {
    fn visit_binds(&mut self, binds: &'a Binds) {
        let mut add = |name: &'a Name| {
            self.index.functions.entry(name.text()).or_default().push(self.func);
        };
        match &binds.form {
            BindForm::Missing => {}
            BindForm::Single(name) => add(name),
            BindForm::List { binds, .. } => binds.iter().for_each(|bind| add(&bind.alias)),
        }
    }
}

/// Hands over every path, in the order of the text.
struct Paths<'f, 'a>(&'f mut dyn FnMut(&'a Path));

impl<'a> Visitor<'a> for Paths<'_, 'a> {
    fn visit_path(&mut self, path: &'a Path) {
        (self.0)(path);
    }

    /// An effect has no default: one that is written is an error, which the checker reports.
    fn visit_effects(&mut self, _effects: &'a Params) {}
}
