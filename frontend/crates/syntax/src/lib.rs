//! The language's text: tokens, the tree, and the formatter.
//!
//! In: the text of one file. Out: a [`Tree`] and every error in it; or the text in its canonical layout. Knows
//! nothing of names, kinds or builtins. The tree plus its tokens (white space and comments included) reproduce the
//! text. Start at [`parse()`].

pub mod diagnostic;
mod errors;
pub mod foreign;
mod format;
mod heredoc_value;
mod lexer;
mod parser;
mod shape;
pub mod source;
#[cfg(test)]
mod tests;
mod token;
pub mod tree;

use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic};
use crate::source::{FileId, Span};
pub use format::format;
pub use heredoc_value::heredoc_value;
pub use shape::shape;
pub use token::{Token, TokenKind, Tokens};
pub use tree::Tree;

/// A file of 4 GiB or more: offsets have 32 bits.
pub static FILE_TOO_LARGE: Code = Code::error("HLB0098", "file-too-large");

/// The error of such a file. It is public and apart from the parser, since no test can have a file of that size.
pub fn file_too_large(start: Span) -> Diagnostic {
    FILE_TOO_LARGE.at(start, "file too large: 4 GiB or more").help("move data out of the program")
}

/// Every code that [`parse()`] reports.
pub static CODES: &[&Code] = &[
    &lexer::UNEXPECTED_CHARACTER,
    &lexer::SINGLE_QUOTES,
    &lexer::NEGATIVE_NUMBER,
    &lexer::ASSIGNMENT,
    &lexer::UNTERMINATED_STRING,
    &lexer::BAD_ESCAPE,
    &lexer::UNTERMINATED_HEREDOC,
    &lexer::FOREIGN_HEREDOC,
    &lexer::SHELL_EXPANSION,
    &lexer::FOREIGN_COMMENT,
    &parser::UNEXPECTED_TOKEN,
    &parser::NESTED_TOO_DEEP,
    &parser::UNCLOSED_BLOCK,
    &parser::UNCLOSED_LIST,
    &parser::UNCLOSED_INTERPOLATION,
    &parser::BODY_ON_NEXT_LINE,
    &parser::STATEMENT_STYLE_IMPORT,
    &parser::DOUBLED_COMMA,
    &parser::NAMED_ARGUMENT,
    &parser::PARENTHESIZED_CALL,
    &parser::BLOCK_STATEMENT,
    &parser::COMMA_BETWEEN_ARGUMENTS,
    &parser::EMPTY_STATEMENT,
    &parser::WITH_AFTER_AS,
    &parser::EMPTY_INTERPOLATION,
    &parser::BAD_DIGIT,
    &parser::NUMBER_TOO_LARGE,
    &parser::DOCKERFILE_INSTRUCTION,
    &parser::DOCKERFILE_FLAG,
    &parser::UNQUOTED_TEXT,
    &parser::FOREIGN_DECLARATION,
    &parser::NESTED_FUNCTION,
    &parser::OPTIONS_WITHOUT_WITH,
    &parser::DASH_IN_NAME,
    &parser::PARAMETER_WITHOUT_KIND,
    &parser::FOREIGN_STATEMENT,
    &FILE_TOO_LARGE,
    &errors::TOO_MANY_ERRORS,
];

/// Splits a file into the tokens that [`parse()`] begins with, and finds the errors that the characters alone show.
///
/// A file of 4 GiB or more has no tokens. For benchmarks and tests of this step; everything else needs the tree.
pub fn lex(file: FileId, text: &str) -> (Tokens, Vec<Diagnostic>) {
    if u32::try_from(text.len()).is_err() {
        return (Tokens::new(file, 0), vec![file_too_large(Span::new(file, 0, 0))]);
    }
    let lexed = lexer::lex(file, text, Vec::new());
    (lexed.tokens, lexed.errors.merge(errors::Errors::default()))
}

/// Parses a file: what it declares, and every error in it, in the order of the text.
///
/// There is a tree for any text; where the text has errors, the tree has error nodes.
pub fn parse(file: FileId, text: Arc<str>) -> (Tree, Vec<Diagnostic>) {
    if u32::try_from(text.len()).is_err() {
        let tokens = Tokens::new(file, 0);
        let tree = Tree { file, text, tokens, decls: Vec::new(), incomplete: true };
        return (tree, vec![file_too_large(Span::new(file, 0, 0))]);
    }
    let mut lexed = lexer::lex(file, &text, Vec::new());
    let mut parsed = parser::parse(file, &text, &lexed);
    if let Some(suspect) = lexed.suspect
        && (lexed.errors.any_after(suspect) || parsed.errors.any_after(suspect))
    {
        lexed = lexer::lex(file, &text, vec![suspect]);
        parsed = parser::parse(file, &text, &lexed);
    }
    let tokens = lexed.tokens;
    lexed.errors.drop_within(&parsed.too_deep);
    lexed.errors.drop_following(&parsed.foreign);
    lexed.errors.drop_dashed(&text, &parsed.dashed);
    parsed.errors.drop_dashed(&text, &parsed.dashed);
    let diagnostics = lexed.errors.merge(parsed.errors);
    let tree = Tree { file, text, tokens, decls: parsed.decls, incomplete: parsed.incomplete };
    (tree, diagnostics)
}
