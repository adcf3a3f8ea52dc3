use llb::Platform;
use serde::{Deserialize, Serialize};

/// A platform as the OCI's image specification writes it, in what the daemon says of its workers and in results.
///
/// Not the one of `oci-spec`: version 0.10 writes `os_version` for `os.version`, reads neither that nor `os.features`, and
/// takes `armbe` for `arm64be`. The fields are in the order of their keys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct OciPlatform {
    architecture: String,
    os: String,
    #[serde(rename = "os.features", skip_serializing_if = "Vec::is_empty")]
    os_features: Vec<String>,
    #[serde(rename = "os.version", skip_serializing_if = "String::is_empty")]
    os_version: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    variant: String,
}

impl From<&Platform> for OciPlatform {
    fn from(platform: &Platform) -> Self {
        let Platform { os, architecture, variant, os_version, os_features } = platform.clone();
        Self { architecture, os, os_features, os_version, variant }
    }
}

/// The same under the names that everybody compares by.
impl From<OciPlatform> for Platform {
    fn from(platform: OciPlatform) -> Self {
        let OciPlatform { architecture, os, os_features, os_version, variant } = platform;
        Self { os, architecture, variant, os_version, os_features }.normalized()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_written() {
        let windows = r#"{"architecture":"amd64","os":"windows","os.features":["win32k"],"os.version":"10.0"}"#;
        for json in [windows, r#"{"architecture":"arm","os":"linux","variant":"v7"}"#] {
            let platform = Platform::from(serde_json::from_str::<OciPlatform>(json).expect(json));
            let written = serde_json::to_string(&OciPlatform::from(&platform));
            assert_eq!(written.expect("text"), json);
        }
    }
}
