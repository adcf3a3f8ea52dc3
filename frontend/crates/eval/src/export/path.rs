use std::path::Path;
use std::sync::Arc;

use hlb_syntax::diagnostic::{Code, Diagnostic};
use hlb_syntax::source::Span;

use super::Shape;

/// A path of an export that is none in the result of the build, or has to be a file and a directory.
pub static EXPORT_PATH: Code = Code::error("HLB0333", "export-path");

/// Judges the path of an export, in whichever module it stands.
pub fn check_path(path: &str, span: Span) -> Result<(), Diagnostic> {
    let problem = if path.starts_with('/') {
        "is absolute"
    } else if path.starts_with('~') {
        "is in a home directory"
    } else {
        return Ok(());
    };
    let inside = path.trim_start_matches(['~', '/']);
    let inside = if inside.is_empty() { "." } else { inside };
    Err(EXPORT_PATH.at(span, format!("export path `{path}` {problem}")).help(format!(
        "write `\"{inside}\"`, and name the directory with `--output`: a build writes nowhere else"
    )))
}

/// The path inside the result that a path in a module's file names.
pub(super) fn resolve(
    file: &str,
    path: &str,
    shape: Shape,
    span: Span,
) -> Result<Arc<str>, Diagnostic> {
    check_path(path, span)?;
    let dir = Path::new(file).parent().unwrap_or(Path::new(""));
    let inside = path_clean::clean(dir.join(path));
    let inside = if inside.as_os_str() == "." { Path::new("") } else { &inside };
    if inside.starts_with("..") {
        let problem = format!("export path `{path}` leads out of the result of the build");
        return Err(EXPORT_PATH.at(span, problem).help(
            "write a path without `..`, and name the directory above with `--output`: a build writes nowhere else",
        ));
    }
    let names_directory = inside.as_os_str().is_empty() || path.ends_with('/');
    if names_directory && shape == Shape::File {
        let problem = format!("export path `{path}` is a directory, and a file is put there");
        return Err(EXPORT_PATH.at(span, problem).help("write the name of the file too"));
    }
    Ok(inside.display().to_string().into())
}

#[cfg(test)]
mod tests {
    use hlb_syntax::source::Sources;

    use super::*;

    #[test]
    fn paths_are_those_of_the_modules_directory() {
        let span = Span::new(Sources::default().add("a.hlb", "x"), 0, 1);
        let of = |module, path, shape| resolve(module, path, shape, span).ok();
        for (module, path, found) in [
            ("build.hlb", ".", Some("")),
            ("build.hlb", "", Some("")),
            ("build.hlb", "./out//bin/", Some("out/bin")),
            ("lib/x.hlb", "out", Some("lib/out")),
            ("lib/x.hlb", "../out", Some("out")),
            ("lib/x.hlb", "..", Some("")),
            ("lib/x.hlb", "../..", None),
            ("build.hlb", "a/../../b", None),
            ("build.hlb", "..a", Some("..a")),
            ("build.hlb", "/out", None),
            ("build.hlb", "~/out", None),
        ] {
            assert_eq!(of(module, path, Shape::Directory).as_deref(), found, "{module} {path}");
        }
        assert_eq!(of("build.hlb", "out/a.tar", Shape::File).as_deref(), Some("out/a.tar"));
        assert_eq!(of("build.hlb", "out/", Shape::File), None);
        assert_eq!(of("lib/x.hlb", "..", Shape::File), None);
    }
}
