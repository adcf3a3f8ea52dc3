use std::sync::Arc;

use hlb_program::module::Root;
use hlb_program::program::{AliasId, FunctionId};
use hlb_syntax::source::Span;
use llb::{Metadata, Scope};
use rpds::RedBlackTreeMapSync;

use super::call_path::CallPath;
use super::{Host, Value};

/// Where a statement is evaluated: in the body of a function that was called, or in the source of an import.
///
/// A clone shares everything.
#[derive(Clone)]
pub struct Frame {
    /// What the steps of this call are numbered in; it has the name of the function, none in an import.
    pub scope: Arc<Scope>,
    /// Where the `local`s of its module come from.
    pub root: Root,
    /// The file of its module inside that root.
    pub file: Arc<str>,
    /// The calls that led there.
    pub(super) calls: CallPath,
    /// Absent in the source of an import.
    pub(super) function: Option<FunctionId>,
    /// By position.
    pub(super) params: Arc<Vec<Value>>,
    /// What `as` bound so far.
    pub(super) aliases: RedBlackTreeMapSync<AliasId, Value>,
}

/// Where a module is.
pub struct Home {
    pub root: Root,
    /// Inside that root.
    pub file: Arc<str>,
}

impl Frame {
    /// Outside of any function.
    pub(super) fn of_import(name: &str, home: Home) -> Self {
        Self::new(name, home, None, Arc::default())
    }

    pub(super) fn new(
        name: &str,
        home: Home,
        function: Option<FunctionId>,
        params: Arc<Vec<Value>>,
    ) -> Self {
        let Home { root, file } = home;
        Self {
            scope: Arc::new(Scope { name: name.to_owned() }),
            root,
            file,
            calls: CallPath::default(),
            function,
            params,
            aliases: RedBlackTreeMapSync::default(),
        }
    }

    /// See [`Cx::internal_metadata`](super::Cx::internal_metadata).
    pub(super) fn internal_metadata(&self, host: &Host<'_>, span: Span, text: &str) -> Metadata {
        self.unnamed_metadata(host, span).with_name(format!("[internal] {text}"))
    }

    pub(super) fn unnamed_metadata(&self, host: &Host<'_>, span: Span) -> Metadata {
        let ignore_cache = host.filter.covers(self.function);
        let location = host.source_map.location(span);
        let calls = self.calls.locations(&host.source_map);
        Metadata { location, calls, ignore_cache, ..Metadata::default() }
    }
}
