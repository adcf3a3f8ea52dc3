//! Ignore files on this machine.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use hlb_gateway::context::IgnoreFile;
use hlb_program::module::Root;
use hlb_program::program::Module;

/// The ignore file of a whole directory, and the end of the name of one that is for a single build file.
const DOCKERIGNORE: &str = ".dockerignore";

/// The ignore files that were looked for.
#[derive(Default)]
pub(super) struct Ignored {
    /// By the path of the module; nothing if there is none that can be read.
    files: BTreeMap<PathBuf, Option<IgnoreFile>>,
}

impl Ignored {
    /// Which line of which ignore file leaves out a path of the build context, for a module of the program.
    ///
    /// Which directory a build will have as its context is not known here: it is mostly the working directory, else that of
    /// the program. What is wrong with an ignore file is reported by the build.
    pub fn excluding(&mut self, module: &Module, path: &str) -> Option<String> {
        let Root::Program { dir } = &module.root else { return None };
        let directory = Path::new(&**dir);
        let file = directory.join(&*module.path);
        let found = self.files.entry(file.clone()).or_insert_with(|| {
            let mut own = file.into_os_string();
            own.push(DOCKERIGNORE);
            let candidates = [own.into(), DOCKERIGNORE.into(), directory.join(DOCKERIGNORE)];
            candidates.iter().find_map(|it: &PathBuf| read(it))
        });
        let file = found.as_ref()?;
        let line = file.line_excluding(path)?;
        Some(format!("{}, line {line}", file.name()))
    }
}

fn read(path: &Path) -> Option<IgnoreFile> {
    let content = std::fs::read(path).ok()?;
    IgnoreFile::parse(&format!("`{}`", path.display()), &content).ok()
}
