use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use super::Chain;
use crate::OptionCall;

/// A list of a program: the options for a call, or the stages of a [`Pipeline`](super::Pipeline).
///
/// It knows how large it is and can be compared without being walked, so that a call is recognized by it.
#[derive(Clone, Debug)]
pub struct List<T> {
    items: Chain<T>,
    /// Of all items in their order; equal lists have the same one.
    fingerprint: u64,
    weight: u64,
}

/// What a [`List`] is made of.
pub trait Item: Clone {
    /// Equal items have the same one.
    fn fingerprint(&self) -> u64;

    fn is_same(&self, other: &Self) -> bool;

    /// How much it holds, in bytes: what an evaluation is charged for reading it.
    fn weight(&self) -> u64;
}

/// Option calls, in the order in which they take effect.
pub type Options = List<Arc<OptionCall>>;

impl<T: Item> List<T> {
    pub fn push(&mut self, item: T) {
        let mut hasher = DefaultHasher::new();
        (self.fingerprint, item.fingerprint()).hash(&mut hasher);
        self.fingerprint = hasher.finish();
        self.weight = self.weight.saturating_add(item.weight());
        self.items.push(item);
    }

    /// Adds another list; to an empty one it costs nothing.
    pub fn append(&mut self, more: &Self) {
        match self.items.is_empty() {
            true => *self = more.clone(),
            false => more.iter().cloned().for_each(|item| self.push(item)),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    pub fn len(&self) -> usize {
        self.items.len()
    }

    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.items.iter()
    }

    pub fn newest_first(&self) -> impl Iterator<Item = &T> {
        self.items.newest_first()
    }

    pub fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    /// The weights of all items together.
    pub fn weight(&self) -> u64 {
        self.weight
    }

    pub fn is_same(&self, other: &Self) -> bool {
        self.items.is_same(&other.items)
            || (self.fingerprint == other.fingerprint
                && self.len() == other.len()
                && self
                    .newest_first()
                    .zip(other.newest_first())
                    .all(|(one, other)| one.is_same(other)))
    }
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self { items: Chain::default(), fingerprint: 0, weight: 0 }
    }
}
