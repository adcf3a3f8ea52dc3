use std::collections::{BTreeSet, HashMap};

use hlb_syntax::diagnostic::Diagnostic;

use super::Program;

/// Sorts by file and position, and drops what is reported twice: a file may be a program of its own and an import of
/// another, and is then loaded for each.
pub(crate) fn sort_diagnostics(program: &Program, found: &mut Vec<Diagnostic>) {
    found.sort_by_cached_key(|it| (it.span, it.code.id, it.message.clone()));
    let names = program.modules().map(|module| (module.file, module.display_name()));
    let names: HashMap<_, _> = names.collect();
    let mut seen = BTreeSet::new();
    found.retain(|it| {
        let Some(span) = it.span else { return true };
        let file = names.get(&span.file);
        seen.insert((file, span.start, span.end, it.code.id, it.message.clone()))
    });
}
