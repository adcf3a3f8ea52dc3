use std::{fmt, fs, io};

use gateway_proto::pb;
use llb::{ForeignError, Image, ImageRef, InvalidImageRef, Metadata, State, foreign};
use prost::Message;

use crate::options::Options;

/// Where a daemon puts the definition of the filesystem that the frontend runs in (BuildKit 0.9 and later).
const OWN_DEFINITION: &str = "/run/config/buildkit/metadata/frontend.bin";

/// Why the image that this frontend runs from is not known.
#[derive(Debug)]
pub enum OwnImageError {
    /// The daemon's definition cannot be read.
    Unreadable(io::Error),
    /// The daemon's definition is no message.
    Undecodable(prost::DecodeError),
    /// The daemon's definition is no graph.
    Malformed(ForeignError),
    /// The daemon's definition is the empty filesystem, in which nothing can run.
    Empty,
    /// The daemon gave neither a definition nor the option `source`.
    Unknown,
    /// The option `source` is no image.
    Source(InvalidImageRef),
}

/// The image that this frontend runs from, as a filesystem of the build.
///
/// Where the daemon says how it made it, that keeps its bytes, so the daemon has the result already. Otherwise it is the
/// image that the client named, which may have changed since.
///
/// # Errors
/// If the daemon gave nothing usable.
pub fn own_image(options: &Options) -> Result<State, OwnImageError> {
    match fs::read(OWN_DEFINITION) {
        Ok(definition) => decode(&definition),
        Err(error) if error.kind() == io::ErrorKind::NotFound => named(options),
        Err(error) => Err(OwnImageError::Unreadable(error)),
    }
}

fn decode(definition: &[u8]) -> Result<State, OwnImageError> {
    let definition = pb::Definition::decode(definition).map_err(OwnImageError::Undecodable)?;
    match foreign(&definition).map_err(OwnImageError::Malformed)? {
        State::Scratch => Err(OwnImageError::Empty),
        state => Ok(state),
    }
}

fn named(options: &Options) -> Result<State, OwnImageError> {
    let source = options.source.as_deref().ok_or(OwnImageError::Unknown)?;
    let image = ImageRef::parse(source).map_err(OwnImageError::Source)?.or_latest();
    let image = Image { reference: image.to_string(), ..Image::default() };
    let platform = options.build_platform().cloned().unwrap_or_default();
    Ok(llb::image(&image, &platform, Metadata::named("[internal] the frontend".to_owned())).into())
}

impl fmt::Display for OwnImageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the frontend's own image: ")?;
        match self {
            Self::Unreadable(error) => write!(f, "{OWN_DEFINITION}: {error}"),
            Self::Undecodable(error) => error.fmt(f),
            Self::Malformed(error) => error.fmt(f),
            Self::Empty => f.write_str("the definition is empty"),
            Self::Unknown => f.write_str("neither a definition nor the option `source` is given"),
            Self::Source(error) => write!(f, "option `source`: {error}"),
        }
    }
}

impl std::error::Error for OwnImageError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unreadable(error) => Some(error),
            Self::Undecodable(error) => Some(error),
            Self::Malformed(error) => Some(error),
            Self::Source(error) => Some(error),
            Self::Empty | Self::Unknown => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use llb::{Platform, marshal};

    use super::*;

    fn options(source: Option<&str>) -> Options {
        Options { source: source.map(str::to_owned), ..Options::default() }
    }

    fn definition() -> pb::Definition {
        let image =
            Image { reference: "docker.io/org/hlb:1@sha256:0".to_owned(), ..Image::default() };
        marshal(&llb::image(&image, &Platform::default(), Metadata::named("theirs".to_owned())))
    }

    #[test]
    fn the_daemons_definition_keeps_its_bytes() {
        let state = decode(&definition().encode_to_vec()).expect("a definition");
        assert_eq!(marshal(state.edge().expect("not empty")), definition());
    }

    /// No daemon wrote the file where this test runs.
    #[test]
    fn without_it_the_image_is_the_one_that_the_client_named() {
        let state = own_image(&options(Some("org/hlb"))).expect("an image");
        let definition = marshal(state.edge().expect("not empty"));
        let text = llb::summary(&definition, llb::Detail::default());
        assert!(text.contains("docker-image://docker.io/org/hlb:latest"), "{text}");
    }

    #[test]
    fn whatever_is_wrong_has_its_name() {
        let text = |found: Result<State, OwnImageError>| match found {
            Ok(state) => format!("{state:?}"),
            Err(error) => error.to_string(),
        };
        let prefix = "the frontend's own image: ";
        assert!(text(decode(&[0xff])).contains("failed to decode"));
        let mut broken = definition();
        broken.def.pop();
        let broken = text(decode(&broken.encode_to_vec()));
        assert!(broken.ends_with("the last op does not name a result"), "{broken}");
        assert_eq!(text(decode(&[])), format!("{prefix}the definition is empty"));
        let unknown = "neither a definition nor the option `source` is given";
        assert_eq!(text(named(&options(None))), format!("{prefix}{unknown}"));
        let invalid = text(named(&options(Some("No"))));
        assert!(invalid.starts_with(&format!("{prefix}option `source`: ")), "{invalid}");
    }

    /// Every byte changed in turn: what a daemon writes is an error at most.
    #[test]
    fn no_byte_makes_it_panic() {
        let bytes = definition().encode_to_vec();
        for at in 0..bytes.len() {
            for mask in [0x01, 0x80, 0xff] {
                let mut changed = bytes.clone();
                changed[at] ^= mask;
                if let Ok(State::Edge(edge)) = decode(&changed) {
                    assert!(!marshal(&edge).def.is_empty());
                }
            }
        }
    }
}
