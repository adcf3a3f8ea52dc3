//! What is open around the next token: blocks, lists and interpolations.

/// Something that is open until its bracket closes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Open {
    Block,
    /// A block with its kind where a statement stands, which is an error.
    BlockStatement,
    List,
    Interpolation,
}

/// How many blocks, lists and interpolations may lie inside each other: all steps recurse over the tree.
pub(super) const MAX_DEPTH: usize = 256;

/// The outermost first.
///
/// Invariant: at most [`MAX_DEPTH`].
#[derive(Debug, Default)]
pub(super) struct Nesting(Vec<Open>);

impl Nesting {
    /// Goes one level deeper; false if that is too deep, and then nothing was entered.
    pub(super) fn enter(&mut self, open: Open) -> bool {
        let fits = self.0.len() < MAX_DEPTH;
        if fits {
            self.0.push(open);
        }
        fits
    }

    pub(super) fn leave(&mut self) {
        self.0.pop();
    }

    /// Whether a `)` could close something here: an interpolation hides the lists around it.
    pub(super) fn is_in_list(&self) -> bool {
        let inner = self.0.iter().rev().take_while(|open| **open != Open::Interpolation);
        inner.into_iter().any(|open| *open == Open::List)
    }

    pub(super) fn is_in(&self, open: Open) -> bool {
        self.0.contains(&open)
    }
}
