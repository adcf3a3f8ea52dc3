//! Paths of relative imports: inside one root, written with slashes.

use std::sync::Arc;

use hlb_syntax::diagnostic::{Code, Diagnostic};
use hlb_syntax::source::Span;

/// An import path that leads above the directory that a program is read from.
pub static OUTSIDE_ROOT: Code = Code::error("HLB0102", "import-outside-root");

/// `import` is the name that the import declares, `absolute` tells the roots apart.
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

/// Where a relative path in a file of a root leads; `None` if that is not inside the root.
///
/// `importer` is the importing file inside the root. An absolute path starts at the root if that is a filesystem of
/// its own, and is outside if it is the program's directory.
pub(super) fn normalize(importer: &str, path: &str, absolute: Absolute) -> Option<Arc<str>> {
    if path == "~" || path.starts_with("~/") {
        return None;
    }
    let mut parts = Vec::new();
    if path.starts_with('/') {
        if absolute == Absolute::Outside {
            return None;
        }
    } else {
        parts.extend(importer.split('/'));
        parts.pop();
    }
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            _ => parts.push(part),
        }
    }
    Some(parts.join("/").into())
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
