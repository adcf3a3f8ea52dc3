//! Contexts: where the build file and the other files of a build come from.
//!
//! In: frontend options. Out: an [`Origin`], from which the build file, the modules beside it and the main context are
//! had, and [`NamedContext`]s. Start at [`Origin::locate`].

mod archive;
mod build_file;
mod main_context;
mod module_files;
mod named;
mod origin;

use std::fmt;

use super::BridgeError;
use hlb_syntax::diagnostic::Diagnostic;

pub use build_file::{
    BUILD_FILE_DIRECTORY, BUILD_FILE_EMPTY, BUILD_FILE_MISSING, BUILD_FILE_NOT_TEXT,
    BUILD_FILE_TOO_LARGE, BuildFile, load_build_file,
};
pub use main_context::{ContextSource, INVALID_IGNORE_FILE, Selection, load_ignore_patterns};
pub use module_files::{Loaded, load_file, load_files};
pub use named::{
    ContextImage, INVALID_CONTEXT, InvalidContext, NamedContext, NamedKind, named_context,
    resolve_named,
};
pub use origin::{BuildFileSource, INVALID_GIT_CONTEXT, Origin};

use main_context::DOCKERIGNORE;

/// Why files could not be loaded.
#[derive(Clone, Debug)]
pub enum LoadError {
    /// The daemon failed; the error goes to the client as it is.
    Bridge(BridgeError),
    /// The user can fix it.
    Diagnostic(Box<Diagnostic>),
}

impl From<BridgeError> for LoadError {
    fn from(error: BridgeError) -> Self {
        Self::Bridge(error)
    }
}

impl From<Diagnostic> for LoadError {
    fn from(error: Diagnostic) -> Self {
        Self::Diagnostic(Box::new(error))
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bridge(error) => error.fmt(f),
            Self::Diagnostic(error) => f.write_str(&error.message),
        }
    }
}

impl std::error::Error for LoadError {}
