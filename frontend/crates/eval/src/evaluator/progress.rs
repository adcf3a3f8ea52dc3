use hlb_program::program::{Alias, AliasId, Function, Stmt};

use crate::{Frame, Value};

/// How far the body of a function is evaluated in one call of it.
///
/// An alias needs the body up to its own statement only. So the body is evaluated as far as somebody needs it, and goes on
/// from there for who needs more: all aliases of a call together cost one evaluation.
pub struct Progress {
    pub frame: Frame,
    /// What the statements so far made.
    pub chain: Value,
    /// The statement to go on with.
    pub next: usize,
}

/// Up to where the body of a function is evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    End,
    /// Until the alias is bound, or the statement that would have bound it has failed.
    Bound(AliasId),
}

impl Progress {
    /// What is wanted, if the body is evaluated so far.
    ///
    /// An alias that its own statement did not bind has no value: why is reported there.
    pub fn value(&self, function: &Function, until: Until, alias: Option<&Alias>) -> Option<Value> {
        let stmts = function.body.as_ref().map_or(&[][..], |body| &body.stmts);
        let Until::Bound(id) = until else {
            return (self.next == stmts.len()).then(|| self.chain.clone());
        };
        if let Some(bound) = self.frame.aliases.get(&id) {
            return Some(bound.clone());
        }
        let last = self.next.checked_sub(1).and_then(|last| stmts.get(last));
        let is_past = match (last, alias) {
            (Some(Stmt::Call(call)), Some(alias)) => alias.owner.end <= call.span.end,
            _ => false,
        };
        (is_past || self.next == stmts.len()).then_some(Value::Unknown)
    }
}
