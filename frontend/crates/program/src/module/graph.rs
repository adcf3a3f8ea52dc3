use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hlb_syntax::Tree;
use hlb_syntax::diagnostic::Diagnostic;
use hlb_syntax::source::{FileId, Span};
use hlb_syntax::tree::Import;

/// The modules of one run, each under its [`ModuleId`]; the program itself comes first.
#[derive(Clone, Debug, Default)]
pub struct Modules {
    modules: Vec<Module>,
    by_file: BTreeMap<FileId, ModuleId>,
    by_path: BTreeMap<(Root, Arc<str>), ModuleId>,
    /// The files that are built or checked themselves.
    programs: BTreeSet<ModuleId>,
}

/// A loaded file.
#[derive(Clone, Debug)]
pub struct Module {
    pub id: ModuleId,
    /// Where its relative imports and its `local`s are read from.
    pub root: Root,
    /// The file inside its root: normalized, with slashes, without one in front.
    pub path: Arc<str>,
    pub tree: Arc<Tree>,
    /// By the start of the import declaration: a name may be declared more than once, which is an error.
    targets: BTreeMap<u32, Target>,
    /// The errors in its syntax and of its imports, in the order in which they were found.
    pub errors: Vec<Diagnostic>,
    syntax_errors: usize,
}

/// A module of a [`Modules`] table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModuleId(u32);

/// The one directory that a module and its relative imports live in.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Root {
    /// The directory of the file that is built or checked, as people name it; empty for the working directory.
    Program { dir: Arc<str> },
    /// The root of another filesystem. The key tells filesystems apart and means nothing else; the name is for people.
    Filesystem { key: Arc<str>, name: Arc<str> },
}

/// What an import leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    Loaded(ModuleId),
    /// Not requested yet, or not available without a daemon; its members are accepted unchecked.
    Unresolved,
    /// An error that is already reported; its members are accepted unchecked.
    Failed,
}

impl Modules {
    /// The module of an id that this table gave out.
    #[expect(clippy::indexing_slicing, reason = "a `ModuleId` is the index of a module of these")]
    pub fn get(&self, id: ModuleId) -> &Module {
        &self.modules[id.index()]
    }

    /// The module of a source file.
    pub fn of_file(&self, file: FileId) -> Option<&Module> {
        self.by_file.get(&file).map(|id| self.get(*id))
    }

    /// The module of a file of a root, if it is loaded.
    pub fn at(&self, root: &Root, path: &Arc<str>) -> Option<ModuleId> {
        self.by_path.get(&(root.clone(), path.clone())).copied()
    }

    /// All modules, in the order in which they were loaded.
    pub fn iter(&self) -> impl Iterator<Item = &Module> {
        self.modules.iter()
    }

    pub fn len(&self) -> usize {
        self.modules.len()
    }

    pub fn is_empty(&self) -> bool {
        self.modules.is_empty()
    }

    /// Adds a parsed file whose imports are unresolved; `errors` are those of its syntax.
    ///
    /// The caller has made sure that the file is not loaded yet.
    pub fn add(
        &mut self,
        root: Root,
        path: Arc<str>,
        tree: Tree,
        errors: Vec<Diagnostic>,
    ) -> ModuleId {
        let id = ModuleId(self.modules.len() as u32);
        self.by_file.insert(tree.file, id);
        self.by_path.insert((root.clone(), path.clone()), id);
        let tree = Arc::new(tree);
        let (targets, syntax_errors) = (BTreeMap::new(), errors.len());
        self.modules.push(Module { id, root, path, tree, targets, errors, syntax_errors });
        id
    }

    /// Marks a file as one that is built or checked itself.
    pub fn add_program(&mut self, id: ModuleId) {
        self.programs.insert(id);
    }

    /// Whether a file is built or checked itself, rather than only imported.
    pub fn is_program(&self, id: ModuleId) -> bool {
        self.programs.contains(&id)
    }

    /// Sets what an import of a module leads to.
    pub fn resolve(&mut self, id: ModuleId, import_start: u32, target: Target) {
        self.get_mut(id).targets.insert(import_start, target);
    }

    /// Adds an error to those of a module.
    pub fn error(&mut self, id: ModuleId, error: Diagnostic) {
        self.get_mut(id).errors.push(error);
    }

    #[expect(clippy::indexing_slicing, reason = "a `ModuleId` is the index of a module of these")]
    fn get_mut(&mut self, id: ModuleId) -> &mut Module {
        &mut self.modules[id.index()]
    }
}

impl Module {
    /// What one of its imports leads to.
    pub fn target(&self, import: &Import) -> Target {
        self.targets.get(&import.span.start).copied().unwrap_or(Target::Unresolved)
    }

    /// The import declaration of a name; the first, if there are several.
    pub fn import(&self, name: &str) -> Option<&Import> {
        self.tree.imports().find(|import| import.name.text() == name)
    }

    /// The import declaration that starts at an offset.
    pub fn import_at(&self, start: u32) -> Option<&Import> {
        self.tree.import_around(start).filter(|import| import.span.start == start)
    }

    /// The import declaration whose source has this span.
    pub fn import_of(&self, source: Span) -> Option<&Import> {
        self.tree.import_around(source.start).filter(|import| import.source.span() == source)
    }

    /// Whether the tree lacks something of the text.
    pub fn has_syntax_errors(&self) -> bool {
        self.syntax_errors > 0
    }

    /// The name that people know its file by.
    pub fn display_name(&self) -> String {
        self.root.display(&self.path)
    }
}

impl ModuleId {
    /// Counts from 0 in the order of loading.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl Root {
    /// The name that people know a file of this root by.
    pub fn display(&self, path: &str) -> String {
        match self {
            Self::Program { dir } if dir.is_empty() => path.to_owned(),
            Self::Program { dir } if dir.ends_with('/') => format!("{dir}{path}"),
            Self::Program { dir: name } | Self::Filesystem { name, .. } => format!("{name}/{path}"),
        }
    }
}
