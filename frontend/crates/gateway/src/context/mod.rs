//! Contexts: where the build file and the other files of a build come from.
//!
//! In: frontend options. Out: a [`BuildContext`], from which the build file, the modules beside it and the main context
//! are loaded, and [`NamedContext`]s, which the client puts in the place of images. Start at [`BuildContext::locate`].

mod archive;
mod build_context;
mod build_file;
mod exclude;
mod ignore;
mod inputs;
mod main_context;
mod module_files;
mod named;
mod pattern;
mod source_date;

use std::fmt;

use gateway_proto::caps::{EXEC_VALIDEXITCODE, SOURCE_LOCAL_DIFFER};
use hlb_syntax::diagnostic::{Code, Diagnostic};
use llb::{Differ, Edge};

use crate::bridge::{Bridge, BridgeError};

pub use build_context::{BuildContext, BuildFileSource};
pub use build_file::{BuildFile, load_build_file};
pub use ignore::IgnoreFile;
pub use inputs::Inputs;
pub use main_context::{ContextSource, load_ignore_file};
pub use module_files::{Loaded, ModuleFiles, load_file};
pub use named::{
    ContextImage, InvalidContext, NamedContext, NamedKind, named_context, resolve_named,
};
pub use source_date::{SourceAge, filesystem_age, source_age};

use main_context::{DOCKERIGNORE, Directory};

/// Every rule about contexts.
pub(crate) static CODES: &[&Code] = &[
    &build_file::BUILD_FILE_MISSING,
    &build_file::BUILD_FILE_DIRECTORY,
    &build_file::BUILD_FILE_TOO_LARGE,
    &build_file::BUILD_FILE_EMPTY,
    &build_file::BUILD_FILE_NOT_TEXT,
    &build_context::INVALID_GIT_CONTEXT,
    &main_context::INVALID_IGNORE_FILE,
    &named::INVALID_CONTEXT,
    &source_date::COMMIT_WITHOUT_DATE,
];

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

impl From<InvalidContext> for LoadError {
    fn from(error: InvalidContext) -> Self {
        error.diagnostic().into()
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

/// How the client finds out which of a few small files to send again.
///
/// Comparing their contents is cheap and misses no change that leaves size and time as they were; a daemon before
/// BuildKit 0.9 can only compare metadata.
fn differ(bridge: &dyn Bridge) -> Differ {
    match bridge.daemon().caps.supports(SOURCE_LOCAL_DIFFER) {
        true => Differ::None,
        false => Differ::Metadata,
    }
}

/// The op as the daemon's own frontend has it, which has mostly just loaded the same: one vertex is loaded once, and an
/// upload of the client can't be read again.
///
/// BuildKit 0.17 changed the order in which ops are encoded; a capability of the same release says which one it is.
fn as_loaded_before(bridge: &dyn Bridge, edge: &Edge) -> Edge {
    match bridge.daemon().caps.supports(EXEC_VALIDEXITCODE) {
        true => edge.clone(),
        false => edge.in_field_order(),
    }
}
