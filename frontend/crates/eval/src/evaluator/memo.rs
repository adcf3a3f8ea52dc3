use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use hlb_program::program::FunctionId;
use rustc_hash::FxHashMap;

use super::progress::Known;
use crate::value::same_values;
use crate::{Fs, Host, Value};

/// How far each call of a function is evaluated, so that a function that is called twice with the same is evaluated once.
///
/// Without it a chain of functions that each mention the one before twice would take exponential time.
#[derive(Default)]
pub struct Memo {
    calls: FxHashMap<Called, Known>,
    scratch: Option<Arc<Fs>>,
}

/// A function, what it starts from and what it is given.
#[derive(Clone)]
pub struct Called {
    pub function: FunctionId,
    pub start: Value,
    pub args: Arc<Vec<Value>>,
    /// Made once: it is asked for at each look into the memo, and whenever that grows.
    fingerprint: u64,
}

impl Called {
    pub fn new(function: FunctionId, start: Value, args: Vec<Value>) -> Self {
        let mut hasher = DefaultHasher::new();
        function.hash(&mut hasher);
        start.hash_identity(&mut hasher);
        args.iter().for_each(|arg| arg.hash_identity(&mut hasher));
        Self { function, start, args: Arc::new(args), fingerprint: hasher.finish() }
    }
}

impl Memo {
    pub fn get(&self, called: &Called) -> Option<&Known> {
        self.calls.get(called)
    }

    /// Takes what is known of a call out, to go on with it.
    pub fn take(&mut self, called: &Called) -> Option<Known> {
        self.calls.remove(called)
    }

    /// Keeps what is known of a call; of two evaluations of one call, the later.
    pub fn insert(&mut self, called: Called, known: Known) {
        self.calls.insert(called, known);
    }

    /// The empty filesystem: one for all, so that calls that start from it are recognized as the same.
    pub fn scratch(&mut self, host: &Host<'_>) -> Arc<Fs> {
        self.scratch.get_or_insert_with(|| Arc::new(Fs::scratch(&host.platform))).clone()
    }

    /// A memo that knows nothing but the empty filesystem.
    pub fn fresh(&self) -> Self {
        Self { calls: FxHashMap::default(), scratch: self.scratch.clone() }
    }

    /// Takes over what another memo knows.
    pub fn extend(&mut self, other: Self) {
        self.calls.extend(other.calls);
    }
}

impl Hash for Called {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.fingerprint.hash(state);
    }
}

impl PartialEq for Called {
    fn eq(&self, other: &Self) -> bool {
        self.function == other.function
            && self.start.is_same(&other.start)
            && same_values(self.args.iter(), other.args.iter())
    }
}

impl Eq for Called {}
