//! Modules: the files of a program, what each imports, and the cycles that imports must not form.
//!
//! In: the text of files, as the caller finds them. Out: [`Modules`], each with its tree, the targets of its imports
//! and the errors that loading found. It never reads a file or waits: [`Loading`] says which files it needs, and
//! the caller answers. Knows nothing of names, kinds or builtins. Start at [`Loading`].

mod cycle;
mod error;
mod graph;
mod load;
mod path;
mod ready;
mod request;
mod uri;

pub use cycle::{IMPORT_CYCLE, import_cycles};
pub use error::{IMPORT_CHAIN_TOO_LONG, IMPORTS_TOO_DEEP, MISSING_MODULE, UNREADABLE_MODULE};
pub use graph::{Module, ModuleId, Modules, Root, Target};
pub use load::{Loading, load, plain_text};
pub use path::{CONTROL_CHARACTER_IN_PATH, OUTSIDE_ROOT};
pub use request::{Answer, ImportRequest, ImportSource, RequestId};
pub use uri::{GitUri, MALFORMED_GIT_URI, Transport, UNKNOWN_SCHEME, Uri};

use hlb_syntax::diagnostic::Code;

/// Every rule of loading.
pub static CODES: &[&Code] = &[
    &MISSING_MODULE,
    &OUTSIDE_ROOT,
    &IMPORT_CYCLE,
    &UNKNOWN_SCHEME,
    &UNREADABLE_MODULE,
    &MALFORMED_GIT_URI,
    &IMPORTS_TOO_DEEP,
    &CONTROL_CHARACTER_IN_PATH,
    &IMPORT_CHAIN_TOO_LONG,
];

#[cfg(test)]
mod tests;
