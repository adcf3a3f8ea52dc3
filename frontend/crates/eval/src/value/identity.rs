//! When two values are the same, for who wants to recognize a call.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use super::Value;

/// As much of both ends of a text as its fingerprint takes in, so that it costs the same for every text.
const SAMPLE_BYTES: usize = 128;

impl Value {
    /// Hashes what [`Value::is_same`] compares.
    ///
    /// It depends on addresses, so nothing that is built may depend on it.
    pub(crate) fn hash_identity(&self, state: &mut impl Hasher) {
        std::mem::discriminant(self).hash(state);
        match self {
            Self::Fs(fs) => Arc::as_ptr(fs).addr().hash(state),
            Self::String(text) => sample(text).hash(state),
            Self::Int(value) => value.hash(state),
            Self::Bool(value) => value.hash(state),
            Self::Options(options) => options.fingerprint().hash(state),
            Self::Pipeline(stages) => stages.fingerprint().hash(state),
            Self::Variadic(values) => values.iter().for_each(|value| value.hash_identity(state)),
            Self::Lacking(error) => Arc::as_ptr(error).addr().hash(state),
            Self::Pending | Self::Unknown => {}
        }
    }

    /// Whether nothing can tell two values apart.
    ///
    /// Filesystems are the same if they were made once. What waits for an answer is all the same, and so is what is
    /// wrong: nobody looks into either.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Fs(one), Self::Fs(other)) => Arc::ptr_eq(one, other),
            (Self::String(one), Self::String(other)) => Arc::ptr_eq(one, other) || one == other,
            (Self::Int(one), Self::Int(other)) => one == other,
            (Self::Bool(one), Self::Bool(other)) => one == other,
            (Self::Options(one), Self::Options(other)) => one.is_same(other),
            (Self::Pipeline(one), Self::Pipeline(other)) => one.is_same(other),
            (Self::Variadic(one), Self::Variadic(other)) => {
                Arc::ptr_eq(one, other) || same_values(one.iter(), other.iter())
            }
            (Self::Lacking(one), Self::Lacking(other)) => Arc::ptr_eq(one, other),
            (Self::Pending, Self::Pending) | (Self::Unknown, Self::Unknown) => true,
            _ => false,
        }
    }
}

/// Whether two rows of values are as long as each other, and their values the same.
pub(crate) fn same_values<'v>(
    one: impl ExactSizeIterator<Item = &'v Value>,
    other: impl ExactSizeIterator<Item = &'v Value>,
) -> bool {
    one.len() == other.len() && one.zip(other).all(|(one, other)| one.is_same(other))
}

fn sample(text: &str) -> (usize, &[u8], &[u8]) {
    let bytes = text.as_bytes();
    let end = bytes.len().saturating_sub(SAMPLE_BYTES);
    let first = bytes.get(..SAMPLE_BYTES).unwrap_or(bytes);
    (bytes.len(), first, bytes.get(end..).unwrap_or_default())
}
