//! What the errors so far mean for what comes after them.

use std::collections::BTreeSet;

use super::Parsed;
use crate::diagnostic::Diagnostic;
use crate::errors::Errors;
use crate::source::Span;
use crate::tree::Decl;

/// The errors of a file, and which others would only follow from them: one cause is one error.
///
/// A position is the index of a token; that of the end of the file is the number of tokens.
#[derive(Debug)]
pub(super) struct Recovery {
    errors: Errors,
    /// Where everything that is open ends, since a declaration begins there. It was reported as unclosed.
    cut_at: Option<usize>,
    /// Where something was found not to be closed: what is around it ends there as well, for the same reason.
    unclosed_at: BTreeSet<usize>,
    /// The start of the last string without an end. What closes the block or list around it may be a part of it.
    unended_string: Option<u32>,
    /// What was skipped since it is nested too deep, in ascending order. It is reported once a file.
    too_deep: Vec<Span>,
    /// What was reported as something of another language, in ascending order.
    foreign: Vec<Span>,
    /// The names with a `-` that are declared.
    dashed: Vec<Span>,
    /// Whether a declaration or an alias may be missing from the tree.
    incomplete: bool,
}

impl Recovery {
    /// `unclosed_at` is where the lexer reported that something is not closed.
    pub(super) fn new(unclosed_at: Option<usize>) -> Self {
        Self {
            errors: Errors::default(),
            cut_at: None,
            unclosed_at: unclosed_at.into_iter().collect(),
            unended_string: None,
            too_deep: Vec::new(),
            foreign: Vec::new(),
            dashed: Vec::new(),
            incomplete: false,
        }
    }

    /// The result of parsing, with the declarations that were found.
    pub(super) fn finish(self, decls: Vec<Decl>) -> Parsed {
        let Self { errors, too_deep, foreign, dashed, incomplete, .. } = self;
        Parsed { decls, errors, incomplete, too_deep, foreign, dashed }
    }

    pub(super) fn push(&mut self, diagnostic: Diagnostic) {
        self.errors.push(diagnostic);
    }

    /// How many errors there are, to come back to with [`Recovery::truncate`].
    pub(super) fn mark(&self) -> usize {
        self.errors.len()
    }

    /// Drops the errors since a mark: they follow from one before it.
    pub(super) fn truncate(&mut self, mark: usize) {
        self.errors.truncate(mark);
    }

    /// Ends everything that is open before the token at `at`.
    pub(super) fn cut(&mut self, at: usize) {
        self.cut_at = Some(at);
    }

    /// Whether everything that is open ends before the token at `at`.
    pub(super) fn is_cut(&self, at: usize) -> bool {
        self.cut_at == Some(at)
    }

    /// Goes on after a cut, with nothing open.
    pub(super) fn resume(&mut self) {
        self.cut_at = None;
    }

    /// Notes that something is not closed at `at`; false if that was noted before.
    pub(super) fn note_unclosed(&mut self, at: usize) -> bool {
        self.unclosed_at.insert(at)
    }

    pub(super) fn note_unended_string(&mut self, start: u32) {
        self.unended_string = Some(start);
    }

    /// Whether a string without an end stands after what `open` opens.
    pub(super) fn has_unended_string(&self, open: Span) -> bool {
        self.unended_string.is_some_and(|start| start > open.start)
    }

    /// Notes that a declaration or an alias may be missing from the tree.
    pub(super) fn note_incomplete(&mut self) {
        self.incomplete = true;
    }

    /// Notes what was skipped since it is nested too deep.
    pub(super) fn note_too_deep(&mut self, span: Span) {
        self.too_deep.push(span);
    }

    /// Notes a name with a `-` that is declared, which was reported.
    pub(super) fn note_dashed(&mut self, span: Span) {
        self.dashed.push(span);
    }

    /// Notes what was reported as something of another language.
    pub(super) fn note_foreign(&mut self, span: Span) {
        self.foreign.push(span);
    }

    pub(super) fn has_too_deep(&self) -> bool {
        !self.too_deep.is_empty()
    }
}
