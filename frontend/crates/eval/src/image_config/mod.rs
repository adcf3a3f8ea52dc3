//! The configuration of an image, in the JSON in which the daemon has it.

mod history;

use std::collections::BTreeMap;
use std::sync::Arc;

use rpds::RedBlackTreeMapSync;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::value::Variables;

pub use history::History;

/// The configuration of an image: what `docker run` reads, and the history of its layers.
///
/// Typed where HLB has a word for it; everything else that a base image brings (health check, shell, triggers …) is
/// kept as it came, which is why this is not `oci-spec`'s type: that one drops what the OCI specification does not name.
/// A clone shares everything, so that each of many statements may have its own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ImageConfig {
    #[serde(default)]
    pub architecture: Arc<str>,
    #[serde(default)]
    pub os: Arc<str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<Arc<str>>,
    #[serde(default)]
    pub config: Arc<RunConfig>,
    #[serde(default, skip_serializing_if = "History::is_empty")]
    pub history: History,
    /// Fields without a word in HLB, among them `rootfs`, which the exporter writes anew.
    #[serde(flatten)]
    pub other: Arc<Map<String, Value>>,
}

/// How a container of the image is run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct RunConfig {
    #[serde(skip_serializing_if = "str::is_empty")]
    pub user: Arc<str>,
    #[serde(with = "entries", skip_serializing_if = "Entries::is_empty")]
    pub exposed_ports: Entries<Map<String, Value>>,
    #[serde(deserialize_with = "null_as_default", skip_serializing_if = "Variables::is_empty")]
    pub env: Variables,
    #[serde(deserialize_with = "null_as_default", skip_serializing_if = "<[_]>::is_empty")]
    pub entrypoint: Arc<[Arc<str>]>,
    #[serde(deserialize_with = "null_as_default", skip_serializing_if = "<[_]>::is_empty")]
    pub cmd: Arc<[Arc<str>]>,
    #[serde(with = "entries", skip_serializing_if = "Entries::is_empty")]
    pub volumes: Entries<Map<String, Value>>,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub working_dir: Arc<str>,
    #[serde(with = "entries", skip_serializing_if = "Entries::is_empty")]
    pub labels: Entries<String>,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub stop_signal: Arc<str>,
    #[serde(flatten)]
    pub other: Arc<Map<String, Value>>,
}

/// A map whose clones share its entries.
pub type Entries<T> = RedBlackTreeMapSync<String, T>;

impl ImageConfig {
    /// Reads an image's configuration.
    ///
    /// # Errors
    /// If it is not JSON of that shape.
    pub fn parse(json: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(json)
    }

    /// The configuration as an exporter takes it.
    pub fn to_json(&self) -> Vec<u8> {
        // Strings, lists and maps with strings for keys: there is nothing that JSON can't say.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// What is said about its containers, to be changed.
    pub fn config_mut(&mut self) -> &mut RunConfig {
        Arc::make_mut(&mut self.config)
    }
}

/// [`Entries`] as a JSON object, or `null` for none.
mod entries {
    use super::*;

    pub fn serialize<T: Serialize, S: Serializer>(
        entries: &Entries<T>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_map(entries)
    }

    pub fn deserialize<'de, T, D>(deserializer: D) -> Result<Entries<T>, D::Error>
    where
        T: Deserialize<'de>,
        D: Deserializer<'de>,
    {
        let entries: BTreeMap<String, T> = null_as_default(deserializer)?;
        Ok(entries.into_iter().collect())
    }
}

/// Go writes an empty list or map as `null`.
fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hlb_has_no_word_for_survives() {
        let json = r#"{"architecture":"amd64","os":"linux","config":{"Env":null,"Healthcheck":{"Test":["CMD","true"]}},"rootfs":{"type":"layers","diff_ids":["sha256:1"]}}"#;
        let config = ImageConfig::parse(json.as_bytes()).unwrap();
        let again: Value = serde_json::to_value(&config).unwrap();
        assert_eq!(again["config"]["Healthcheck"]["Test"][1], "true");
        assert_eq!(again["rootfs"]["diff_ids"][0], "sha256:1");
    }
}
