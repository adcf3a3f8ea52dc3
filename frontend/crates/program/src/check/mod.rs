//! Checking: names, kinds, arity and binds of loaded modules.
//!
//! In: [`Modules`] and a [`Builtins`] table. Out: the checked [`Program`], and every error in it. Knows nothing of
//! values, and nothing of how modules are found. Start at [`check`]. First `declare.rs` collects what each module
//! declares; then `lower.rs` goes once over what functions and imports evaluate, and resolves, checks and lowers it.
//! Each rule is in a file of its own.

mod alias;
mod declarations;
mod declare;
mod expected;
mod lower;
mod one_cause;
mod resolve;
mod rule;
mod scope;
mod suggest;

use std::collections::HashSet;

use hlb_syntax::diagnostic::{Diagnostic, SuggestionBudget};

use crate::builtin::Builtins;
use crate::module::{Modules, import_cycles};
use crate::program::{Program, sort_diagnostics};
use declarations::{Clauses, Declarations};
use lower::{Lowered, Lowering};
use rule::recursion::recursion;
use rule::{export, unknown_name};
use scope::Scope;

pub use rule::CODES;

/// Checks all modules: what they are together, and every error in them, those of their syntax and loading included, by
/// file and position.
///
/// What an import that is not loaded exports is not checked; so this can run before computed imports are evaluated,
/// and again after.
pub fn check(modules: &Modules, builtins: &Builtins) -> (Program, Vec<Diagnostic>) {
    let mut found = modules.iter().flat_map(|it| it.errors.iter().cloned()).collect::<Vec<_>>();
    let cycles = import_cycles(modules);
    let cyclic: HashSet<_> = cycles.iter().filter_map(|it| it.span).collect();
    found.extend(cycles);
    let Declarations { mut program, clauses, errors } = Declarations::of(modules, builtins);
    found.extend(errors);
    let run = Run { modules, builtins, clauses: &clauses };
    lower(&run, &mut program, &mut found);
    recursion(&program, &cyclic, &mut found);
    sort_diagnostics(&program, &mut found);
    (program, found)
}

/// What lowering reads besides the declarations.
struct Run<'r> {
    modules: &'r Modules,
    builtins: &'r Builtins,
    clauses: &'r Clauses,
}

impl Run<'_> {
    fn lowering<'l, 'c>(
        &'l self,
        scope: Scope<'c>,
        errors: &'l mut Vec<Diagnostic>,
        budget: &'l mut SuggestionBudget,
    ) -> Lowering<'l, 'c> {
        Lowering { scope, clauses: self.clauses, errors, budget }
    }
}

/// Fills in what functions and imports evaluate.
fn lower(run: &Run<'_>, program: &mut Program, found: &mut Vec<Diagnostic>) {
    let mut budget = SuggestionBudget::default();
    let (mut sources, mut functions) = (Vec::new(), Vec::new());
    for (module, loaded) in program.modules.iter().zip(run.modules.iter()) {
        for import in loaded.tree.imports() {
            let scope = Scope::module(program, run.builtins, module);
            sources.push(run.lowering(scope, found, &mut budget).import(import));
        }
        for (id, func) in module.functions().zip(loaded.tree.funcs()) {
            let scope = Scope::function(program, run.builtins, module, program.function(id));
            functions.push(run.lowering(scope, found, &mut budget).function(func));
        }
        let scope = Scope::module(program, run.builtins, module);
        found.extend(wrong_exports(&scope, &mut budget));
    }
    for (import, source) in program.imports.iter_mut().zip(sources) {
        import.source = source;
    }
    for (function, Lowered { defaults, body }) in program.functions.iter_mut().zip(functions) {
        for (param, default) in function.params.iter_mut().zip(defaults) {
            param.default = default;
        }
        function.body = body;
    }
}

fn wrong_exports(scope: &Scope<'_>, budget: &mut SuggestionBudget) -> Vec<Diagnostic> {
    let unknown = scope.module.exports.iter().filter(|export| export.item.is_none());
    let names = unknown.map(|export| &export.name).filter(|name| !name.text().is_empty());
    let wrong = names.filter_map(|name| match scope.builtins.named(name.text()) {
        [] if scope.module.is_incomplete => None,
        [] => Some(unknown_name::unknown_export(scope, name, budget)),
        _ => Some(export::exported_builtin(name)),
    });
    wrong.collect()
}

#[cfg(test)]
mod tests;
