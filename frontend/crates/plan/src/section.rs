use std::sync::Arc;

use hlb_syntax::source::Span;
use llb::{CacheImport, Edge, Platform};

use crate::{Root, Work};

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
    /// Filesystems to import caches from. Whoever serves them adds them to the imports.
    pub layouts: Vec<Layout>,
    pub isolation: Isolation,
    pub substitute: Option<Substitute>,
}

/// The image that a section may be taken from, which is named after what the section is made of.
#[derive(Clone, Debug)]
pub struct Substitute {
    /// Where such images are, without tag and digest.
    pub repository: Arc<str>,
    /// What goes with the filesystem and is part of the name as well: configuration, environment, working directory, user.
    pub config: Arc<str>,
    pub platform: Arc<Platform>,
    /// Where the program says so.
    pub span: Span,
    /// Where the module that says so is from, unless that is where the program is from.
    pub origin: Option<Arc<str>>,
    /// The image that the section is taken from, if it is: its output is then that of the image.
    pub taken: Option<Arc<str>>,
}

/// A cache that a section imports.
#[derive(Clone, Debug)]
pub struct Import {
    pub cache: CacheImport,
    /// Where the program says so.
    pub span: Span,
    /// Where the module that says so is from, unless that is where the program is from.
    pub origin: Option<Arc<str>>,
    pub lifetime: Lifetime,
}

/// A filesystem with a build cache in it.
#[derive(Clone, Debug)]
pub struct Layout {
    /// What makes it.
    pub root: Root,
    /// What is done so that it may be used, itself included.
    pub work: Work,
    /// Which of several caches in it, if the program says so.
    pub tag: Option<Arc<str>>,
    /// Where the program says so.
    pub span: Span,
    /// Where the module that says so is from, unless that is where the program is from.
    pub origin: Option<Arc<str>>,
}

/// How long the layers of a cache can be fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifetime {
    /// Also when the build is over.
    Unlimited,
    /// While the frontend runs. An export comes later.
    Build,
}

/// Which solve a section belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isolation {
    /// That of whatever uses it.
    Shared,
    /// One of its own, with its own imports only.
    Isolated,
}
