//! From tokens to the tree: a function a production, each with its EBNF line (language spec, section 2).
//!
//! In: the tokens of a file. Out: declarations, and every error; an error is told once and then passed over, up
//! to the end of its statement, list item or declaration. Knows nothing of names and kinds. Start at [`parse`].

mod cursor;
mod decl;
mod doc;
mod expr;
mod list;
mod literal;
mod recover;
mod stmt;

use std::sync::Arc;

use crate::source::{FileId, Span};

use super::errors::Errors;
use super::lexer::Lexed;
use super::token::Tokens;
use super::tree::{Decl, Expr, Stmt};

pub use decl::{BODY_ON_NEXT_LINE, STATEMENT_STYLE_IMPORT};
pub use expr::{EMPTY_INTERPOLATION, UNCLOSED_INTERPOLATION};
pub use list::{DOUBLED_COMMA, NAMED_ARGUMENT, UNCLOSED_LIST};
pub(super) use literal::with_line_feeds;
pub use literal::{BAD_DIGIT, NUMBER_TOO_LARGE};
pub use recover::{NESTED_TOO_DEEP, UNEXPECTED_TOKEN};
pub use stmt::{
    BLOCK_STATEMENT, COMMA_BETWEEN_ARGUMENTS, EMPTY_STATEMENT, PARENTHESIZED_CALL, UNCLOSED_BLOCK,
    WITH_AFTER_AS,
};

/// What parsing made of the tokens.
pub(super) struct Parsed {
    pub(super) decls: Vec<Decl>,
    pub(super) errors: Errors,
    /// Whether a declaration or an alias was lost.
    pub(super) lost: bool,
    /// What was passed over since it is nested too deep; ascending. Errors in it are not told.
    pub(super) too_deep: Vec<Span>,
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
        depth: 0,
        lists: 0,
        interpolations: 0,
        cut_strings: 0,
        block_stmts: 0,
        errors: Errors::default(),
        ended: false,
        end_told: lexed.unterminated,
        too_deep: Vec::new(),
        list_end_told: None,
        lost: false,
        spare_stmts: Vec::new(),
        spare_args: Vec::new(),
    };
    parser.pass_trivia();
    let decls = parser.module();
    let Parser { errors, lost, too_deep, .. } = parser;
    Parsed { decls, errors, lost, too_deep }
}

struct Parser<'t> {
    file: FileId,
    text: &'t Arc<Arc<str>>,
    tokens: &'t Tokens,
    /// The next token that the grammar sees.
    at: usize,
    /// Where the last token ended that the grammar saw.
    previous_end: u32,
    /// How many blocks, lists and interpolations are open.
    depth: u32,
    /// How many lists are open since the innermost interpolation began.
    lists: u32,
    /// How many interpolations are open.
    interpolations: u32,
    /// How many strings had no end: what closes the block or list around one may be a part of it.
    cut_strings: u32,
    /// How many blocks are open that stand as statements, which is told of the outermost.
    block_stmts: u32,
    errors: Errors,
    /// Whether everything open ends here, unclosed, since a declaration begins; that has been told.
    ended: bool,
    /// Whether an error at the end of the file would only follow from one that was told.
    end_told: bool,
    /// What was passed over since it is nested too deep: told once a file.
    too_deep: Vec<Span>,
    /// The last token that was told to stand where a list is not closed: it ends the lists around it as well.
    list_end_told: Option<usize>,
    lost: bool,
    /// Empty, with room for the statements of a block; as many as blocks were nested.
    spare_stmts: Vec<Vec<Stmt>>,
    /// The same for the arguments of a call.
    spare_args: Vec<Vec<Expr>>,
}

/// Moves elements into a list of just their size: most of the memory of a tree would else be room that nothing takes.
fn exact<T>(list: &mut Vec<T>) -> Vec<T> {
    let mut exact = Vec::with_capacity(list.len());
    exact.append(list);
    exact
}
