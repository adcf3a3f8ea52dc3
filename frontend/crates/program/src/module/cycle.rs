//! Cycles of imports.

use hlb_syntax::diagnostic::{Code, Diagnostic};
use hlb_syntax::tree::Import;

use super::{Module, ModuleId, Modules, Target};

/// A module that imports itself, directly or through others.
pub static IMPORT_CYCLE: Code = Code::error("HLB0103", "import-cycle");

/// The most imports of a cycle that its diagnostic shows beside the one that closes it.
const MAX_LABELS: usize = 12;

/// Reports each import that closes a cycle, in the order of a walk from the program's first import.
#[expect(clippy::indexing_slicing, reason = "every module has a state")]
pub fn import_cycles(modules: &Modules) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut states = vec![State::Unseen; modules.len()];
    for module in modules.iter() {
        if states[module.id.index()] == State::Unseen {
            walk(modules, module.id, &mut states, &mut found);
        }
    }
    found
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Unseen,
    /// On the path from the start of the walk, at this depth.
    Open(usize),
    Done,
}

/// A module on the path of the walk, with its loaded imports that are not followed yet.
struct Step<'a> {
    module: &'a Module,
    imports: std::vec::IntoIter<(&'a Import, ModuleId)>,
    /// The one that is being followed.
    current: Option<&'a Import>,
}

impl<'a> Step<'a> {
    fn new(module: &'a Module) -> Self {
        let loaded = |import| match module.target(import) {
            Target::Loaded(id) => Some((import, id)),
            Target::Unresolved | Target::Failed => None,
        };
        let imports = module.tree.imports().filter_map(loaded).collect::<Vec<_>>().into_iter();
        Self { module, imports, current: None }
    }
}

#[expect(
    clippy::indexing_slicing,
    reason = "every module has a state, and an open one is on the path at its depth"
)]
fn walk(modules: &Modules, start: ModuleId, states: &mut [State], found: &mut Vec<Diagnostic>) {
    let mut path = vec![Step::new(modules.get(start))];
    states[start.index()] = State::Open(0);
    while let Some(step) = path.last_mut() {
        let Some((import, id)) = step.imports.next() else {
            states[step.module.id.index()] = State::Done;
            path.pop();
            continue;
        };
        step.current = Some(import);
        match states[id.index()] {
            State::Done => {}
            State::Open(depth) => found.push(import_cycle(&path[depth..], import)),
            State::Unseen => {
                states[id.index()] = State::Open(path.len());
                path.push(Step::new(modules.get(id)));
            }
        }
    }
}

/// `cycle` is never empty: its last step has the import that leads back to its first.
fn import_cycle(cycle: &[Step<'_>], closing: &Import) -> Diagnostic {
    let names = cycle.iter().map(|step| step.module.display_name()).collect::<Vec<_>>();
    let message = match names.as_slice() {
        [own] => format!("import `{}`: `{own}` imports itself", closing.name),
        [first, .., last] => {
            format!("import `{}`: `{first}` leads back to `{last}`", closing.name)
        }
        [] => format!("import `{}` closes a cycle", closing.name),
    };
    let mut found = IMPORT_CYCLE.at(closing.source.span(), message);
    let links = cycle.iter().zip(&names).zip(names.iter().skip(1));
    for ((step, importer), imported) in links.take(MAX_LABELS) {
        if let Some(import) = step.current {
            let text = format!("`{importer}` imports `{imported}`");
            found = found.label(import.source.span(), text);
        }
    }
    found.help("move what both need into a module of its own")
}
