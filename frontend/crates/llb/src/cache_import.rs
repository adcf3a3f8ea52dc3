use std::collections::BTreeMap;

use serde::Deserialize;

use crate::ImageRef;

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

    /// The reference of one in a registry, if it has one.
    pub fn reference(&self) -> Option<ImageRef> {
        let reference = self.attrs.get("ref").filter(|_| self.kind == "registry");
        ImageRef::parse(reference?).ok()
    }

    /// What people know it by, without what may be a token: a reference, or such as `gha:SCOPE` and `s3:BUCKET/NAME`.
    ///
    /// What is not given is what the daemon takes then (BuildKit 0.32, `cache/remotecache`).
    pub fn name(&self) -> String {
        let attr = |key, default| self.attrs.get(key).map_or(default, String::as_str);
        let kind = &self.kind;
        match kind.as_str() {
            "registry" => attr("ref", "").to_owned(),
            "gha" => format!("gha:{}", attr("scope", "buildkit")),
            "s3" => format!("s3:{}/{}", attr("bucket", ""), attr("name", "buildkit")),
            "azblob" => format!(
                "azblob:{}/{}",
                attr("container", "buildkit-cache"),
                attr("name", "buildkit")
            ),
            _ => kind.clone(),
        }
    }
}
