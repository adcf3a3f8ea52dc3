use std::collections::BTreeMap;
use std::sync::OnceLock;

use hlb_program::builtin::{Builtins, Signature};

use super::{Builtin, fs, pipeline, string};

/// All builtins: their signatures, for who checks or documents, and the rows, for evaluation.
pub struct Registry {
    pub builtins: Builtins,
    /// By name, then kind.
    rows: BTreeMap<(&'static str, String), &'static Builtin>,
}

/// The one table of builtins.
pub fn registry() -> &'static Registry {
    static REGISTRY: OnceLock<Registry> = OnceLock::new();
    REGISTRY.get_or_init(|| {
        let rows = || {
            fs::ROWS
                .iter()
                .chain(string::ROWS)
                .chain(pipeline::ROWS)
                .flat_map(|group| group.iter().copied())
        };
        Registry {
            builtins: rows().map(|row| &row.signature).collect(),
            rows: rows()
                .map(|row| ((row.signature.name, row.signature.kind.to_string()), row))
                .collect(),
        }
    })
}

impl Registry {
    /// The row of a signature of this table.
    pub fn row(&self, signature: &Signature) -> Option<&'static Builtin> {
        self.rows.get(&(signature.name, signature.kind.to_string())).copied()
    }
}
