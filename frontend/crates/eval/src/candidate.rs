//! Candidates: what a program takes or does without, depending on whether its sources are there.

use std::sync::Arc;

use hlb_syntax::source::Span;

use super::{Absence, Image};

/// Which of several candidates is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The call that has them.
    pub span: Span,
    pub taken: Taken,
    /// How many there are.
    pub count: usize,
    /// The sources for which those before it are not taken, one of each.
    pub passed: Vec<AbsentSource>,
}

/// The candidate that is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    pub span: Span,
    /// From 1.
    pub number: usize,
    /// What was found to be there for it: images by digest, others as the program names them.
    pub sources: Vec<Arc<str>>,
}

/// A source that is not there, and where the program names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AbsentSource {
    pub span: Span,
    pub absence: Absence,
}

/// What is asked for what is being evaluated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    /// Everything: the program needs it.
    #[default]
    Needed,
    /// For a candidate, what is answered without fetching or building anything.
    Lookup,
    /// For a candidate that is taken if its last sources are there: everything.
    Whole,
}

/// What a value waits for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Waits {
    #[default]
    Nothing,
    /// That what is not asked yet is worth a question.
    Decision,
    /// An answer that is outstanding.
    Answers,
}

impl Image {
    /// The image as a text: its name, and what that stands for if a registry was asked.
    pub(super) fn shown(&self, reference: &str) -> Arc<str> {
        match &self.record {
            Some(record) if !record.digest.is_empty() && !reference.contains('@') => {
                format!("{reference}@{}", record.digest).into()
            }
            _ => reference.into(),
        }
    }
}
