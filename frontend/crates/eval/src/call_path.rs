use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use hlb_syntax::diagnostic::Diagnostic;
use hlb_syntax::source::Span;

use super::source_map::SourceMap;

/// The most calls that are shown, from the innermost on.
const MAX_SHOWN: usize = 8;

/// The calls of functions that led to a place in a program, from the target on.
///
/// Paths share what they have in common, so a clone costs nothing.
#[derive(Clone, Default)]
pub struct CallPath(Option<Arc<CallSite>>);

struct CallSite {
    /// The name of the function, as it is called.
    span: Span,
    /// The function, or the import, in which the call stands.
    within: Arc<str>,
    outer: CallPath,
    /// How many calls there are, this one included.
    depth: usize,
    /// Whether a vertex was made since.
    is_entered: AtomicBool,
    locations: OnceLock<Arc<[llb::Location]>>,
}

/// What a location is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stop {
    /// A debugger stops here.
    Here,
    /// It is only shown.
    Elsewhere,
}

impl CallPath {
    /// The path that goes on with a call.
    pub fn called(&self, span: Span, within: &str) -> Self {
        Self(Some(Arc::new(CallSite {
            span,
            within: within.into(),
            outer: self.clone(),
            depth: self.0.as_ref().map_or(0, |site| site.depth) + 1,
            is_entered: AtomicBool::new(false),
            locations: OnceLock::new(),
        })))
    }

    /// The diagnostic, with the calls that led there.
    pub fn explain(&self, found: Diagnostic) -> Diagnostic {
        let more = self.0.as_ref().map_or(0, |site| site.depth).saturating_sub(MAX_SHOWN);
        let found = self.shown().fold(found, |found, site| {
            found.call(site.span, format!("called here, in `{}`", site.within))
        });
        match more {
            0 => found,
            more => found.note(format!("{more} more calls led there")),
        }
    }

    /// The locations of the calls, for a vertex that is made there.
    ///
    /// A debugger stops at the first vertex that is made since a call, for a breakpoint at the call: it has no vertex of its
    /// own.
    pub fn locations(&self, map: &SourceMap<'_>) -> Arc<[llb::Location]> {
        let Some(innermost) = &self.0 else { return Arc::default() };
        let stops: Vec<_> = self.shown().map(CallSite::enter).collect();
        let located = |stop: &dyn Fn(usize) -> Stop| -> Arc<[llb::Location]> {
            let sites = self.shown().enumerate();
            sites.filter_map(|(index, site)| site.location(map, stop(index))).collect()
        };
        match stops.contains(&Stop::Here) {
            true => located(&|index| stops.get(index).copied().unwrap_or(Stop::Elsewhere)),
            false => innermost.locations.get_or_init(|| located(&|_| Stop::Elsewhere)).clone(),
        }
    }

    fn shown(&self) -> impl Iterator<Item = &CallSite> {
        let sites = std::iter::successors(self.0.as_deref(), |site| site.outer.0.as_deref());
        sites.take(MAX_SHOWN)
    }
}

impl CallSite {
    /// Takes note that a vertex is made since the call.
    fn enter(&self) -> Stop {
        match self.is_entered.swap(true, Ordering::Relaxed) {
            false => Stop::Here,
            true => Stop::Elsewhere,
        }
    }

    fn location(&self, map: &SourceMap<'_>, stop: Stop) -> Option<llb::Location> {
        match stop {
            Stop::Here => map.location(self.span),
            Stop::Elsewhere => map.shown_location(self.span),
        }
    }
}
