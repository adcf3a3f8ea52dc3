use crate::builtin::Meaning;
use crate::program::{Call, Expr, Stmt};

/// The option calls that an operand of `with` spells out.
pub(super) struct Options<'p> {
    /// Calls of builtins only.
    pub calls: Vec<&'p Call>,
    /// Whether there is nothing else: a function or a parameter may set anything.
    pub is_complete: bool,
}

impl<'p> Options<'p> {
    pub fn of(call: &'p Call) -> Self {
        let mut options = Self { calls: Vec::new(), is_complete: true };
        match call.options.as_deref() {
            None => {}
            Some(Expr::Block { block, .. }) => {
                for stmt in &block.stmts {
                    match stmt {
                        Stmt::Call(call) => options.add(call),
                        Stmt::Value(_) | Stmt::Error(_) => options.is_complete = false,
                    }
                }
            }
            Some(Expr::Call(call)) => options.add(call),
            Some(_) => options.is_complete = false,
        }
        options
    }

    fn add(&mut self, call: &'p Call) {
        match call.signature() {
            Some(_) => self.calls.push(call),
            None => self.is_complete = false,
        }
    }

    /// The last argument that is about something: later calls win.
    pub fn arg(&self, meaning: Meaning) -> Option<&'p Expr> {
        self.calls.iter().rev().find_map(|call| call.arg(meaning))
    }
}
