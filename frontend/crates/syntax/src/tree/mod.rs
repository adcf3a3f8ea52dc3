//! The syntax tree: one type a production of the grammar (language spec, section 2).
//!
//! Every node has the span of its text without surrounding trivia. An error leaves an `Error` node behind. What
//! follows all of a tree is a [`Visitor`].

mod decl;
mod expr;
mod stmt;
mod text;
mod visit;

use std::sync::Arc;

pub use decl::{Decl, Doc, Export, Func, Import, Param, Params};
pub use expr::{
    Args, BlockLit, BoolLit, CallExpr, Expr, Indent, IntLit, Path, StringForm, StringLit,
    StringPart,
};
pub use stmt::{Bind, BindForm, Binds, Block, CallStmt, Stmt, With};
pub use text::{Name, Text};
pub use visit::{
    Visitor, walk_block, walk_call_expr, walk_call_stmt, walk_decl, walk_expr, walk_func,
    walk_params, walk_stmt, walk_string, walk_tree,
};

use crate::Tokens;
use crate::source::FileId;

/// A parsed file.
#[derive(Clone, Debug)]
pub struct Tree {
    pub file: FileId,
    pub text: Arc<str>,
    /// All tokens, trivia included: together they are the text.
    pub tokens: Tokens,
    pub decls: Vec<Decl>,
    /// Whether a syntax error may have hidden a declaration or an alias: a name that nothing declares is then no error.
    pub incomplete: bool,
}

impl Tree {
    /// The functions of the file, in order.
    pub fn funcs(&self) -> impl Iterator<Item = &Func> {
        self.decls.iter().filter_map(|decl| match decl {
            Decl::Func(func) => Some(&**func),
            _ => None,
        })
    }

    /// The imports of the file, in order.
    pub fn imports(&self) -> impl Iterator<Item = &Import> {
        self.decls.iter().filter_map(|decl| match decl {
            Decl::Import(import) => Some(&**import),
            _ => None,
        })
    }

    /// The import declaration that stands at an offset.
    pub fn import_around(&self, offset: u32) -> Option<&Import> {
        let after = self.decls.partition_point(|decl| decl.span().start <= offset);
        match self.decls.get(after.checked_sub(1)?) {
            Some(Decl::Import(import)) => Some(import),
            _ => None,
        }
    }

    /// The exports of the file, in order.
    pub fn exports(&self) -> impl Iterator<Item = &Export> {
        self.decls.iter().filter_map(|decl| match decl {
            Decl::Export(export) => Some(export),
            _ => None,
        })
    }
}
