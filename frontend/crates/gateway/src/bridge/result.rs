use gateway_proto::frontend;
use gateway_proto::frontend::result::Result as Refs;
use llb::Platform;
use serde_json::{Value, json};

use super::Ref;
use crate::oci_platform::OciPlatform;

/// Image config; followed by `/` and a platform id in a result of several parts.
///
/// BuildKit 0.32, `exporter/containerimage/exptypes/types.go`, like the keys below.
const CONFIG: &str = "containerimage.config";
/// Image config of the base image.
const BASE_CONFIG: &str = "containerimage.base.config";
const PLATFORMS: &str = "refs.platforms";
const EPOCH: &str = "source.date.epoch";

/// What a build gives for one platform.
#[derive(Clone, Debug)]
pub struct ResultPart {
    /// The platform that was asked for; its text is the part's id.
    pub platform: Platform,
    /// What it is exported as, with what the base image adds (BuildKit 0.32, `frontend/dockerui/build.go`,
    /// `makeExportPlatform`).
    pub exported: Platform,
    pub reference: Ref,
    /// The image config, as JSON.
    pub config: Option<Vec<u8>>,
    /// A bill of materials that a scanner wrote.
    pub sbom: Option<Ref>,
    /// The config of the image that this one is based on, whose history exporters leave alone.
    pub base_config: Option<Vec<u8>>,
}

/// Puts the result of a build together.
///
/// `multi_platform` makes it a map of refs even if there is one part; without it, there must be no more than one. The
/// order of the parts becomes that of the manifests in an index. `epoch` is in seconds since 1970.
pub fn build_result(
    parts: Vec<ResultPart>,
    multi_platform: bool,
    epoch: Option<i64>,
) -> frontend::Result {
    let mut result = frontend::Result::default();
    let platforms: Vec<Value> = parts.iter().map(entry).collect();
    let platforms = json!({ "Platforms": platforms }).to_string();
    result.metadata.insert(PLATFORMS.to_owned(), platforms.into_bytes());
    if let Some(epoch) = epoch {
        result.metadata.insert(EPOCH.to_owned(), epoch.to_string().into_bytes());
    }
    let mut refs = frontend::RefMap::default();
    let mut single = frontend::Ref::default();
    for ResultPart { platform, reference, config, base_config, sbom, .. } in parts {
        let suffix = if multi_platform { format!("/{platform}") } else { String::new() };
        for (key, value) in [(CONFIG, config), (BASE_CONFIG, base_config)] {
            if let Some(value) = value {
                result.metadata.insert(format!("{key}{suffix}"), value);
            }
        }
        if let Some(sbom) = sbom {
            let list = frontend::Attestations { attestation: vec![bill_of_materials(sbom)] };
            result.attestations.insert(platform.to_string(), list);
        }
        if multi_platform {
            refs.refs.insert(platform.to_string(), in_map(reference));
        } else {
            single = in_message(reference);
        }
    }
    result.result = Some(if multi_platform { Refs::Refs(refs) } else { Refs::Ref(single) });
    result
}

/// A directory of statements, the first of them about the result itself.
///
/// BuildKit 0.32, `frontend/attestations/sbom/sbom.go`, `CreateSBOMScanner`, and `solver/result/attestation.go`.
fn bill_of_materials(reference: Ref) -> frontend::Attestation {
    let metadata = [("reason", "sbom"), ("sbom-core", "sbom")];
    frontend::Attestation {
        kind: frontend::AttestationKind::Bundle.into(),
        metadata: metadata.map(|(key, value)| (key.to_owned(), value.into())).into(),
        r#ref: Some(in_message(reference)),
        in_toto_predicate_type: "https://spdx.dev/Document".to_owned(),
        ..frontend::Attestation::default()
    }
}

fn in_message(reference: Ref) -> frontend::Ref {
    frontend::Ref { id: reference.id, def: reference.definition }
}

/// In a map, the empty filesystem needs a definition, if an empty one: prost leaves a value out that equals the default,
/// and the daemon would die of the nil that Go then reads.
fn in_map(reference: Ref) -> frontend::Ref {
    let definition = reference.definition.unwrap_or_default();
    frontend::Ref { id: reference.id, def: Some(definition) }
}

/// An entry of `refs.platforms`; its keys are names of Go's fields.
fn entry(part: &ResultPart) -> Value {
    let ResultPart { platform, exported, .. } = part;
    json!({ "ID": platform.to_string(), "Platform": OciPlatform::from(exported) })
}

#[cfg(test)]
mod tests {
    use prost::Message as _;

    use super::*;

    fn part(platform: &str, id: &str) -> ResultPart {
        let platform = Platform::parse(platform, &Platform::default()).expect("valid");
        ResultPart {
            exported: platform.clone(),
            platform,
            reference: Ref { id: id.to_owned(), definition: None },
            config: Some(b"{}".to_vec()),
            base_config: None,
            sbom: None,
        }
    }

    fn metadata(result: &frontend::Result, key: &str) -> String {
        String::from_utf8(result.metadata[key].clone()).expect("text")
    }

    #[test]
    fn one_platform_is_one_ref() {
        let result = build_result(vec![part("linux/arm/v7", "r1")], false, Some(7));
        let single = frontend::Ref { id: "r1".to_owned(), def: None };
        assert_eq!(result.result, Some(Refs::Ref(single)));
        assert_eq!(metadata(&result, "containerimage.config"), "{}");
        assert_eq!(metadata(&result, "source.date.epoch"), "7");
        assert_eq!(
            metadata(&result, "refs.platforms"),
            r#"{"Platforms":[{"ID":"linux/arm/v7","Platform":{"architecture":"arm","os":"linux","variant":"v7"}}]}"#
        );
    }

    #[test]
    fn several_platforms_are_a_map_and_scratch_survives_it() {
        let parts = vec![part("linux/arm64", ""), part("linux/amd64", "r2")];
        let result = build_result(parts, true, None);
        let platforms = metadata(&result, "refs.platforms");
        assert!(platforms.find("arm64") < platforms.find("amd64"), "{platforms}");
        assert_eq!(metadata(&result, "containerimage.config/linux/amd64"), "{}");
        let bytes = result.encode_to_vec();
        let scratch = b"\x0a\x0blinux/arm64\x12\x02\x12\x00";
        assert!(bytes.windows(scratch.len()).any(|part| part == scratch), "its value is written");
    }
}
