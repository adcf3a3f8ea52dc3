//! Exports: what a program puts into the result of the build, at paths that it names.
//!
//! A lowering calls [`Cx::export`](super::Cx::export) with what it made, and [`layout`] makes the result of all exports of
//! an evaluation. Exports stand in the evaluation's output, not in the filesystem that goes on: what discards that
//! filesystem discards no export, as in the first implementation (language spec, section 4.13).

mod archive;
mod layout;
mod path;

use std::sync::Arc;

use hlb_syntax::diagnostic::Diagnostic;
use hlb_syntax::source::Span;
use llb::{Metadata, State};
use rpds::RedBlackTreeMapSync;

use super::limit::{Charged, Exceeded};
use super::value::Chain;
use super::{Call, Cx};

pub use archive::{Archive, ArchivedImage};
pub use layout::layout;
pub use path::{EXPORT_PATH, check_path};

/// Something that the program puts into the result of the build.
#[derive(Clone, Debug)]
pub struct Export {
    /// Where it is put, inside the result: clean, without a slash in front, and empty for all of the result.
    pub path: Arc<str>,
    pub contents: Contents,
    /// The statement that exports it.
    pub span: Span,
    /// Of the op that puts it there.
    metadata: Metadata,
}

/// What is put at the path of an export.
#[derive(Clone, Debug, PartialEq)]
pub enum Contents {
    /// A directory with everything that is in the filesystem.
    Directory(State),
    /// The file at a path of the filesystem.
    File { from: State, path: Arc<str> },
    /// A file that is written of a filesystem.
    Archive {
        of: State,
        /// Has the file at the path of the export, and nothing else.
        written: State,
        /// What it is called, if it is an image with a name.
        name: Option<Arc<str>>,
    },
}

/// What there is at a path of the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    File,
    Directory,
}

impl Contents {
    /// The filesystem that they are taken from.
    pub fn state(&self) -> &State {
        match self {
            Self::Directory(state)
            | Self::File { from: state, .. }
            | Self::Archive { of: state, .. } => state,
        }
    }

    fn shape(&self) -> Shape {
        match self {
            Self::Directory(_) => Shape::Directory,
            Self::File { .. } | Self::Archive { .. } => Shape::File,
        }
    }
}

/// What an evaluation exports. A clone shares everything.
#[derive(Clone, Default)]
pub struct Exports {
    all: Chain<Export>,
    /// What was put last at each path.
    newest: RedBlackTreeMapSync<Arc<str>, Contents>,
}

/// How much an export counts for besides its path: it is an op.
const EXPORT_BYTES: u64 = 512;
/// How much a directory above the path of an export counts for.
const DIRECTORY_BYTES: u64 = 64;

impl Cx<'_> {
    /// Has the result of the build hold something, at the path that an argument of a call names.
    ///
    /// The path is relative to the directory of the module's file. Where there is something already, directories are
    /// merged and a file is replaced.
    ///
    /// # Errors
    /// If the path leads out of the result. That two exports contradict each other is found by [`layout`].
    pub fn export(
        &mut self,
        call: &Call,
        param: &str,
        contents: Contents,
    ) -> Result<(), Diagnostic> {
        let path = self.export_path(call, param, contents.shape())?;
        self.put(call, path, contents)
    }

    /// The path inside the result that an argument of a call names.
    fn export_path(&self, call: &Call, param: &str, shape: Shape) -> Result<Arc<str>, Diagnostic> {
        path::resolve(&self.frame.file, call.string(param), shape, call.span_of(param))
    }

    fn put(&mut self, call: &Call, path: Arc<str>, contents: Contents) -> Result<(), Diagnostic> {
        let directories = path.matches('/').count() as u64;
        let bytes = EXPORT_BYTES + path.len() as u64 + DIRECTORY_BYTES * directories;
        if let Err(Exceeded(error)) = self.output.budget.charge(bytes, Charged::Op, call.span) {
            return error.map_or(Ok(()), Err);
        }
        let (span, metadata) = (call.span, self.metadata(call));
        self.output.exports.push(Export { path, contents, span, metadata });
        Ok(())
    }
}

impl Exports {
    fn push(&mut self, export: Export) {
        let Export { path, contents, .. } = &export;
        // A function that is evaluated for two callers exports the same twice.
        if self.newest.get(path) == Some(contents) {
            return;
        }
        self.newest.insert_mut(path.clone(), contents.clone());
        self.all.push(export);
    }

    /// In the order in which they were evaluated.
    pub fn iter(&self) -> impl Iterator<Item = &Export> {
        self.all.iter()
    }

    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
}
