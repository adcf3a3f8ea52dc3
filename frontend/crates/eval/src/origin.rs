use std::collections::BTreeMap;
use std::sync::Arc;

use hlb_program::module::{Root, Target};
use hlb_program::program::{Import, Module, Program};
use hlb_syntax::source::FileId;

/// Which modules are from elsewhere than the program, by the names that the client knows these places by.
///
/// A git repository is named by its URI without the file, and any other filesystem by the import that a module is from: `lib`,
/// or `lib.more` if that import is itself in what `lib` is imported from. So no module can take the name of another one.
pub struct Origins {
    names: BTreeMap<FileId, Arc<str>>,
}

impl Origins {
    pub(super) fn of(program: &Program) -> Self {
        let mut roots: BTreeMap<&Root, Arc<str>> = BTreeMap::new();
        // Who imports a module is loaded before it.
        for importer in program.modules() {
            for import in importer.imports().map(|id| program.import(id)) {
                let Target::Loaded(id) = import.target else { continue };
                let Some(Module { root, .. }) = program.module(id) else { continue };
                if let Root::Filesystem { name, .. } = root
                    && *root != importer.root
                    && !roots.contains_key(root)
                {
                    roots.insert(root, origin(name, import, roots.get(&importer.root)));
                }
            }
        }
        let names = program.modules();
        let names = names.filter_map(|it| Some((it.file, roots.get(&it.root)?.clone())));
        Self { names: names.collect() }
    }

    /// Where the module of a file is from, unless that is where the program is from.
    pub fn of_file(&self, file: FileId) -> Option<Arc<str>> {
        self.names.get(&file).cloned()
    }
}

/// The name of a filesystem that is shown as `shown`, in a module from `within`.
fn origin(shown: &str, import: &Import, within: Option<&Arc<str>>) -> Arc<str> {
    let uri = shown.trim_end_matches(':');
    match within {
        _ if uri.contains("://") => uri.into(),
        Some(within) => format!("{within}.{}", import.name.text()).into(),
        None => import.name.text().into(),
    }
}
