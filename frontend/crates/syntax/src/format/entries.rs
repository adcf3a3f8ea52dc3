//! The nodes of a sequence with the comments between them.

use crate::Tree;
use crate::source::Span;
use crate::token::TokenKind;

/// A node of a sequence, or a comment beside or between its nodes.
pub(super) struct Entry<'t, T> {
    /// How many line feeds stand between it and what is before it; none if they share a line.
    pub(super) lines_before: usize,
    pub(super) what: What<'t, T>,
}

pub(super) enum What<'t, T> {
    Node(&'t T),
    Comment(Span),
}

/// Everything in a sequence.
pub(super) struct Entries<'t, T> {
    pub(super) list: Vec<Entry<'t, T>>,
    /// How many line feeds stand after the last entry.
    pub(super) lines_after: usize,
}

impl<'t, T> Entries<'t, T> {
    /// The entries within `whole`, of which `nodes` are some.
    pub(super) fn of(
        tree: &'t Tree,
        whole: Span,
        nodes: impl IntoIterator<Item = &'t T>,
        span: impl Fn(&T) -> Span,
    ) -> Self {
        let mut entries = Self { list: Vec::new(), lines_after: 0 };
        let mut from = whole.start;
        for node in nodes {
            let span = span(node);
            entries.gap(tree, from, span.start);
            entries.push(What::Node(node));
            from = span.end;
        }
        entries.gap(tree, from, whole.end);
        entries
    }

    /// Adds the comments between two nodes.
    fn gap(&mut self, tree: &Tree, from: u32, to: u32) {
        for token in tree.tokens.from(tree.tokens.at_or_after(from)) {
            match token.kind {
                _ if token.span.start >= to => break,
                TokenKind::Newline => self.lines_after += 1,
                TokenKind::Comment => self.push(What::Comment(token.span)),
                _ => {}
            }
        }
    }

    fn push(&mut self, what: What<'t, T>) {
        self.list.push(Entry { lines_before: std::mem::take(&mut self.lines_after), what });
    }

    pub(super) fn has_comment(&self) -> bool {
        self.list.iter().any(|entry| matches!(entry.what, What::Comment(_)))
    }
}
