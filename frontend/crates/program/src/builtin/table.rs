use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::{Kind, Signature};

/// All builtins, by name; a name may have several kinds.
#[derive(Clone, Debug, Default)]
pub struct Builtins {
    /// Invariant: each list is sorted by kind, no kind twice, none empty.
    ///
    /// The hash is one that does not withstand collisions made on purpose: the names in the table are ours, and the checker
    /// asks for one at every call.
    by_name: FxHashMap<&'static str, Vec<&'static Signature>>,
    /// By name, then kind.
    sorted: Vec<&'static Signature>,
}

impl FromIterator<&'static Signature> for Builtins {
    fn from_iter<I: IntoIterator<Item = &'static Signature>>(signatures: I) -> Self {
        let mut by_name = BTreeMap::<_, Vec<_>>::new();
        for signature in signatures {
            by_name.entry(signature.name).or_default().push(signature);
        }
        for list in by_name.values_mut() {
            list.sort_by_key(|signature| signature.kind.to_string());
            debug_assert!(list.is_sorted_by(|one, next| one.kind != next.kind));
        }
        let sorted = by_name.values().flatten().copied().collect();
        Self { by_name: by_name.into_iter().collect(), sorted }
    }
}

impl Builtins {
    /// The builtins of a name, sorted by kind; empty if there is none.
    pub fn named(&self, name: &str) -> &[&'static Signature] {
        self.by_name.get(name).map_or(&[], Vec::as_slice)
    }

    /// The builtin of a name and kind.
    pub fn get(&self, name: &str, kind: &Kind) -> Option<&'static Signature> {
        self.named(name).iter().find(|signature| signature.kind == *kind).copied()
    }

    /// All signatures, by name, then kind.
    pub fn iter(&self) -> impl Iterator<Item = &'static Signature> {
        self.sorted.iter().copied()
    }
}
