//! References to images, as Docker writes them: `alpine`, `ghcr.io/org/app:1.2`, `app@sha256:…`.

use std::fmt;

use nom::branch::alt;
use nom::bytes::complete::{tag, take_while, take_while_m_n, take_while1};
use nom::character::complete::{char, satisfy};
use nom::combinator::{opt, recognize, verify};
use nom::multi::{many0_count, separated_list1};
use nom::sequence::{delimited, preceded, terminated};
use nom::{IResult, Parser};

/// The registry that a reference without one means.
const DEFAULT_DOMAIN: &str = "docker.io";
/// An old name of the same registry.
const LEGACY_DEFAULT_DOMAIN: &str = "index.docker.io";
/// Where the default registry keeps images with a name of one component.
const OFFICIAL_PREFIX: &str = "library/";
/// The tag that a reference without tag and digest means.
const DEFAULT_TAG: &str = "latest";
/// Longest path of a repository, in bytes.
///
/// `distribution/reference` 0.6, `reference.go`, `RepositoryNameTotalLengthMax`.
const MAX_PATH: usize = 255;

/// A reference to an image, with the registry that it means.
///
/// Invariant: each part matches the grammar of `distribution/reference` 0.6 (`regexp.go`), so that the text is fit for
/// a source identifier as it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ImageRef {
    domain: String,
    path: String,
    tag: Option<String>,
    digest: Option<String>,
}

/// Why a text is not a reference to an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidImageRef {
    Empty,
    /// It has capital letters in the repository's name.
    Uppercase,
    /// It is 64 hexadecimal digits, which mean an image's id and not a name.
    HexId,
    PathTooLong,
    /// The digest's algorithm or the number of its digits is unknown.
    Digest,
    Syntax,
}

impl ImageRef {
    /// Reads a reference as people write it; neither tag nor digest is added.
    ///
    /// `distribution/reference` 0.6, `normalize.go`, `ParseNormalizedNamed`.
    pub fn parse(text: &str) -> Result<Self, InvalidImageRef> {
        if text.is_empty() {
            return Err(InvalidImageRef::Empty);
        }
        if text.len() == 64 && text.bytes().all(is_lower_hex) {
            return Err(InvalidImageRef::HexId);
        }
        let (domain, remainder) = split_domain(text);
        let name_end = remainder.find([':', '@']).unwrap_or(remainder.len());
        if remainder[..name_end].bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(InvalidImageRef::Uppercase);
        }
        let official = domain == DEFAULT_DOMAIN && !remainder[..name_end].contains('/');
        let (path, tag, digest) = match (domain_part(domain), reference(remainder)) {
            (Ok(("", _)), Ok(("", parts))) => parts,
            _ => return Err(InvalidImageRef::Syntax),
        };
        let path = if official { format!("{OFFICIAL_PREFIX}{path}") } else { path.to_owned() };
        if path.len() > MAX_PATH {
            return Err(InvalidImageRef::PathTooLong);
        }
        if digest.is_some_and(|digest| !is_known_digest(digest)) {
            return Err(InvalidImageRef::Digest);
        }
        Ok(Self {
            domain: domain.to_owned(),
            path,
            tag: tag.map(str::to_owned),
            digest: digest.map(str::to_owned),
        })
    }

    /// The registry's host, with its port if it has one.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// The repository within the registry.
    pub fn path(&self) -> &str {
        &self.path
    }

    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// The digest of a manifest or index, such as `sha256:…`.
    pub fn digest(&self) -> Option<&str> {
        self.digest.as_deref()
    }

    /// The repository with its registry, without tag and digest.
    pub fn name(&self) -> String {
        format!("{}/{}", self.domain, self.path)
    }

    /// Adds the tag `latest` to a reference that has neither tag nor digest.
    pub fn or_latest(mut self) -> Self {
        if self.tag.is_none() && self.digest.is_none() {
            self.tag = Some(DEFAULT_TAG.to_owned());
        }
        self
    }

    /// The repository alone.
    pub fn untagged(self) -> Self {
        Self { tag: None, digest: None, ..self }
    }

    /// The same reference without a digest.
    pub fn unpinned(self) -> Self {
        Self { digest: None, ..self }
    }

    /// The same reference pinned to `digest`, in place of a digest that it may have; the tag stays, for people.
    pub fn pinned(mut self, digest: &str) -> Result<Self, InvalidImageRef> {
        if !matches!(digest_text(digest), Ok(("", _))) || !is_known_digest(digest) {
            return Err(InvalidImageRef::Digest);
        }
        self.digest = Some(digest.to_owned());
        Ok(self)
    }

    /// The shortest text that means the same: without the default registry and `library/`.
    pub fn familiar(&self) -> String {
        let path = match self.path.strip_prefix(OFFICIAL_PREFIX) {
            _ if self.domain != DEFAULT_DOMAIN => self.name(),
            Some(official) if !official.contains('/') => official.to_owned(),
            _ => self.path.clone(),
        };
        format!("{path}{}", Suffix(self))
    }

    /// The name under which a named context replaces this image: the familiar form without `:latest`.
    ///
    /// BuildKit 0.32, `frontend/dockerui/config.go`, `NamedContext`.
    pub fn context_name(&self) -> String {
        let familiar = self.familiar();
        familiar.strip_suffix(":latest").map(str::to_owned).unwrap_or(familiar)
    }
}

impl fmt::Display for ImageRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}{}", self.domain, self.path, Suffix(self))
    }
}

/// Tag and digest of a reference with the characters that separate them.
struct Suffix<'a>(&'a ImageRef);

impl fmt::Display for Suffix<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(tag) = self.0.tag() {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = self.0.digest() {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

impl fmt::Display for InvalidImageRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "empty image reference",
            Self::Uppercase => "invalid image reference: the repository must be lower case",
            Self::HexId => "invalid image reference: 64 hexadecimal digits mean an image id",
            Self::PathTooLong => {
                "invalid image reference: the repository is longer than 255 characters"
            }
            Self::Digest => "invalid digest in image reference",
            Self::Syntax => "invalid image reference",
        })
    }
}

impl std::error::Error for InvalidImageRef {}

/// Separates the registry from the rest; without one, that is the default registry.
///
/// The first component is a registry if it has a dot, a colon or a capital letter, or is `localhost`.
fn split_domain(text: &str) -> (&str, &str) {
    match text.split_once('/') {
        Some((first, rest))
            if first.contains(['.', ':'])
                || first == "localhost"
                || first.bytes().any(|byte| byte.is_ascii_uppercase()) =>
        {
            (if first == LEGACY_DEFAULT_DOMAIN { DEFAULT_DOMAIN } else { first }, rest)
        }
        _ => (DEFAULT_DOMAIN, text),
    }
}

/// Whether the algorithm is one that registries use, with as many digits as it has.
fn is_known_digest(digest: &str) -> bool {
    let digits = match digest.split_once(':') {
        Some(("sha256", hex)) => (hex, 64),
        Some(("sha384", hex)) => (hex, 96),
        Some(("sha512", hex)) => (hex, 128),
        _ => return false,
    };
    digits.0.len() == digits.1 && digits.0.bytes().all(is_lower_hex)
}

fn is_lower_hex(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

fn is_alphanumeric(c: char) -> bool {
    c.is_ascii_alphanumeric()
}

fn is_lower_alphanumeric(c: char) -> bool {
    c.is_ascii_digit() || c.is_ascii_lowercase()
}

/// `reference = path [ ":" tag ] [ "@" digest ]`
fn reference(input: &str) -> IResult<&str, (&str, Option<&str>, Option<&str>)> {
    (path, opt(preceded(char(':'), tag_text)), opt(preceded(char('@'), digest_text))).parse(input)
}

/// `domain = ( domain-component { "." domain-component } | "[" ipv6 "]" ) [ ":" digit { digit } ]`
fn domain_part(input: &str) -> IResult<&str, &str> {
    let name = recognize(separated_list1(char('.'), domain_component));
    let ipv6 = recognize(delimited(
        char('['),
        take_while1(|c: char| c.is_ascii_hexdigit() || c == ':'),
        char(']'),
    ));
    let port = preceded(char(':'), take_while1(|c: char| c.is_ascii_digit()));
    recognize((alt((name, ipv6)), opt(port))).parse(input)
}

/// `domain-component = alphanumeric [ { alphanumeric | "-" } alphanumeric ]`
fn domain_component(input: &str) -> IResult<&str, &str> {
    let whole = take_while1(|c: char| is_alphanumeric(c) || c == '-');
    verify(whole, |text: &str| !text.starts_with('-') && !text.ends_with('-')).parse(input)
}

/// `path = path-component { "/" path-component }`
fn path(input: &str) -> IResult<&str, &str> {
    recognize(separated_list1(char('/'), path_component)).parse(input)
}

/// `path-component = lower { separator lower }`, `separator = "." | "_" | "__" | "-" { "-" }`
fn path_component(input: &str) -> IResult<&str, &str> {
    let lower = || take_while1(is_lower_alphanumeric);
    let dashes = take_while1(|c: char| c == '-');
    let separator = alt((tag("."), tag("__"), tag("_"), dashes));
    recognize((lower(), many0_count((separator, lower())))).parse(input)
}

/// `tag = word { word | "." | "-" }`, at most 128 characters
fn tag_text(input: &str) -> IResult<&str, &str> {
    let word = |c: char| is_alphanumeric(c) || c == '_';
    let rest = take_while_m_n(0, 127, move |c: char| word(c) || c == '.' || c == '-');
    recognize((satisfy(word), rest)).parse(input)
}

/// `digest = algorithm ":" hex { hex }`
fn digest_text(input: &str) -> IResult<&str, &str> {
    let algorithm = take_while1(|c: char| is_alphanumeric(c) || "+._-".contains(c));
    let hex = take_while(|c: char| c.is_ascii_hexdigit());
    recognize(terminated(algorithm, (char(':'), hex))).parse(input)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHA: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    #[test]
    fn references_are_normalized_as_docker_does() {
        // Text, canonical, familiar, name of a context that replaces it.
        for (text, canonical, familiar, context) in [
            ("alpine", "docker.io/library/alpine", "alpine", "alpine"),
            ("alpine:latest", "docker.io/library/alpine:latest", "alpine:latest", "alpine"),
            ("docker.io/library/alpine:3", "docker.io/library/alpine:3", "alpine:3", "alpine:3"),
            ("index.docker.io/a", "docker.io/library/a", "a", "a"),
            ("docker.io/a", "docker.io/library/a", "a", "a"),
            ("org/app", "docker.io/org/app", "org/app", "org/app"),
            ("library/a/b", "docker.io/library/a/b", "library/a/b", "library/a/b"),
            ("localhost/a:1", "localhost/a:1", "localhost/a:1", "localhost/a:1"),
            ("localhost:5000/a", "localhost:5000/a", "localhost:5000/a", "localhost:5000/a"),
            ("[fe80::1]:5000/a", "[fe80::1]:5000/a", "[fe80::1]:5000/a", "[fe80::1]:5000/a"),
            ("UPPER/a", "UPPER/a", "UPPER/a", "UPPER/a"),
            (
                "ghcr.io/o/a_b__c.d--e:V1.0-x",
                "ghcr.io/o/a_b__c.d--e:V1.0-x",
                "ghcr.io/o/a_b__c.d--e:V1.0-x",
                "ghcr.io/o/a_b__c.d--e:V1.0-x",
            ),
        ] {
            let image = ImageRef::parse(text).expect(text);
            assert_eq!(image.to_string(), canonical);
            assert_eq!(image.familiar(), familiar);
            assert_eq!(image.context_name(), context);
            assert_eq!(
                ImageRef::parse(canonical).as_ref(),
                Ok(&image),
                "canonical text means the same"
            );
            assert_eq!(
                ImageRef::parse(familiar).as_ref(),
                Ok(&image),
                "familiar text means the same"
            );
        }
    }

    #[test]
    fn digests_pin_and_keep_the_tag() {
        let image = ImageRef::parse("alpine:3.20").expect("valid").or_latest();
        let pinned = image.pinned(SHA).expect("valid digest");
        assert_eq!(pinned.to_string(), format!("docker.io/library/alpine:3.20@{SHA}"));
        assert_eq!(ImageRef::parse(&pinned.to_string()).as_ref(), Ok(&pinned));
        let bare = ImageRef::parse(&format!("alpine@{SHA}")).expect("valid").or_latest();
        assert_eq!((bare.tag(), bare.digest()), (None, Some(SHA)));
        assert_eq!(bare.pinned("sha256:00"), Err(InvalidImageRef::Digest));
    }

    #[test]
    fn what_docker_refuses_is_refused() {
        use InvalidImageRef::{Digest, Empty, HexId, PathTooLong, Syntax, Uppercase};
        for (text, error) in [
            ("", Empty),
            ("ALPINE", Uppercase),
            ("docker.io/Library/alpine", Uppercase),
            (&SHA[7..], HexId),
            (&format!("ghcr.io/{}", "a".repeat(256)), PathTooLong),
            ("alpine@sha256:00", Digest),
            (&format!("alpine@md5:{}", "0".repeat(32)), Digest),
            ("alpine:", Syntax),
            ("alpine:-a", Syntax),
            (&format!("alpine:{}", "a".repeat(129)), Syntax),
            ("alpine ", Syntax),
            ("a//b", Syntax),
            ("a/", Syntax),
            ("/a", Syntax),
            ("a___b", Syntax),
            ("a..b", Syntax),
            ("-a", Syntax),
            ("-.io/a", Syntax),
            ("https://a/b", Syntax),
            ("ä", Syntax),
        ] {
            assert_eq!(ImageRef::parse(text), Err(error), "{text}");
        }
    }
}
