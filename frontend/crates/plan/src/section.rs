use std::sync::Arc;

use hlb_syntax::source::Span;
use llb::{CacheImport, Edge};

/// A part of the build with caches of its own.
///
/// It adds no vertex and changes none: it only says of an output which caches know it.
#[derive(Clone, Debug)]
pub struct Section {
    /// The function that it stands in.
    pub name: Arc<str>,
    /// The statement that makes it; its file says which module that is.
    pub span: Span,
    /// What it makes. Scratch needs no caches, so a section of it is none.
    pub output: Edge,
    /// In the order of the text.
    pub imports: Vec<Import>,
    pub isolation: Isolation,
}

/// A cache that a section imports.
#[derive(Clone, Debug)]
pub struct Import {
    pub cache: CacheImport,
    /// Where the program says so.
    pub span: Span,
    /// Where the module that says so is from, unless that is where the program is from.
    pub origin: Option<Arc<str>>,
}

/// Which solve a section belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isolation {
    /// That of whatever uses it.
    Shared,
    /// One of its own, with its own imports only.
    Isolated,
}
