//! "Did you mean": the visible name that is nearest to an unknown one.

use std::sync::atomic::{AtomicUsize, Ordering};

use hlb_syntax::diagnostic::Diagnostic;
use hlb_syntax::source::Span;
use hlb_syntax::tree::Param;

use super::resolve::{Expected, Place};
use super::scope::{Scope, Scopes};
use crate::builtin::Builtins;

/// How many names are looked at in one run; a program with more errors than that gets the rest without suggestions,
/// rather than late.
pub(super) const MAX_COMPARISONS: usize = 1_000_000;

/// A name that may have been meant.
pub(super) struct Suggestion<'s> {
    pub name: &'s str,
    /// `None` for a builtin.
    pub span: Option<Span>,
}

impl Suggestion<'_> {
    /// Adds the suggestion to the diagnostic of an unknown name.
    pub fn add_to(self, diagnostic: Diagnostic) -> Diagnostic {
        let help = format!("did you mean `{}`?", self.name);
        match self.span {
            Some(span) => diagnostic.label(span, "declared here").help(help),
            None => diagnostic.help(help),
        }
    }
}

/// The nearest so far; of equally near ones that of the nearest scope, then the first in the alphabet.
pub(super) struct Nearest<'n, 's> {
    name: &'n str,
    comparisons: &'n AtomicUsize,
    best: Option<(Rank<'s>, Option<Span>)>,
}

/// The distance, the scope and the name; the least is best.
type Rank<'s> = (usize, Reach, &'s str);

/// How far away a name is declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reach {
    Function,
    Module,
    Builtin,
}

impl<'n, 's> Nearest<'n, 's> {
    pub fn new(name: &'n str, comparisons: &'n AtomicUsize) -> Self {
        Self { name, comparisons, best: None }
    }

    pub fn offer(&mut self, reach: Reach, name: &'s str, span: Option<Span>) {
        let most = max_edit_distance(self.name);
        if !self.spend() || name.len().abs_diff(self.name.len()) > most {
            return;
        }
        let distance = match self.name.eq_ignore_ascii_case(name) {
            true => 0,
            false => strsim::osa_distance(self.name, name),
        };
        if distance <= most {
            self.keep((distance, reach, name), span);
        }
    }

    fn keep(&mut self, rank: Rank<'s>, span: Option<Span>) {
        if self.best.is_none_or(|(best, _)| rank < best) {
            self.best = Some((rank, span));
        }
    }

    pub fn take(self) -> Option<Suggestion<'s>> {
        self.best.map(|((_, _, name), span)| Suggestion { name, span })
    }

    fn is_spent(&self) -> bool {
        self.comparisons.load(Ordering::Relaxed) == 0
    }

    fn spend(&self) -> bool {
        let one_less = |left: usize| left.checked_sub(1);
        self.comparisons.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less).is_ok()
    }

    pub fn offer_params(&mut self, place: &Place<'s>, expected: Expected<'_>) {
        let Some(function) = place.function else { return };
        for (param, kind) in place.params().iter().zip(&function.params) {
            if expected.accepts(kind) {
                self.offer_param(param);
            } else if !self.spend() {
                return;
            }
        }
    }

    fn offer_param(&mut self, param: &'s Param) {
        self.offer(Reach::Function, param.name.text(), Some(param.name.span));
    }

    /// Offers the functions and aliases of a module that fit, and that `visible` lets through.
    pub fn offer_members(
        &mut self,
        scope: &'s Scope<'s>,
        expected: Expected<'_>,
        visible: impl Fn(&str) -> bool,
    ) {
        if self.is_spent() {
            return;
        }
        let functions = scope.functions.iter().map(|it| (&it.decl.name, &it.kind));
        let aliases = scope.aliases.iter().map(|it| (it.name, it.kind()));
        for (name, kind) in functions.chain(aliases) {
            if expected.accepts(kind) && visible(name.text()) {
                self.offer(Reach::Module, name.text(), Some(name.span));
            } else if !self.spend() {
                return;
            }
        }
    }

    pub fn offer_imports(&mut self, scope: &'s Scope<'s>) {
        if self.is_spent() {
            return;
        }
        for import in &scope.imports {
            self.offer(Reach::Module, import.name.text(), Some(import.name.span));
        }
    }

    pub fn offer_builtins(&mut self, builtins: &Builtins, expected: Expected<'_>) {
        for signature in builtins.iter().filter(|signature| expected.accepts(&signature.kind)) {
            self.offer(Reach::Builtin, signature.name, None);
            let instruction = signature.instruction;
            if instruction.is_some_and(|it| self.name.eq_ignore_ascii_case(it)) {
                self.keep((0, Reach::Builtin, signature.name), None);
            }
        }
    }
}

impl<'a> Scopes<'a> {
    /// The nearest name that is visible at a place and fits.
    pub(super) fn nearest<'s>(
        &'s self,
        place: &Place<'s>,
        name: &str,
        expected: Expected<'_>,
    ) -> Option<Suggestion<'s>> {
        let mut nearest = Nearest::new(name, &self.comparisons);
        nearest.offer_params(place, expected);
        nearest.offer_members(self.of(place.module), expected, |_| true);
        nearest.offer_builtins(self.builtins, expected);
        nearest.take()
    }
}
/// How many edits a name may be away from the one that was meant: two letters of four are another word.
pub fn max_edit_distance(name: &str) -> usize {
    if name.len() <= 4 { 1 } else { 2 }
}
