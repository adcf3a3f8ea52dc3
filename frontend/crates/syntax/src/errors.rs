use std::collections::HashSet;

use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;

/// More syntax errors in one file than are reported.
pub static TOO_MANY_ERRORS: Code = Code::error("HLB0099", "too-many-errors");

/// How many syntax errors of one file are reported: with more, the file is hardly HLB, and the list should stay small.
const MAX: usize = 1000;

/// The errors found in one file.
#[derive(Debug, Default)]
pub(super) struct Errors {
    /// Invariant: at most [`MAX`].
    list: Vec<Diagnostic>,
    dropped: bool,
}

impl Errors {
    pub(super) fn push(&mut self, diagnostic: Diagnostic) {
        if self.list.len() < MAX {
            self.list.push(diagnostic);
        } else {
            self.dropped = true;
        }
    }

    pub(super) fn extend(&mut self, diagnostics: impl IntoIterator<Item = Diagnostic>) {
        diagnostics.into_iter().for_each(|diagnostic| self.push(diagnostic));
    }

    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// Drops all but the first `len`: the others follow from these.
    pub(super) fn truncate(&mut self, len: usize) {
        self.list.truncate(len);
    }

    pub(super) fn any_after(&self, offset: u32) -> bool {
        self.list.iter().any(|it| it.span.is_some_and(|span| span.start > offset))
    }

    /// Drops those that lie within one of these spans, which ascend; how many more there were is then not reported.
    pub(super) fn drop_within(&mut self, spans: &[Span]) {
        self.dropped &= spans.is_empty();
        self.drop_following(spans);
    }

    /// Drops those that lie within one of these spans, which ascend, since they follow from what was reported about it.
    pub(super) fn drop_following(&mut self, spans: &[Span]) {
        self.list.retain(|it| {
            let Some(span) = it.span else { return true };
            let after = spans.partition_point(|it| it.start <= span.start);
            let before = after.checked_sub(1).and_then(|at| spans.get(at));
            before.is_none_or(|it| span.start >= it.end.max(it.start + 1))
        });
    }

    /// Drops those about a word that is one of these names with a `-`, wherever it stands: it is reported at the names.
    pub(super) fn drop_dashed(&mut self, text: &str, names: &[Span]) {
        let declared: HashSet<Span> = names.iter().copied().collect();
        let names: HashSet<&str> = names.iter().filter_map(|name| text.get(name.range())).collect();
        if names.is_empty() {
            return;
        }
        let longest = names.iter().map(|name| name.len()).max().unwrap_or_default();
        let word_at = |at: usize| {
            let is_word = |it: &u8| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-');
            let before = text.as_bytes().get(..at)?.iter().rev().take(longest + 1);
            let start = at - before.take_while(|it| is_word(it)).count();
            let rest = text.as_bytes().get(start..)?.iter().take(longest + 1);
            text.get(start..start + rest.take_while(|it| is_word(it)).count())
        };
        self.list.retain(|it| {
            if it.span.is_some_and(|span| declared.contains(&span)) {
                return true;
            }
            let word = it.span.and_then(|span| word_at(span.start as usize));
            !word.is_some_and(|word| names.contains(word))
        });
    }

    /// All of both, in the order of the text.
    pub(super) fn merge(mut self, mut other: Errors) -> Vec<Diagnostic> {
        self.list.append(&mut other.list);
        let start = |it: &Diagnostic| it.span.map_or(0, |span| span.start);
        self.list.sort_by_key(start);
        if self.list.len() > MAX || self.dropped || other.dropped {
            self.list.truncate(MAX);
            let last = self.list.last().and_then(|it| it.span).map(Span::after);
            let mut rest = TOO_MANY_ERRORS
                .without_span(format!("more than {MAX} syntax errors: the rest is not shown"));
            rest.span = last;
            self.list.push(rest);
        }
        self.list
    }
}
