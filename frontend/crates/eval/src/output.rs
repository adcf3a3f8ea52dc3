use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use hlb_plan::{Preparation, Section};
use hlb_syntax::diagnostic::Diagnostic;
use hlb_syntax::source::Span;
use llb::{Edge, Sharing};
use rpds::RedBlackTreeMapSync;

use super::call_path::CallPath;
use super::export::Exports;
use super::limit::Budget;
use super::value::{Chain, Checks};
use super::{Absence, ClientNeed, Evaluated, Pending, Round, Value};

/// What an evaluation leaves behind besides its value. A clone shares everything, so that it can be gone back to.
#[derive(Clone, Default)]
pub struct Output {
    /// The calls that led to what is being evaluated.
    pub(super) calls: CallPath,
    pub(super) sections: Chain<Section>,
    pub(super) preparations: Chain<Preparation>,
    pub(super) exports: Exports,
    /// What must succeed for something that is exported.
    pub(super) export_checks: Checks,
    /// How many checks there are.
    pub(super) check_count: u32,
    errors: Chain<Arc<Diagnostic>>,
    warnings: Chain<Arc<Diagnostic>>,
    /// Errors and warnings, by fingerprint.
    seen: RedBlackTreeMapSync<u64, Chain<Arc<Diagnostic>>>,
    /// The sharing mode of each cache, and where it was set.
    pub(super) cache_ids: RedBlackTreeMapSync<Arc<str>, (Sharing, Span)>,
    /// What the client must give.
    pub(super) client_needs: Chain<ClientNeed>,
    /// The sources that are not there.
    pub(super) absences: Chain<Absence>,
    pub(super) budget: Budget,
    /// Whether an answer is outstanding: the value is then no value yet.
    pub(super) is_pending: bool,
}

impl Output {
    /// Takes note of an error or a warning, once: a function may be evaluated several times.
    pub fn report(&mut self, found: Diagnostic) {
        let mut hasher = DefaultHasher::new();
        (found.code.id, found.span, &found.message).hash(&mut hasher);
        let fingerprint = hasher.finish();
        let mut alike = self.seen.get(&fingerprint).cloned().unwrap_or_default();
        if alike.newest_first().any(|it| it.is_same(&found)) {
            return;
        }
        let found = Arc::new(match found.is_error() {
            true => self.calls.explain(found),
            false => found,
        });
        alike.push(found.clone());
        self.seen.insert_mut(fingerprint, alike);
        match found.is_error() {
            true => self.errors.push(found),
            false => self.warnings.push(found),
        }
    }

    /// Reports what somebody needs and is not there: see [`Value::Lacking`].
    pub fn lacks(&mut self, value: &Value) -> bool {
        match value {
            Value::Lacking(error) => {
                self.report((**error).clone());
                true
            }
            Value::Variadic(values) => values.iter().any(|value| self.lacks(value)),
            _ => false,
        }
    }

    /// Whether a section ends with a filesystem.
    ///
    /// Solves import the caches of the sections whose outputs are in their graph, so those must stay in it.
    pub(super) fn ends_section(&self, edge: &Edge) -> bool {
        self.sections.iter().any(|section| section.output == *edge)
    }

    pub fn has_errors(&self) -> bool {
        !self.errors.is_empty()
    }

    /// The round that ends with this and a value.
    pub(super) fn into_round<T>(self, value: T) -> Round<T> {
        let sections = self.sections.iter().cloned().collect();
        let all = |found: &Chain<Arc<Diagnostic>>| found.iter().map(|it| (**it).clone()).collect();
        let (errors, warnings): (Vec<_>, Vec<_>) = (all(&self.errors), all(&self.warnings));
        let client_needs = self.client_needs.iter().cloned().collect();
        let preparations = self.preparations.iter().cloned().collect();
        if self.is_pending {
            return Round::Pending(Pending {
                sections,
                preparations,
                client_needs,
                errors,
                warnings,
            });
        }
        Round::Done(match errors.is_empty() {
            true => Ok(Evaluated { value, sections, preparations, warnings, client_needs }),
            false => Err(errors),
        })
    }

    /// Goes back to what it was. What was asked stays asked, and what was made stays counted.
    pub fn restore(&mut self, before: Self) {
        let Self { budget, is_pending, .. } = std::mem::take(self);
        *self = Self { budget, is_pending, ..before };
    }
}
