//! The canonical layout of a file (language spec, section 7.1).
//!
//! In: a tree without errors. Out: the text of the same program in the canonical layout, with every comment. Formatting
//! it again changes nothing. Lines stay broken where the author broke them: see [`Breaks`]. Start at [`format()`].

mod block;
mod breaks;
mod decl;
mod entries;
mod expr;
mod literal;

use super::Tree;
use super::parser::with_line_feeds;
use crate::source::Span;
use breaks::Breaks;
pub(super) use breaks::is_empty_option;

/// Formats a file.
///
/// The text of an error node is kept as it is written, but not all that is around it: the text of a tree with errors may
/// miss something, so it must not be written back.
pub fn format(tree: &Tree) -> String {
    let mut printer = Printer {
        tree,
        breaks: Breaks::of(tree),
        out: String::with_capacity(tree.text.len()),
        indent: 0,
        lines: Lines::AsBroken,
    };
    printer.module();
    printer.out
}

struct Printer<'t> {
    tree: &'t Tree,
    breaks: Breaks,
    out: String,
    /// In tabs.
    indent: usize,
    lines: Lines,
}

/// Whether blocks and lists may take more than one line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lines {
    /// They do where the author broke them.
    AsBroken,
    /// Never, in interpolations of heredocs.
    One,
}

impl Printer<'_> {
    fn write(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn line_break(&mut self) {
        self.out.push('\n');
    }

    fn write_indent(&mut self) {
        self.out.extend(std::iter::repeat_n('\t', self.indent));
    }

    /// Writes what stands at a span as it is, but for carriage returns at the ends of lines.
    fn verbatim(&mut self, span: Span) {
        let text = self.tree.text.get(span.range()).unwrap_or_default();
        self.out.push_str(&with_line_feeds(text));
    }

    fn indented(&mut self, write: impl FnOnce(&mut Self)) {
        self.indent += 1;
        write(self);
        self.indent -= 1;
    }
}
