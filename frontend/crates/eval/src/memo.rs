use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use hlb_syntax::source::Span;

use super::{Cx, Fs, Value};

/// What function calls came to, so that a function that is mentioned twice is evaluated once.
///
/// Without it a chain of functions that each mention the one before twice would take exponential time.
#[derive(Default)]
pub struct Memo {
    /// The arguments are kept, because a [`Key`] tells filesystems apart by their address.
    calls: HashMap<Key, (Value, (Value, Vec<Value>))>,
    scratch: OnceLock<Arc<Fs>>,
}

/// A function, what it starts from and what it is given.
#[derive(PartialEq, Eq, Hash)]
pub struct Key {
    func: Span,
    stop: Option<Span>,
    start: Identity,
    args: Vec<Identity>,
}

#[derive(PartialEq, Eq, Hash)]
enum Identity {
    Fs(usize),
    String(Arc<str>),
    Int(i64),
    Bool(bool),
    /// No settings, or no stages.
    Empty,
    List(Vec<Identity>),
}

impl Memo {
    pub fn get(&self, key: &Key) -> Option<Value> {
        self.calls.get(key).map(|(value, _)| value.clone())
    }

    pub fn insert(&mut self, key: Key, value: Value, kept: (Value, Vec<Value>)) {
        self.calls.insert(key, (value, kept));
    }

    /// The empty filesystem: one for all, so that calls that start from it are told to be the same.
    pub fn scratch(&self, cx: &Cx<'_>) -> Arc<Fs> {
        self.scratch.get_or_init(|| cx.scratch()).clone()
    }
}

impl Key {
    /// `None` if the call has arguments that can't be told apart cheaply.
    pub fn new(func: Span, stop: Option<Span>, start: &Value, args: &[Value]) -> Option<Self> {
        let args = args.iter().map(Identity::of).collect::<Option<_>>()?;
        Some(Self { func, stop, start: Identity::of(start)?, args })
    }
}

impl Identity {
    fn of(value: &Value) -> Option<Self> {
        Some(match value {
            Value::Fs(fs) => Self::Fs(Arc::as_ptr(fs).addr()),
            Value::String(text) => Self::String(text.clone()),
            Value::Int(value) => Self::Int(*value),
            Value::Bool(value) => Self::Bool(*value),
            Value::Options(settings) if settings.is_empty() => Self::Empty,
            Value::Pipeline(stages) if stages.is_empty() => Self::Empty,
            Value::Variadic(values) => {
                Self::List(values.iter().map(Self::of).collect::<Option<_>>()?)
            }
            Value::Options(_) | Value::Pipeline(_) | Value::Unknown => return None,
        })
    }
}
