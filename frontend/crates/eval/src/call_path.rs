use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use hlb_syntax::diagnostic::Diagnostic;
use hlb_syntax::source::Span;
use llb::Scope;

use super::source_map::SourceMap;

/// The most calls that are shown, from the innermost on.
const MAX_SHOWN: usize = u8::BITS as usize;

/// The calls of functions that led to a place in a program, from the target on.
///
/// Paths share what they have in common, so a clone costs nothing.
#[derive(Clone, Default)]
pub struct CallPath(Option<Arc<CallSite>>);

struct CallSite {
    /// The name of the function, as it is called.
    span: Span,
    /// The function, or the import, in which the call stands.
    within: Arc<Scope>,
    outer: CallPath,
    /// How many calls there are, this one included.
    depth: usize,
    /// Whether a vertex was made since.
    is_entered: AtomicBool,
    locations: OnceLock<Arc<[llb::Location]>>,
}

impl CallPath {
    /// The path that goes on with a call.
    pub fn called(&self, span: Span, within: &Arc<Scope>) -> Self {
        Self(Some(Arc::new(CallSite {
            span,
            within: within.clone(),
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
            found.call(site.span, format!("called here, in `{}`", site.within.name))
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
        // A bit for each of the calls that are shown. This is done for each vertex, so it allocates nothing.
        let entered = self.shown().map(CallSite::enter).enumerate();
        let stops = entered.fold(0, |stops, (index, is_new)| stops | u8::from(is_new) << index);
        let located = |stops: u8| -> Arc<[llb::Location]> {
            let located = self.shown().enumerate().map(|(index, site)| match stops >> index & 1 {
                1 => map.location(site.span),
                _ => map.shown_location(site.span),
            });
            located.flatten().collect()
        };
        match stops {
            0 => innermost.locations.get_or_init(|| located(0)).clone(),
            stops => located(stops),
        }
    }

    fn shown(&self) -> impl Iterator<Item = &CallSite> {
        let sites = std::iter::successors(self.0.as_deref(), |site| site.outer.0.as_deref());
        sites.take(MAX_SHOWN)
    }
}

impl CallSite {
    /// Takes note that a vertex is made since the call, and says whether it is the first.
    fn enter(&self) -> bool {
        !self.is_entered.swap(true, Ordering::Relaxed)
    }
}
