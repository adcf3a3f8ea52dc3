use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gateway_proto::pb;
use llb::{ForeignError, State, foreign};

use super::named::InvalidContext;
use crate::bridge::{Bridge, BridgeError};

/// The kind of a named context that is a frontend input.
pub(super) const INPUT: &str = "input";

/// The entry of an input's metadata that is the config of its image.
const CONFIG: &str = "containerimage.config";

/// What other builds have made for this one (frontend inputs), by name. Nothing of it is solved yet.
#[derive(Clone, Debug, Default)]
pub struct Inputs(BTreeMap<String, pb::Definition>);

impl Inputs {
    /// Whether the value of a named context is an input.
    pub(super) fn is_meant(value: &str) -> bool {
        value.split_once(':').is_some_and(|(kind, _)| kind == INPUT)
    }

    pub(super) async fn load(bridge: &dyn Bridge) -> Result<Self, BridgeError> {
        bridge.inputs().await.map(Self)
    }

    /// The filesystem of an input, if there is one of this name; an empty definition is scratch.
    ///
    /// # Errors
    /// If what the client sent is no definition.
    pub(super) fn state(&self, name: &str) -> Result<Option<State>, InvalidContext> {
        let Some(definition) = self.0.get(name) else { return Ok(None) };
        foreign(definition).map(Some).map_err(|error: ForeignError| InvalidContext::Input {
            input: name.to_owned(),
            problem: error.to_string(),
        })
    }
}

/// The image config in what a build said about its result: an object of values in base64.
///
/// # Errors
/// If it is no such object, or the config is not in base64.
pub(super) fn config_of(metadata: &str) -> Result<Option<Vec<u8>>, String> {
    let values: BTreeMap<String, Option<String>> =
        serde_json::from_str(metadata).map_err(|error| error.to_string())?;
    let config = values.get(CONFIG).and_then(Option::as_ref);
    config.map(|config| STANDARD.decode(config).map_err(|error| error.to_string())).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_are_base64_in_json() {
        assert_eq!(config_of(r#"{"containerimage.config":"e30="}"#), Ok(Some(b"{}".to_vec())));
        assert_eq!(config_of(r#"{"containerimage.config":null,"a":"!"}"#), Ok(None));
        assert_eq!(config_of("{}"), Ok(None));
        assert!(config_of("[]").is_err());
        assert!(config_of(r#"{"containerimage.config":"!"}"#).is_err());
    }
}
