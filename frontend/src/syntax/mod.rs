//! The language's text: tokens, the tree, and the formatter.
//!
//! In: the text of one file. Out: a [`Tree`] and every mistake in it; or the text in its canonical layout. Knows
//! nothing of names, kinds or builtins. The tree plus its tokens (white space and comments included) reproduce the
//! text. Start at [`Tree`].

mod text;
mod token;
pub mod tree;

pub use token::{Token, TokenKind};
pub use tree::Tree;
