use std::fmt;

use gateway_proto::pb;
use llb::{ForeignError, Image, ImageRef, InvalidImageRef, Metadata, Platform, State, foreign};
use prost::Message;

use crate::options::Options;

/// Where a daemon puts the definition of the filesystem that the frontend runs in (BuildKit 0.9 and later).
pub const OWN_DEFINITION: &str = "/run/config/buildkit/metadata/frontend.bin";

/// Why the image that this frontend runs from is not known.
#[derive(Debug)]
pub enum OwnImageError {
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
/// `definition` is the content of [`OWN_DEFINITION`], where the daemon has it; it keeps its bytes, so the daemon has
/// its result already. Otherwise it is the image that the client named, which may have changed since.
///
/// # Errors
/// If the daemon gave nothing usable.
pub fn own_image(definition: Option<&[u8]>, options: &Options) -> Result<State, OwnImageError> {
    let Some(definition) = definition else { return named(options) };
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
    let platform = options.build_platform().cloned().unwrap_or_else(Platform::default);
    Ok(llb::image(&image, &platform, Metadata::named("[internal] the frontend".to_owned())).into())
}

impl fmt::Display for OwnImageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the frontend's own image: ")?;
        match self {
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
            Self::Undecodable(error) => Some(error),
            Self::Malformed(error) => Some(error),
            Self::Source(error) => Some(error),
            Self::Empty | Self::Unknown => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use llb::marshal;

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
    fn the_daemons_definition_comes_first_and_keeps_its_bytes() {
        let bytes = definition().encode_to_vec();
        let state = own_image(Some(&bytes), &options(Some("other:2"))).expect("a definition");
        assert_eq!(marshal(state.edge().expect("not empty")), definition());
    }

    #[test]
    fn without_it_the_image_that_the_client_named_does() {
        let state = own_image(None, &options(Some("org/hlb"))).expect("an image");
        let definition = marshal(state.edge().expect("not empty"));
        let text = llb::summary(&definition, llb::Detail::default());
        assert!(text.contains("docker-image://docker.io/org/hlb:latest"), "{text}");
    }

    #[test]
    fn whatever_is_wrong_has_its_name() {
        let text = |definition: Option<&[u8]>, source| match own_image(definition, &options(source))
        {
            Ok(state) => format!("{state:?}"),
            Err(error) => error.to_string(),
        };
        assert!(text(Some(&[0xff]), None).contains("failed to decode"));
        let mut broken = definition();
        broken.def.pop();
        let broken = broken.encode_to_vec();
        assert!(text(Some(&broken), None).ends_with("the last op does not name a result"));
        assert!(text(Some(&[]), None).ends_with("the definition is empty"));
        assert!(text(None, None).contains("neither a definition nor"));
        assert!(text(None, Some("No")).contains("option `source`: "));
    }

    /// Every byte changed in turn: a daemon that writes nonsense is an error at most.
    #[test]
    fn no_byte_makes_it_panic() {
        let bytes = definition().encode_to_vec();
        for at in 0..bytes.len() {
            for mask in [0x01, 0x80, 0xff] {
                let mut changed = bytes.clone();
                changed[at] ^= mask;
                if let Ok(State::Edge(edge)) = own_image(Some(&changed), &Options::default()) {
                    assert!(!marshal(&edge).def.is_empty());
                }
            }
        }
    }
}
