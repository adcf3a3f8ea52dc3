//! The programs that a person names, and what this machine has of what they import.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::bail;
use hlb_program::module::{Answer, Loading, Root};
use hlb_syntax::source::Sources;

use super::arguments::Opt;
use super::file::{Input, hlb_files};
use super::imports::{MODULE, Unread, answer, filesystem};

pub(super) static STDIN_FILENAME: Opt = Opt {
    name: "stdin-filename",
    value: Some("FILE"),
    summary: "Name what is read from stdin (`-`); its imports are found beside it",
};

/// The name of a program on standard input that was given none.
pub(super) const STDIN: &str = "<stdin>";

/// Adds a program to those that are loaded.
pub(super) fn add(
    loading: &mut Loading,
    sources: &mut Sources,
    input: &Input,
    stdin_filename: &str,
) -> anyhow::Result<()> {
    let (root, path) = place(input, stdin_filename)?;
    loading.program(sources, root, &path, input.read()?.into());
    Ok(())
}

/// Adds the files of HLB below a directory, as files of one root: so they are those that they import from each other.
///
/// Each `module.hlb` is left to [`add_modules`].
pub(super) fn add_directory(
    loading: &mut Loading,
    sources: &mut Sources,
    directory: &Path,
) -> anyhow::Result<Vec<PathBuf>> {
    let files = hlb_files(directory)?;
    let (modules, files): (Vec<_>, Vec<_>) =
        files.into_iter().partition(|path| path.file_name().is_some_and(|name| name == MODULE));
    for path in files {
        let name = utf8(path.strip_prefix(directory).unwrap_or(&path))?;
        let root = Root::Program { dir: utf8(directory)?.into() };
        loading.program(sources, root, &name, Input::File(path).read()?.into());
    }
    Ok(modules)
}

/// Adds those that nothing has imported: what imports one decides whether its root is its directory, so that it is known
/// only when the others are loaded.
pub(super) fn add_modules(
    loading: &mut Loading,
    sources: &mut Sources,
    paths: Vec<PathBuf>,
) -> anyhow::Result<()> {
    let loaded = loading.modules().iter().map(|it| path_clean::clean(it.display_name()));
    let loaded: BTreeSet<PathBuf> = loaded.collect();
    for path in paths.into_iter().filter(|path| !loaded.contains(&path_clean::clean(path))) {
        let directory = utf8(path.parent().unwrap_or(Path::new("")))?;
        let text = Input::File(path).read()?;
        loading.program(sources, filesystem(&directory), MODULE, text.into());
    }
    Ok(())
}

fn utf8(path: &Path) -> anyhow::Result<String> {
    match path.to_str() {
        Some(text) => Ok(text.to_owned()),
        None => bail!("{}: not the name of a file, in UTF-8", path.display()),
    }
}

/// Reads what the programs import and this machine has; the rest is left to a build.
pub(super) fn load(loading: &mut Loading, sources: &mut Sources, unread: &mut Unread) {
    loop {
        let pending = loading.pending();
        if pending.is_empty() {
            return;
        }
        for request in pending {
            let answer = answer(&request, loading.modules());
            if let Answer::Unavailable = answer {
                unread.add(&request);
            }
            loading.supply(sources, request.id, answer);
        }
    }
}

/// The directory that the imports of a file are read from, and the file's name in it.
fn place(input: &Input, stdin_filename: &str) -> anyhow::Result<(Root, String)> {
    let path = match input {
        Input::Stdin => Path::new(stdin_filename),
        Input::File(path) => path,
    };
    let text = |path: &Path| path.to_str().map(str::to_owned);
    let name = path.file_name().map(Path::new).and_then(text);
    let directory = path.parent().and_then(text);
    let (Some(name), Some(directory)) = (name, directory) else {
        bail!("{}: not the name of a file, in UTF-8", path.display());
    };
    Ok((Root::Program { dir: directory.into() }, name))
}
