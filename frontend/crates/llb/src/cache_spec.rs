use std::fmt;

use crate::Platform;
use crate::{CacheImport, ImageRef, csv_record};

/// Why a text is no cache spec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InvalidSpec {
    Empty,
    /// A quote that is not closed, or text after one.
    Quotes,
    /// A field without `=`.
    Field(String),
    MissingType,
    /// None of [`CACHE_IMPORTS`].
    UnknownType(String),
    /// A cache within an image, which is imported as that image.
    Inline,
    /// A directory of the client, which only the client can send.
    Local,
    MissingRef,
    Reference(String),
}

/// The types of caches that the daemon imports without the client's help (BuildKit 0.13 to 0.32,
/// `cmd/buildkitd/main.go`, `newController`); `local` is one more.
pub const CACHE_IMPORTS: [&str; 4] = ["registry", "gha", "s3", "azblob"];

/// Reads a cache import: `type=…,key=value`, or an image reference, which means `type=registry`.
///
/// `{platform}` stands for the platform of the solve, such as `linux-arm64`. Attributes are not checked further: what is
/// not given may be part of the daemon's environment (BuildKit 0.32, `cache/remotecache`).
///
/// # Errors
/// If it is neither form, or an import from a registry names no valid reference.
pub fn parse_import(spec: &str, platform: &Platform) -> Result<CacheImport, InvalidSpec> {
    let spec = spec.replace("{platform}", &platform.in_name());
    if spec.is_empty() {
        return Err(InvalidSpec::Empty);
    }
    let import = match spec.contains('=') {
        false => CacheImport::registry(&spec),
        true => fields(&spec)?,
    };
    match import.kind.as_str() {
        "local" => return Err(InvalidSpec::Local),
        "inline" => return Err(InvalidSpec::Inline),
        kind if !CACHE_IMPORTS.contains(&kind) => {
            return Err(InvalidSpec::UnknownType(import.kind));
        }
        _ => {}
    }
    if import.kind == "registry" {
        let reference = import.attrs.get("ref").ok_or(InvalidSpec::MissingRef)?;
        ImageRef::parse(reference).map_err(|_| InvalidSpec::Reference(reference.clone()))?;
    }
    Ok(import)
}

fn fields(spec: &str) -> Result<CacheImport, InvalidSpec> {
    let mut import = CacheImport { kind: String::new(), attrs: Default::default() };
    for field in csv_record(spec).ok_or(InvalidSpec::Quotes)? {
        let (key, value) =
            field.split_once('=').ok_or_else(|| InvalidSpec::Field(field.clone()))?;
        match key.trim().to_lowercase().as_str() {
            "type" => import.kind = value.to_owned(),
            key => {
                import.attrs.insert(key.to_owned(), value.to_owned());
            }
        }
    }
    if import.kind.is_empty() { Err(InvalidSpec::MissingType) } else { Ok(import) }
}

impl fmt::Display for InvalidSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cache spec: ")?;
        match self {
            Self::Empty => f.write_str("expected `type=…` or an image reference, found nothing"),
            Self::Quotes => f.write_str("a quote is not closed"),
            Self::Field(field) => write!(f, "expected `key=value`, found `{field}`"),
            Self::MissingType => f.write_str("it has no `type`"),
            Self::UnknownType(kind) => write!(f, "unknown type `{kind}`"),
            Self::Inline => f.write_str("`type=inline` is only for exports"),
            Self::Local => f.write_str(
                "`type=local` is a directory of the client, which is not available here",
            ),
            Self::MissingRef => f.write_str("an import from a registry needs a `ref`"),
            Self::Reference(reference) => write!(f, "invalid image reference `{reference}`"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(spec: &str) -> Result<CacheImport, InvalidSpec> {
        let platform =
            Platform { os: "linux".into(), architecture: "arm64".into(), ..Platform::default() };
        parse_import(spec, &platform)
    }

    #[test]
    fn both_forms_are_read() {
        assert_eq!(
            parse("ghcr.io/acme/app:deps").unwrap(),
            CacheImport::registry("ghcr.io/acme/app:deps")
        );
        let import = parse("type=gha,scope=deps-{platform}").unwrap();
        assert_eq!(
            (import.kind.as_str(), import.attrs["scope"].as_str()),
            ("gha", "deps-linux-arm64")
        );
        assert_eq!(parse("type=registry,ref=a/b").unwrap(), CacheImport::registry("a/b"));
    }

    #[test]
    fn what_is_neither_is_an_error() {
        assert_eq!(parse(""), Err(InvalidSpec::Empty));
        assert_eq!(parse("ref=a/b"), Err(InvalidSpec::MissingType));
        assert_eq!(parse("type=registry"), Err(InvalidSpec::MissingRef));
        assert_eq!(parse("type=inline"), Err(InvalidSpec::Inline));
        assert_eq!(parse("type=gcs"), Err(InvalidSpec::UnknownType("gcs".into())));
        assert_eq!(parse("type=local,src=/cache"), Err(InvalidSpec::Local));
        assert_eq!(parse("type=gha,scope"), Err(InvalidSpec::Field("scope".into())));
        assert_eq!(parse("Not A Ref"), Err(InvalidSpec::Reference("Not A Ref".into())));
    }
}
