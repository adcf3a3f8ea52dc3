use hlb_program::program::{Alias, AliasId, Function, Stmt};
use rpds::RedBlackTreeMapSync;

use crate::{Frame, Value};

/// What is known of a call of a function.
pub enum Known {
    Whole(Whole),
    /// Boxed: nearly all calls end up whole, and there are many.
    Part(Box<Progress>),
}

/// What a call made whose body is evaluated to its end.
pub struct Whole {
    value: Value,
    /// Boxed, since few bodies bind any.
    aliases: Option<Box<RedBlackTreeMapSync<AliasId, Value>>>,
}

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

impl Whole {
    /// The value of the body or of an alias in it.
    ///
    /// An alias that its own statement did not bind has no value: why is reported there.
    pub fn value(&self, until: Option<AliasId>) -> Value {
        match until {
            None => self.value.clone(),
            Some(id) => {
                let bound = self.aliases.as_ref().and_then(|aliases| aliases.get(&id));
                bound.cloned().unwrap_or_default()
            }
        }
    }
}

impl Progress {
    /// What is to be kept of it.
    pub fn into_known(self, function: &Function) -> Known {
        match self.next == stmts(function).len() {
            true => {
                let aliases = Some(self.frame.aliases).filter(|aliases| !aliases.is_empty());
                Known::Whole(Whole { value: self.chain, aliases: aliases.map(Box::new) })
            }
            false => Known::Part(Box::new(self)),
        }
    }

    /// The value of the whole body or of an alias in it, if the body is evaluated that far; see [`Whole::value`].
    pub fn value(&self, function: &Function, until: Option<(AliasId, &Alias)>) -> Option<Value> {
        let stmts = stmts(function);
        let Some((id, alias)) = until else {
            return (self.next == stmts.len()).then(|| self.chain.clone());
        };
        if let Some(bound) = self.frame.aliases.get(&id) {
            return Some(bound.clone());
        }
        let last = self.next.checked_sub(1).and_then(|last| stmts.get(last));
        let is_past = matches!(last, Some(Stmt::Call(call)) if alias.owner.end <= call.span.end);
        (is_past || self.next == stmts.len()).then_some(Value::Unknown)
    }
}

/// The statements of a body; none if it has an error.
pub fn stmts(function: &Function) -> &[Stmt] {
    function.body.as_ref().map_or(&[], |body| &body.stmts)
}
