use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasherDefault, Hasher};

use super::{Kind, Signature};

/// All builtins, by name; a name may have several kinds.
#[derive(Clone, Debug, Default)]
pub struct Builtins {
    /// Invariant: each list is sorted by kind, no kind twice, none empty.
    by_name: HashMap<&'static str, Vec<&'static Signature>, BuildHasherDefault<NameHasher>>,
    /// By name, then kind.
    sorted: Vec<&'static Signature>,
}

/// FNV-1a: the checker asks for a builtin at every call. The names in the table are ours, so nobody can make many of
/// them alike, and asking for others costs no more.
#[derive(Clone, Debug)]
struct NameHasher(u64);

impl Default for NameHasher {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for NameHasher {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        // The table takes its two parts from both ends.
        self.0 ^ self.0.rotate_left(32)
    }
}

impl FromIterator<&'static Signature> for Builtins {
    fn from_iter<I: IntoIterator<Item = &'static Signature>>(signatures: I) -> Self {
        let mut by_name = BTreeMap::<_, Vec<_>>::new();
        for signature in signatures {
            by_name.entry(signature.name).or_default().push(signature);
        }
        for list in by_name.values_mut() {
            list.sort_by_key(|signature| signature.kind.to_string());
            debug_assert!(list.windows(2).all(|pair| pair[0].kind != pair[1].kind));
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
