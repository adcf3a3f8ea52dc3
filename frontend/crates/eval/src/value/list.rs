use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use super::Chain;
use crate::OptionCall;

/// A list of a program: the options for a call, or the stages of a [`Pipeline`](super::Pipeline).
///
/// It knows how large it is and can be compared without being walked, so that a call is recognized by it.
/// A clone, and so each value that may be one, is a pointer.
#[derive(Clone, Debug)]
pub struct List<T>(Chain<Counted<T>>);

/// An item, with what is to be known of the list up to it.
#[derive(Clone, Debug)]
struct Counted<T> {
    item: T,
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
        (self.fingerprint(), item.fingerprint()).hash(&mut hasher);
        let fingerprint = hasher.finish();
        let weight = self.weight().saturating_add(item.weight());
        self.0.push(Counted { item, fingerprint, weight });
    }

    /// Adds another list; to an empty one it costs nothing.
    pub fn append(&mut self, more: &Self) {
        match self.is_empty() {
            true => *self = more.clone(),
            false => more.iter().cloned().for_each(|item| self.push(item)),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.0.iter().map(|counted| &counted.item)
    }

    pub fn newest_first(&self) -> impl Iterator<Item = &T> {
        self.0.newest_first().map(|counted| &counted.item)
    }

    pub fn fingerprint(&self) -> u64 {
        self.0.last().map_or(0, |last| last.fingerprint)
    }

    /// The weights of all items together.
    pub fn weight(&self) -> u64 {
        self.0.last().map_or(0, |last| last.weight)
    }

    pub fn is_same(&self, other: &Self) -> bool {
        self.0.is_same(&other.0)
            || (self.fingerprint() == other.fingerprint()
                && self.len() == other.len()
                && self
                    .newest_first()
                    .zip(other.newest_first())
                    .all(|(one, other)| one.is_same(other)))
    }
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Chain::default())
    }
}
