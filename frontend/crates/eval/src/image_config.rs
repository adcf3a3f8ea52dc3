use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The configuration of an image: what `docker run` reads, and the history of its layers.
///
/// Typed where HLB has a word for it; everything else that a base image brings (health check, shell, triggers …) is
/// kept as it came, which is why this is not `oci-spec`'s type: that one drops what the OCI specification does not name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ImageConfig {
    #[serde(default)]
    pub architecture: String,
    #[serde(default)]
    pub os: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    #[serde(default)]
    pub config: RunConfig,
    #[serde(default, deserialize_with = "null_as_default", skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<History>,
    /// Fields without a word in HLB, among them `rootfs`, which the exporter writes anew.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// How a container of the image is run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct RunConfig {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub user: String,
    #[serde(deserialize_with = "null_as_default", skip_serializing_if = "BTreeMap::is_empty")]
    pub exposed_ports: BTreeMap<String, Map<String, Value>>,
    /// `KEY=VALUE`, each key once.
    #[serde(deserialize_with = "null_as_default", skip_serializing_if = "Vec::is_empty")]
    pub env: Vec<String>,
    #[serde(deserialize_with = "null_as_default", skip_serializing_if = "Vec::is_empty")]
    pub entrypoint: Vec<String>,
    #[serde(deserialize_with = "null_as_default", skip_serializing_if = "Vec::is_empty")]
    pub cmd: Vec<String>,
    #[serde(deserialize_with = "null_as_default", skip_serializing_if = "BTreeMap::is_empty")]
    pub volumes: BTreeMap<String, Map<String, Value>>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub working_dir: String,
    #[serde(deserialize_with = "null_as_default", skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub stop_signal: String,
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// What made a layer, or changed the configuration without one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct History {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub created_by: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub comment: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub empty_layer: bool,
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// Marks the history entries that a program made.
const COMMENT: &str = "hlb.v0";

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

    /// Records a statement that makes a layer.
    pub fn layer(&mut self, created_by: impl Into<String>) {
        self.record(created_by.into(), false);
    }

    /// Records a statement that changes the configuration alone.
    pub fn empty_layer(&mut self, created_by: impl Into<String>) {
        self.record(created_by.into(), true);
    }

    fn record(&mut self, created_by: String, empty_layer: bool) {
        self.history.push(History {
            created_by,
            comment: COMMENT.to_owned(),
            empty_layer,
            ..History::default()
        });
    }

    /// The last entry's text, if a program made it and it starts with `word`.
    pub fn last_entry(&mut self, word: &str) -> Option<&mut String> {
        let last = self.history.last_mut()?;
        (last.comment == COMMENT && last.created_by.starts_with(word))
            .then_some(&mut last.created_by)
    }
}

impl RunConfig {
    /// Sets a variable, once: a new value takes the old one's place.
    pub fn set_env(&mut self, key: &str, value: &str) {
        let entry = format!("{key}={value}");
        match self
            .env
            .iter_mut()
            .find(|it| it.split_once('=').map_or(it.as_str(), |(name, _)| name) == key)
        {
            Some(old) => *old = entry,
            None => self.env.push(entry),
        }
    }
}

/// Go writes an empty list or map as `null`.
fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
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

    #[test]
    fn a_variable_is_set_once() {
        let mut config =
            RunConfig { env: vec!["A=1".into(), "B=2".into()], ..RunConfig::default() };
        config.set_env("A", "3");
        config.set_env("C", "4");
        assert_eq!(config.env, ["A=3", "B=2", "C=4"]);
    }
}
