use std::collections::BTreeMap;
use std::sync::OnceLock;

use hlb_program::builtin::{Builtins, Signature};

use super::{Builtin, fs, pipeline, string};

/// All builtins: their signatures, for who checks or documents, and the rows, for evaluation.
pub struct Registry {
    pub builtins: Builtins,
    /// By the address of the signature, which is a part of the row.
    rows: BTreeMap<usize, &'static Builtin>,
}

/// The one table of builtins.
///
/// To add one: write its row beside its lowering, in a file of `fs`, `string` or `pipeline`; put it into the `ROWS` of
/// that file (a new file is a line of the folder's `ROWS`); and add a case to `testdata`. Checker, outline and the
/// editor's completion are handed this table, and need no change.
pub fn registry() -> &'static Registry {
    static REGISTRY: OnceLock<Registry> = OnceLock::new();
    REGISTRY.get_or_init(|| {
        let groups = [fs::ROWS, string::ROWS, pipeline::ROWS];
        Registry::new(groups.into_iter().flatten().copied().flatten().copied())
    })
}

impl Registry {
    pub(super) fn new(rows: impl Iterator<Item = &'static Builtin> + Clone) -> Self {
        Self {
            builtins: rows.clone().map(|row| &row.signature).collect(),
            rows: rows.map(|row| (address(&row.signature), row)).collect(),
        }
    }

    /// The row of a signature of this table.
    pub fn row(&self, signature: &'static Signature) -> Option<&'static Builtin> {
        self.rows.get(&address(signature)).copied()
    }
}

fn address(signature: &Signature) -> usize {
    std::ptr::from_ref(signature).addr()
}
