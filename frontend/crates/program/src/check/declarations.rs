//! The declarations of a program while they are collected.

use std::collections::{HashMap, HashSet};

use hlb_syntax::diagnostic::Diagnostic;
use hlb_syntax::source::Span;
use hlb_syntax::tree::Name;

use super::rule::declaration;
use crate::builtin::Builtins;
use crate::program::{Alias, AliasId, Declared, Item, Names, Program};

/// A program whose declarations are known, while what they evaluate is yet to be lowered.
#[derive(Default)]
pub(super) struct Declarations {
    pub program: Program,
    pub clauses: Clauses,
    /// The errors in the declarations themselves.
    pub errors: Vec<Diagnostic>,
}

/// What is known of the `as` clauses of a program.
#[derive(Default)]
pub(super) struct Clauses {
    /// By the alias's name in its clause.
    pub aliases: HashMap<Span, AliasId>,
    /// The keywords of the clauses that are already reported.
    pub reported: HashSet<Span>,
}

/// The declarations of one module, while they are collected.
pub(super) struct Declaring<'d> {
    pub declarations: &'d mut Declarations,
    pub builtins: &'d Builtins,
    pub names: Names,
    /// See [`Module::is_incomplete`](crate::program::Module).
    pub is_incomplete: bool,
}

impl Declaring<'_> {
    /// Declares what an `as` clause names.
    pub fn declare_alias(&mut self, alias: Alias) {
        let id = AliasId(self.declarations.program.aliases.len() as u32);
        self.declarations.clauses.aliases.insert(alias.name.span, id);
        let name = alias.name.clone();
        self.declarations.program.aliases.push(alias);
        self.declare(&name, Item::Alias(id));
    }

    /// Declares a name; of several declarations of one name, the first counts.
    pub fn declare(&mut self, name: &Name, item: Item) {
        if name.text().is_empty() {
            return;
        }
        match self.names.get_mut(name.text()) {
            Some(first) => {
                first.is_ambiguous = true;
                let first = self.declarations.program.name_of(first.item).span;
                self.declarations.errors.push(declaration::redefinition(name, first));
            }
            None => {
                let declared = Declared { item, is_exported: false, is_ambiguous: false };
                self.names.insert(name.text().into(), declared);
            }
        }
    }
}
