use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use hlb_plan::{Import, Preparation, Section};
use hlb_syntax::diagnostic::Diagnostic;
use hlb_syntax::source::Span;
use llb::Edge;
use rpds::RedBlackTreeMapSync;

use super::call_path::CallPath;
use super::candidate::{AbsentSource, Choice, Stage, Waits};
use super::export::Exports;
use super::fs::{CacheUse, SeedOfDirectory};
use super::limit::Budget;
use super::value::{Chain, Checks};
use super::{ClientNeed, Evaluated, Pending, Rejected, Round, Value};

/// What an evaluation leaves behind besides its value. A clone shares everything, so that it can be gone back to.
#[derive(Clone, Default)]
pub struct Output {
    /// The calls that led to what is being evaluated.
    pub(super) calls: CallPath,
    pub(super) sections: Chain<Section>,
    /// The caches of sections that wait for an answer.
    pub(super) early_imports: Chain<Import>,
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
    /// The first mount of each cache, by its id.
    pub(super) cache_uses: RedBlackTreeMapSync<Arc<str>, CacheUse>,
    /// What each cache starts from, and where that stands.
    pub(super) cache_seeds: RedBlackTreeMapSync<Arc<str>, (SeedOfDirectory, Span)>,
    /// What the client must give.
    pub(super) client_needs: Chain<ClientNeed>,
    /// What is asked for what is being evaluated.
    pub(super) stage: Stage,
    /// Of what is evaluated on trial, the sources that are there, each as a text.
    pub(super) sources: Chain<Arc<str>>,
    /// Of the same, those that are not.
    pub(super) absences: Chain<AbsentSource>,
    /// The candidates that are not taken.
    pub(super) untaken: Chain<Span>,
    /// What was taken of several candidates.
    pub(super) choices: Chain<Choice>,
    pub(super) budget: Budget,
    /// Whether an answer is outstanding: the value is then no value yet.
    pub(super) waits: Waits,
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
        if self.waits != Waits::Nothing {
            let early_imports = self.early_imports.iter().cloned().collect();
            return Round::Pending(Pending {
                sections,
                early_imports,
                preparations,
                client_needs,
                errors,
                warnings,
            });
        }
        let choices = self.choices.iter().cloned().collect();
        Round::Done(match errors.is_empty() {
            true => {
                Ok(Evaluated { value, sections, preparations, warnings, client_needs, choices })
            }
            false => Err(Rejected { errors, warnings }),
        })
    }

    /// Takes note of a source that is there, if what is evaluated may do without it.
    pub(super) fn found(&mut self, source: impl FnOnce() -> Arc<str>) {
        if self.stage != Stage::Needed {
            self.sources.push(source());
        }
    }

    /// Begins to evaluate something that may be dropped.
    pub(super) fn begin_trial(&mut self, stage: Stage) {
        self.stage = stage;
        (self.sources, self.absences) = Default::default();
        self.waits = Waits::Nothing;
    }

    /// Keeps what was evaluated since it was `before`, which may be a trial, too.
    pub(super) fn end_trial(&mut self, before: &Self) {
        self.stage = before.stage;
        self.waits = before.waits;
        self.absences = before.absences.clone();
        let sources = std::mem::replace(&mut self.sources, before.sources.clone());
        for source in sources.iter() {
            self.found(|| source.clone());
        }
    }

    /// Takes over what goes with the solves of another.
    pub(super) fn keep_work_of(&mut self, other: Self) {
        self.sections = other.sections;
        self.preparations = other.preparations;
        self.client_needs = other.client_needs;
    }

    /// Goes back to what it was, and gives what is left behind. What was made stays counted.
    pub fn restore(&mut self, before: Self) -> Self {
        let left = std::mem::replace(self, before);
        self.budget = left.budget.clone();
        left
    }
}
