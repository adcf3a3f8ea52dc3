use std::sync::Arc;

use hlb_syntax::diagnostic::Diagnostic;
use hlb_syntax::source::Span;
use hlb_syntax::tree::Expr;

use super::graph::{ModuleId, Modules, Root};
use super::uri::GitUri;

/// Something that an import needs from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportRequest {
    pub id: RequestId,
    /// The module that imports; if there are several, the first.
    pub module: ModuleId,
    /// The expression after `from`, to find it again and to mark what is wrong with it.
    pub span: Span,
    pub source: ImportSource,
    /// For an expression: the import and the functions that evaluating it may run through, as far as they are loaded.
    pub reach: Vec<Span>,
}

/// A request of one [`Loading`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestId(pub(super) usize);

/// Where a module comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ImportSource {
    /// A file inside a root.
    File { root: Root, path: Arc<str> },
    /// A file of a git repository.
    Git(GitUri),
    /// Whatever the expression after `from` gives; the span is that expression's.
    Computed(Span),
}

/// The answer to a request.
#[derive(Clone, Debug)]
pub enum Answer {
    /// The text of the file that was asked for.
    Text(Arc<str>),
    /// The text of a file in the filesystem that a repository or an expression gave.
    Filesystem { root: Root, path: Arc<str>, text: Arc<str> },
    /// The string that an expression gave, which is a URI.
    Uri(String),
    /// There is no such file.
    Missing,
    /// There is such a file, but it can't be read; why, in a few words.
    Unreadable(String),
    /// It cannot be resolved here, such as without a daemon, and that is no error.
    Unavailable,
    /// It cannot be resolved, for the reasons that the diagnostics give; there are none if the checker reports them.
    Failed(Vec<Diagnostic>),
}

impl ImportRequest {
    /// The expression after `from`, to be evaluated in the scope of the importing module.
    pub fn expr<'m>(&self, modules: &'m Modules) -> Option<&'m Expr> {
        modules.get(self.module).import_of(self.span).map(|import| &import.source)
    }
}
