use std::collections::{BTreeMap, BTreeSet};

use llb::{csv_record, go_bool};

/// The scanner that clients mean who name none (BuildKit 0.32, `frontend/attestations/parse.go`).
const DEFAULT_GENERATOR: &str = "docker/buildkit-syft-scanner:stable-1";

/// The build arguments that have more scanned than the result.
pub const SCAN_CONTEXT: &str = "BUILDKIT_SBOM_SCAN_CONTEXT";
pub const SCAN_STAGE: &str = "BUILDKIT_SBOM_SCAN_STAGE";

/// A bill of materials that the client wants of the result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sbom {
    /// The image of the scanner.
    pub generator: String,
    /// What the scanner is told besides, by the name that follows `BUILDKIT_SCAN_` in its environment.
    pub parameters: BTreeMap<String, String>,
}

/// What a bill of materials is about besides the result.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScanOptions {
    /// The targets for which it is about the main context, too.
    pub context: Scan,
    /// The functions for which it is about what the result takes of them, too.
    pub stages: Scan,
}

/// For which functions something is scanned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Scan {
    #[default]
    None,
    All,
    Names(BTreeSet<String>),
}

impl Sbom {
    /// Reads comma-separated `key=value`.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        let mut parameters = BTreeMap::new();
        if !text.is_empty() {
            let fields = csv_record(text).ok_or("expected comma-separated `key=value`")?;
            parameters.extend(fields.iter().map(|field| {
                let (key, value) = field.split_once('=').unwrap_or((field, ""));
                (key.to_owned(), value.to_owned())
            }));
        }
        let generator = parameters.remove("generator");
        let generator = generator.unwrap_or_else(|| DEFAULT_GENERATOR.to_owned());
        match generator.is_empty() {
            true => Err("sbom generator cannot be empty"),
            false => Ok(Self { generator, parameters }),
        }
    }
}

impl Scan {
    /// Reads a boolean, or comma-separated names.
    ///
    /// BuildKit 0.32, `frontend/dockerfile/dockerfile2llb/convert.go`, `isEnabledForStage`.
    pub fn parse(text: &str) -> Self {
        match go_bool(text) {
            Some(true) => Self::All,
            Some(false) => Self::None,
            None => Self::Names(text.split(',').map(str::to_owned).collect()),
        }
    }

    /// Whether it is for a function.
    pub fn covers(&self, name: &str) -> bool {
        match self {
            Self::None => false,
            Self::All => true,
            Self::Names(names) => names.contains(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scanner_is_named_or_the_usual_one() {
        assert_eq!(Sbom::parse("").map(|it| it.generator).as_deref(), Ok(DEFAULT_GENERATOR));
        let own = Sbom::parse("generator=r/scan:1,DEPTH=2,\"LIST=a,b\"").expect("valid");
        assert_eq!(own.generator, "r/scan:1");
        let parameters: Vec<_> = own.parameters.iter().map(|(k, v)| format!("{k}={v}")).collect();
        assert_eq!(parameters, ["DEPTH=2", "LIST=a,b"]);
        assert!(Sbom::parse("generator=").is_err() && Sbom::parse("\"a").is_err());
    }

    #[test]
    fn names_are_those_of_functions() {
        let covers = |text: &str| Scan::parse(text).covers("deps");
        assert!(["1", "true", "deps", "a,deps"].into_iter().all(covers));
        assert!(!["", "0", "false", "Deps", "de"].into_iter().any(covers));
    }
}
