//! What the tests of this crate share, and those of the parser as a whole.

mod adversarial;
mod doc;
mod layout;
mod recovery;

use std::fmt::Write;

use super::*;
use crate::source::Sources;

/// Parses a text; the tree, and each error as `LINE:FROM-TO CODE MESSAGE`.
pub(super) fn parsed(text: &str) -> (Tree, Vec<String>) {
    let mut sources = Sources::default();
    let file = sources.add("c.hlb", text);
    let (tree, diagnostics) = parse(file, text.into());
    let tokens: String = tree.tokens.iter().map(|token| &text[token.span.range()]).collect();
    assert_eq!(tokens, text, "the tokens are the text");
    let reported = diagnostics.iter().map(|it| {
        let span = it.span.expect("an error in the text has a span");
        let position = |at| sources.file(file).position(at);
        let (start, end) = (position(span.start), position(span.end));
        let mut line = format!("{}:{}-", start.line, start.column);
        if end.line != start.line {
            write!(line, "{}:", end.line).expect("a string takes all");
        }
        write!(line, "{} {} {}", end.column, it.code.id, it.message).expect("a string takes all");
        line
    });
    let reported = reported.collect();
    (tree, reported)
}

/// The errors of a text, one a line.
pub(super) fn reported(text: &str) -> String {
    parsed(text).1.join("\n")
}
