//! Paths of relative imports: inside one root, written with slashes.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use hlb_syntax::diagnostic::{Code, Diagnostic};
use hlb_syntax::source::Span;

/// An import path that leads above the directory that a program is read from.
pub static OUTSIDE_ROOT: Code = Code::error("HLB0102", "import-outside-root");

/// `import` is the name that the import declares; `absolute` says which kind of root it is in.
pub(super) fn outside_root(import: &str, path: &str, absolute: Absolute, span: Span) -> Diagnostic {
    let out_of = match absolute {
        Absolute::Outside => "the program's directory",
        Absolute::FromRoot => "its filesystem",
    };
    let found = OUTSIDE_ROOT.at(span, format!("import `{import}`: `{path}` leads out of {out_of}"));
    if absolute == Absolute::FromRoot {
        return found;
    }
    let inside = path.trim_start_matches(['.', '/', '~']);
    let dir = inside.rsplit_once('/').map_or(inside.trim_end_matches(".hlb"), |(dir, _)| dir);
    let dir = if dir.is_empty() { "lib" } else { dir };
    found.help(format!(
        "write `import {import} from fs {{ local \"{dir}\" }}` to import `{dir}/module.hlb` from the build context"
    ))
}

/// An import path with a control character in it.
pub static CONTROL_CHARACTER_IN_PATH: Code = Code::error("HLB0108", "control-character-in-path");

/// A client is asked for paths in the headers of a request, which hold no control characters, and no file system has NUL in
/// a name (BuildKit 0.13, `session/filesync/filesync.go`).
pub(super) fn control_character(import: &str, path: &str, span: Span) -> Diagnostic {
    let found = path.chars().find(char::is_ascii_control).map_or(0, u32::from);
    let message = format!("import `{import}`: path with the control character U+{found:04X}");
    CONTROL_CHARACTER_IN_PATH.at(span, message).help("rename the file, and write its new name")
}

/// Where a relative path in a file of a root leads; `None` if that is not inside the root.
///
/// `importer` is the importing file inside the root. An absolute path starts at the root if that is a filesystem of
/// its own, and is outside if it is the program's directory.
pub(super) fn normalize(importer: &str, path: &str, absolute: Absolute) -> Option<Arc<str>> {
    if path == "~" || path.starts_with("~/") {
        return None;
    }
    let inside = match (path.strip_prefix('/'), absolute) {
        (Some(_), Absolute::Outside) => return None,
        (Some(rest), Absolute::FromRoot) => PathBuf::from(rest.trim_start_matches('/')),
        (None, _) => Path::new(importer).parent().unwrap_or(Path::new("")).join(path),
    };
    let inside = path_clean::clean(inside);
    match inside.to_str()? {
        "." => Some("".into()),
        _ if inside.starts_with("..") => None,
        text => Some(text.into()),
    }
}

/// What a path that starts with a slash means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Absolute {
    Outside,
    FromRoot,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_paths_stay_inside_the_root() {
        let cases = [
            ("build.hlb", "./lib.hlb", Some("lib.hlb")),
            ("build.hlb", "lib//x/./y.hlb", Some("lib/x/y.hlb")),
            ("sub/a.hlb", "b.hlb", Some("sub/b.hlb")),
            ("sub/a.hlb", "../b.hlb", Some("b.hlb")),
            ("sub/a.hlb", "../../b.hlb", None),
            ("build.hlb", "../b.hlb", None),
            ("build.hlb", "x/../../b.hlb", None),
            ("build.hlb", "/etc/b.hlb", None),
            ("build.hlb", "~/b.hlb", None),
        ];
        for (importer, path, expected) in cases {
            let found = normalize(importer, path, Absolute::Outside);
            assert_eq!(found.as_deref(), expected, "{path} in {importer}");
        }
        let found = normalize("sub/a.hlb", "/etc/b.hlb", Absolute::FromRoot);
        assert_eq!(found.as_deref(), Some("etc/b.hlb"));
    }
}
