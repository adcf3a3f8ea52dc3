//! The programs that a person names, and what this machine has of what they import.

use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use anyhow::bail;
use hlb_program::module::{Answer, ImportRequest, ImportSource, Loading, Root};
use hlb_syntax::source::Sources;

use super::arguments::Opt;
use super::file::{Input, read_text};

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

/// Reads what the programs import and this machine has.
pub(super) fn load(loading: &mut Loading, sources: &mut Sources) {
    loop {
        let pending = loading.pending();
        if pending.is_empty() {
            return;
        }
        for request in pending {
            let answer = answer(&request);
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

fn answer(request: &ImportRequest) -> Answer {
    let ImportSource::File { root: Root::Program { dir }, path } = &request.source else {
        // Filesystems and repositories are the daemon's.
        return Answer::Unavailable;
    };
    match std::fs::File::open(Path::new(&**dir).join(&**path)).and_then(read_text) {
        Ok(text) => Answer::Text(Arc::from(text)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Answer::Missing
        }
        Err(error) => Answer::Unreadable(error.to_string()),
    }
}
