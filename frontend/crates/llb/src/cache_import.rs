use std::collections::BTreeMap;

use serde::Deserialize;

/// A cache that the client wants to be used.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CacheImport {
    /// Such as `registry`; the daemon knows which there are.
    pub kind: String,
    /// May hold tokens, so they are never shown.
    pub attrs: BTreeMap<String, String>,
}

impl CacheImport {
    /// Reads what buildx and `buildctl` make of `--cache-from` and `--import-cache`.
    pub fn parse_list(json: &str) -> Result<Vec<Self>, serde_json::Error> {
        // Go writes its own field names and reads them in any case.
        #[derive(Deserialize)]
        struct Entry {
            #[serde(rename = "Type", alias = "type")]
            kind: String,
            #[serde(rename = "Attrs", alias = "attrs", default)]
            attrs: Option<BTreeMap<String, String>>,
        }
        let entries: Option<Vec<Entry>> = serde_json::from_str(json)?;
        let entries = entries.unwrap_or_default().into_iter();
        Ok(entries.map(|it| Self { kind: it.kind, attrs: it.attrs.unwrap_or_default() }).collect())
    }

    /// The import that an image reference in the older `cache-from` means.
    pub fn registry(reference: &str) -> Self {
        let attrs = BTreeMap::from([("ref".to_owned(), reference.to_owned())]);
        Self { kind: "registry".to_owned(), attrs }
    }
}
