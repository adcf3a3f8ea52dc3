//! What is wrong with an import that does not get its module.

use hlb_syntax::diagnostic::{Code, Diagnostic};
use hlb_syntax::source::Span;
use hlb_syntax::tree::Import;

use super::request::ImportSource;

/// An import of a file that does not exist.
pub static MISSING_MODULE: Code = Code::error("HLB0101", "missing-module");

/// An import of a file that exists and can't be read as text.
pub static UNREADABLE_MODULE: Code = Code::error("HLB0105", "unreadable-module");

/// A module of a filesystem that is imported by a module of another one, and so on, deeper than the limit.
pub static IMPORTS_TOO_DEEP: Code = Code::error("HLB0107", "imports-too-deep");

/// How many filesystems may be between the program and a module.
///
/// A module can import a filesystem that it makes of its own, with itself in it: such a chain has no cycle, and without a
/// limit it has no end.
pub(super) const MAX_DEPTH: usize = 32;

/// An import by a module that is imported by another, and so on, deeper than the limit.
pub static IMPORT_CHAIN_TOO_LONG: Code = Code::error("HLB0109", "import-chain-too-long");

/// How many modules may be between the program and a module.
///
/// Each level waits for the one before it, so that a chain takes as many round trips as it is long.
pub(super) const MAX_CHAIN: usize = 1000;

pub(super) fn missing_module(import: &Import, span: Span, source: &ImportSource) -> Diagnostic {
    let name = &import.name;
    let message = match source {
        ImportSource::File { root, path } => {
            format!("import `{name}`: no file `{}`", root.display(path))
        }
        ImportSource::Git(uri) => {
            format!("import `{name}`: no file `{}` in the repository", uri.file)
        }
        ImportSource::Computed(_) => {
            format!("import `{name}`: no `module.hlb` at the root of the filesystem")
        }
    };
    let found = MISSING_MODULE.at(span, message);
    match source {
        ImportSource::File { path, .. } if path.contains('\\') => {
            found.help("write `/` between directories")
        }
        _ => found,
    }
}

pub(super) fn unreadable_module(import: &Import, span: Span, problem: &str) -> Diagnostic {
    UNREADABLE_MODULE.at(span, format!("import `{}`: {problem}", import.name))
}

/// The root of a filesystem in the place of a file.
pub(super) fn directory(import: &Import, span: Span) -> Diagnostic {
    let message = format!("import `{}`: it is a directory", import.name);
    UNREADABLE_MODULE.at(span, message).help("name a file, such as `./module.hlb`")
}

pub(super) fn too_deep(import: &Import, span: Span) -> Diagnostic {
    let name = &import.name;
    let message = format!(
        "import `{name}`: filesystems are imported from each other more than {MAX_DEPTH} deep"
    );
    IMPORTS_TOO_DEEP
        .at(span, message)
        .help("import the module by its path if it is in this filesystem")
}

pub(super) fn chain_too_long(import: &Import, span: Span) -> Diagnostic {
    let name = &import.name;
    let message = format!("import `{name}`: modules import each other more than {MAX_CHAIN} deep");
    IMPORT_CHAIN_TOO_LONG.at(span, message).help("import the module from one nearer to the program")
}
