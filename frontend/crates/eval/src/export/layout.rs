use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use hlb_syntax::diagnostic::Diagnostic;
use hlb_syntax::source::Span;
use llb::{FileAction, FileCopy, Metadata, State};

use super::path::EXPORT_PATH;
use super::{Contents, Export, Exports, Shape};

/// The result of the build that exports make, each over those before it.
///
/// What is an archive is not copied: `lay_over` lays its filesystem over another one, if the daemon can do that.
///
/// # Errors
/// Every export that needs a file where an earlier one needs a directory, or the other way around.
pub fn layout(
    exports: &Exports,
    lay_over: impl Fn(&State, &State, Metadata) -> Option<State>,
) -> Result<State, Vec<Diagnostic>> {
    let errors = conflicts(exports);
    if !errors.is_empty() {
        return Err(errors);
    }
    Ok(exports.iter().fold(State::Scratch, |result, export| match (&result, &export.contents) {
        // To copy all of a filesystem into an empty one changes nothing.
        (State::Scratch, Contents::Directory(whole)) if export.path.is_empty() => whole.clone(),
        (State::Scratch, Contents::Archive { written, .. }) => written.clone(),
        (_, Contents::Archive { written, .. }) => {
            lay_over(&result, written, export.metadata.clone())
                .unwrap_or_else(|| copied(result, export))
        }
        _ => copied(result, export),
    }))
}

fn copied(result: State, export: &Export) -> State {
    llb::file(result, vec![FileAction::Copy(copy(export))], export.metadata.clone())
}

fn copy(export: &Export) -> FileCopy {
    let dest = format!("/{}", export.path);
    let copy = FileCopy { dest, create_dest_path: true, ..FileCopy::default() };
    match &export.contents {
        Contents::Directory(from) => {
            FileCopy { from: from.clone(), src: "/".to_owned(), dir_copy_contents: true, ..copy }
        }
        Contents::File { from, path } => {
            FileCopy { from: from.clone(), src: path.to_string(), ..copy }
        }
        Contents::Archive { written, .. } => {
            FileCopy { from: written.clone(), src: copy.dest.clone(), ..copy }
        }
    }
}

fn conflicts(exports: &Exports) -> Vec<Diagnostic> {
    let mut known: BTreeMap<&str, (Shape, Span)> = BTreeMap::new();
    let mut errors = Vec::new();
    for export in exports.iter() {
        let shape = export.contents.shape();
        let above = export.path.match_indices('/').filter_map(|(end, _)| export.path.get(..end));
        let above = above.map(|path| (path, Shape::Directory));
        for (path, shape) in above.chain([(&*export.path, shape)]) {
            match known.entry(path) {
                Entry::Vacant(entry) => {
                    entry.insert((shape, export.span));
                }
                Entry::Occupied(entry) if entry.get().0 == shape => {}
                Entry::Occupied(entry) => {
                    errors.push(conflict(path, shape, export.span, entry.get().1));
                    break;
                }
            }
        }
    }
    errors.extend(images(exports));
    errors
}

/// Images of which one would be lost: two names have the same file.
fn images(exports: &Exports) -> Vec<Diagnostic> {
    let mut known: BTreeMap<&str, (&str, Span)> = BTreeMap::new();
    let mut errors = Vec::new();
    for export in exports.iter() {
        let Contents::Archive { name: Some(name), .. } = &export.contents else { continue };
        match known.entry(&export.path) {
            Entry::Occupied(entry) if entry.get().0 != &**name => {
                let (path, (other, span)) = (entry.key(), entry.get());
                let message =
                    format!("`{path}` in the result would be image `{name}` and image `{other}`");
                let found = EXPORT_PATH.at(export.span, message).label(*span, "exported here");
                errors.push(
                    found.help("write one of them with `downloadDockerTarball` to another path"),
                );
            }
            entry => {
                entry.or_insert((name, export.span));
            }
        }
    }
    errors
}

fn conflict(path: &str, shape: Shape, span: Span, earlier: Span) -> Diagnostic {
    let (wanted, found) = match shape {
        Shape::File => ("file", "directory"),
        Shape::Directory => ("directory", "file"),
    };
    EXPORT_PATH
        .at(span, format!("`{path}` in the result would be a {wanted} and a {found}"))
        .label(earlier, format!("exported as a {found} here"))
        .help("export one of them to another path")
}

#[cfg(test)]
mod tests {
    use hlb_syntax::source::Sources;

    use super::*;

    /// The messages of exports to these paths; one that ends in `.tar` is a file.
    fn errors(paths: &[&str]) -> Vec<String> {
        let span = Span::new(Sources::default().add("a.hlb", "x"), 0, 1);
        let mut exports = Exports::default();
        for path in paths {
            let from = State::Scratch;
            let contents = match path.ends_with(".tar") {
                true => Contents::File { from, path: "/x".into() },
                false => Contents::Directory(from),
            };
            let metadata = Metadata::default();
            exports.push(Export { path: (*path).into(), contents, span, metadata });
        }
        let found = layout(&exports, |_, _, _| None).err().unwrap_or_default();
        found.into_iter().map(|error| error.message).collect()
    }

    #[test]
    fn a_path_is_a_file_or_a_directory() {
        assert!(errors(&["", "a", "a/b", "a/b/c.tar", "a", "a/b/c.tar", "d.tar"]).is_empty());
        let both = ["`a.tar` in the result would be a directory and a file"];
        assert_eq!(errors(&["a.tar", "a.tar/b"]), both);
        assert_eq!(errors(&["a.tar", "a.tar/b/c.tar", "d"]), both);
        let both = ["`a.tar` in the result would be a file and a directory"];
        assert_eq!(errors(&["a.tar/b", "a.tar"]), both);
    }
}
