//! From tokens to the tree: a function a production, each with its EBNF line (language spec, section 2).
//!
//! In: the tokens of a file. Out: declarations, and every error. After an error, the parser skips to the end of the
//! statement, list item or declaration; what is reported there and what is not, `recovery` decides. Knows nothing of
//! names and kinds. Start at [`parse`].

mod ahead;
mod block;
mod clause;
mod cursor;
mod decl;
mod doc;
mod expr;
mod foreign;
mod func;
mod import;
mod list;
mod literal;
mod name;
mod open;
mod recovery;
mod report;
mod skip;
mod stmt;
mod unquoted;

use std::sync::Arc;

use crate::errors::Errors;
use crate::source::{FileId, Span};

use super::lexer::Lexed;
use super::token::Tokens;
use super::tree::{Decl, Expr, Stmt};
use open::Nesting;
use recovery::Recovery;

pub use block::{BLOCK_STATEMENT, EMPTY_STATEMENT, UNCLOSED_BLOCK};
pub use clause::{OPTIONS_WITHOUT_WITH, WITH_AFTER_AS};
pub use expr::{EMPTY_INTERPOLATION, UNCLOSED_INTERPOLATION};
pub use foreign::{
    DOCKERFILE_FLAG, DOCKERFILE_INSTRUCTION, FOREIGN_DECLARATION, FOREIGN_STATEMENT,
    NESTED_FUNCTION,
};
pub use func::{BODY_ON_NEXT_LINE, PARAMETER_WITHOUT_KIND};
pub use import::STATEMENT_STYLE_IMPORT;
pub use list::{DOUBLED_COMMA, NAMED_ARGUMENT, UNCLOSED_LIST};
pub(super) use literal::with_line_feeds;
pub use literal::{BAD_DIGIT, NUMBER_TOO_LARGE};
pub use name::DASH_IN_NAME;
pub use report::UNEXPECTED_TOKEN;
pub use skip::NESTED_TOO_DEEP;
pub use stmt::{COMMA_BETWEEN_ARGUMENTS, PARENTHESIZED_CALL};
pub use unquoted::UNQUOTED_TEXT;

/// What parsing made of the tokens.
pub(super) struct Parsed {
    pub(super) decls: Vec<Decl>,
    pub(super) errors: Errors,
    /// Whether a declaration or an alias may be missing.
    pub(super) incomplete: bool,
    /// What was skipped since it is nested too deep, in ascending order. Errors in it are not reported.
    pub(super) too_deep: Vec<Span>,
    /// What was reported as something of another language, in ascending order: errors of the lexer in it follow from that.
    pub(super) foreign: Vec<Span>,
    /// The names with a `-` that are declared, which is reported there and not where they are used.
    pub(super) dashed: Vec<Span>,
}

/// Parses the tokens of a file.
pub(super) fn parse(file: FileId, text: &Arc<str>, lexed: &Lexed) -> Parsed {
    let text = Arc::new(text.clone());
    let mut parser = Parser {
        file,
        text: &text,
        tokens: &lexed.tokens,
        at: 0,
        previous_end: 0,
        next_error: 0,
        open: Nesting::default(),
        recovery: Recovery::new(lexed.unterminated.then_some(lexed.tokens.len())),
        spare_stmts: Vec::new(),
        spare_args: Vec::new(),
    };
    parser.pass_trivia();
    let decls = parser.module();
    parser.recovery.finish(decls)
}

struct Parser<'t> {
    file: FileId,
    text: &'t Arc<Arc<str>>,
    tokens: &'t Tokens,
    /// The next token that the grammar sees.
    at: usize,
    /// Where the last token ended that the grammar saw.
    previous_end: u32,
    /// The first error token that is not before `at`, once that was asked for.
    next_error: usize,
    open: Nesting,
    recovery: Recovery,
    /// Empty lists, kept for the statements of the next block since they are allocated already.
    spare_stmts: Vec<Vec<Stmt>>,
    /// The same for the arguments of a call.
    spare_args: Vec<Vec<Expr>>,
}

/// Moves elements into a list of just their size: spare capacity would be most of the memory of a tree.
fn exact<T>(list: &mut Vec<T>) -> Vec<T> {
    let mut exact = Vec::with_capacity(list.len());
    exact.append(list);
    exact
}
