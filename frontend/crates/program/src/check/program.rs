use std::collections::BTreeSet;

use hlb_syntax::diagnostic::Diagnostic;
use hlb_syntax::tree::Name;

use super::rule::recursion::recursion;
use super::rule::{export, unknown_name};
use super::scope::{Item, Scope, Scopes};
use super::walk::{Keep, Walked, walk_function, walk_import};
use crate::builtin::Builtins;
use crate::module::{Modules, import_cycles};

/// Finds every error of all modules, those of their syntax and loading included, by file and position.
///
/// What an import that is not loaded exports is not judged; so this can run before computed imports are evaluated,
/// and again after.
pub fn check(modules: &Modules, builtins: &Builtins) -> Vec<Diagnostic> {
    let scopes = Scopes::new(modules, builtins);
    let mut found = modules.iter().flat_map(|it| it.errors.iter().cloned()).collect::<Vec<_>>();
    let cycles = import_cycles(modules);
    let cyclic = cycles.iter().filter_map(|it| it.span).collect();
    found.extend(cycles);
    let mut walked =
        scopes.iter().map(|scope| units(&scopes, scope, Keep::Declared)).collect::<Vec<_>>();
    recursion(&scopes, &walked, &cyclic, &mut found);
    for (scope, walked) in scopes.iter().zip(&mut walked) {
        found.extend(scope.errors.iter().cloned());
        exports(&scopes, scope, &mut found);
        found.extend(walked.iter_mut().flat_map(|walked| walked.errors.drain(..)));
    }
    sort(modules, &mut found);
    found
}

/// The imports and functions of a module, each walked over; first all imports, then all functions.
pub(super) fn units<'s>(
    scopes: &'s Scopes<'s>,
    scope: &'s Scope<'s>,
    keep: Keep,
) -> Vec<Walked<'s>> {
    let imports = scope.imports.iter().map(|import| walk_import(scopes, scope, import, keep));
    let functions = scope.functions.iter().map(|it| walk_function(scopes, scope, it, keep));
    imports.chain(functions).collect()
}

fn exports(scopes: &Scopes<'_>, scope: &Scope<'_>, found: &mut Vec<Diagnostic>) {
    let names = scope.module.tree.exports().map(|export| &export.name);
    found.extend(names.filter_map(|name| wrong_export(scopes, scope, name)));
}

fn wrong_export(scopes: &Scopes<'_>, scope: &Scope<'_>, name: &Name) -> Option<Diagnostic> {
    match scope.lookup(name.text()) {
        _ if name.text().is_empty() => None,
        Some(Item::Func(_) | Item::Alias(_) | Item::Import(_)) => None,
        None if !scopes.builtins.named(name.text()).is_empty() => {
            Some(export::exported_builtin(name))
        }
        None if scope.lost => None,
        None => Some(unknown_name::unknown_export(scopes, scope, name)),
    }
}

/// Sorts by file and position, and drops what is reported twice: a file may be a program of its own and an import of
/// another, and is then loaded for each.
pub(super) fn sort(modules: &Modules, found: &mut Vec<Diagnostic>) {
    found.sort_by_cached_key(|it| (it.span, it.code.id, it.message.clone()));
    let mut seen = BTreeSet::new();
    found.retain(|it| {
        let Some(span) = it.span else { return true };
        let file = modules.of_file(span.file).map(|module| module.display_name());
        seen.insert((file, span.start, span.end, it.code.id, it.message.clone()))
    });
}
