//! Platforms as people write them: `linux/arm64`, `linux/arm/v7`, `windows(10.0.17763.1879+win32k)/amd64`.

use std::fmt;

use gateway_proto::pb;
use nom::bytes::complete::{take_while, take_while1};
use nom::character::complete::char;
use nom::combinator::{all_consuming, opt};
use nom::multi::many0;
use nom::sequence::{delimited, preceded};
use nom::{IResult, Parser};
use percent_encoding::{AsciiSet, percent_decode_str, utf8_percent_encode};

/// What an image or a command runs on, normalized as containerd does it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Platform {
    pub os: String,
    pub architecture: String,
    /// Such as `v7`; empty if the architecture has one only, or none is meant.
    pub variant: String,
    pub os_version: String,
    /// Sorted, none twice.
    pub os_features: Vec<String>,
}

/// A text that names no platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidPlatform(String);

/// Operating systems and architectures that may stand alone (`containerd/platforms` 1.0, `database.go`).
const KNOWN_OS: &[&str] = &[
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "hurd",
    "illumos",
    "ios",
    "js",
    "linux",
    "nacl",
    "netbsd",
    "openbsd",
    "plan9",
    "solaris",
    "windows",
    "zos",
];
const KNOWN_ARCHITECTURES: &[&str] = &[
    "386",
    "amd64",
    "amd64p32",
    "arm",
    "armbe",
    "arm64",
    "arm64be",
    "loong64",
    "mips",
    "mipsle",
    "mips64",
    "mips64le",
    "mips64p32",
    "mips64p32le",
    "ppc",
    "ppc64",
    "ppc64le",
    "riscv",
    "riscv64",
    "s390",
    "s390x",
    "sparc",
    "sparc64",
    "wasm",
];

impl Platform {
    /// Whether both are of one system and architecture, whatever their variants and versions.
    pub fn is_alike(&self, other: &Self) -> bool {
        (&self.os, &self.architecture) == (&other.os, &other.architecture)
    }

    /// Reads a platform and normalizes it; what a lone system or architecture leaves open comes from `host`.
    ///
    /// `containerd/platforms` as of BuildKit 0.32, `platforms.go`, `Parse` and `Normalize`.
    pub fn parse(text: &str, host: &Platform) -> Result<Self, InvalidPlatform> {
        let invalid = || InvalidPlatform(text.to_owned());
        let (_, (system, architecture)) =
            all_consuming(platform).parse(text).map_err(|_| invalid())?;
        let (os, options) = system;
        let is_plain = options.is_none();
        let (version, features) = options.unwrap_or_default();
        let features = features.into_iter().map(decoded).collect::<Option<_>>();
        let found = Self {
            os: os.to_owned(),
            os_version: decoded(version).ok_or_else(invalid)?,
            os_features: features.ok_or_else(invalid)?,
            ..Self::default()
        };
        if let Some((architecture, variant)) = architecture {
            let variant = variant.unwrap_or_default().to_owned();
            return Ok(
                Self { architecture: architecture.to_owned(), variant, ..found }.normalized()
            );
        }
        let system = found.clone().normalized();
        if KNOWN_OS.contains(&system.os.as_str()) {
            let (architecture, variant) = (host.architecture.clone(), host.variant.clone());
            return Ok(Self { architecture, variant, ..system });
        }
        let lone = Self { architecture: os.to_owned(), os: host.os.clone(), ..Self::default() };
        let lone = lone.normalized();
        if is_plain && KNOWN_ARCHITECTURES.contains(&lone.architecture.as_str()) {
            return Ok(lone);
        }
        Err(invalid())
    }

    /// The same platform under the names that everybody compares by.
    pub fn normalized(mut self) -> Self {
        self.os_features.sort();
        self.os_features.dedup();
        let lower = |text: String| text.to_ascii_lowercase();
        let os = match lower(self.os) {
            os if os == "macos" => "darwin".to_owned(),
            os => os,
        };
        let (architecture, variant) = (lower(self.architecture), lower(self.variant));
        let (architecture, variant) = match (architecture.as_str(), variant.as_str()) {
            ("i386", _) => ("386", ""),
            ("x86_64" | "x86-64" | "amd64", "v1") => ("amd64", ""),
            ("x86_64" | "x86-64", variant) => ("amd64", variant),
            ("aarch64" | "arm64", "8" | "v8" | "v8.0") => ("arm64", ""),
            ("aarch64" | "arm64", "9" | "9.0" | "v9.0") => ("arm64", "v9"),
            ("aarch64", variant) => ("arm64", variant),
            ("armhf", _) => ("arm", "v7"),
            ("armel", _) => ("arm", "v6"),
            ("arm", "" | "7") => ("arm", "v7"),
            ("arm", "5") => ("arm", "v5"),
            ("arm", "6") => ("arm", "v6"),
            ("arm", "8") => ("arm", "v8"),
            other => other,
        };
        let (architecture, variant) = (architecture.to_owned(), variant.to_owned());
        Self { os, architecture, variant, ..self }
    }

    /// System, architecture and variant: the platform without the version and the features of its system.
    pub fn short(&self) -> String {
        let Self { os, architecture, variant, .. } = self.clone();
        Self { os, architecture, variant, ..Self::default() }.to_string()
    }

    /// The platform as a part of a name, such as `linux-arm-v7`: letters, digits, `.`, `_` and `-`.
    pub fn in_name(&self) -> String {
        let text = self.to_string();
        let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || "._".contains(c)));
        words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-")
    }
}

impl From<&Platform> for pb::Platform {
    fn from(platform: &Platform) -> Self {
        Self {
            os: platform.os.clone(),
            architecture: platform.architecture.clone(),
            variant: platform.variant.clone(),
            os_version: platform.os_version.clone(),
            os_features: platform.os_features.clone(),
        }
    }
}

/// The platform as it stands in an op, under whatever names its maker used.
impl From<&pb::Platform> for Platform {
    fn from(platform: &pb::Platform) -> Self {
        Self {
            os: platform.os.clone(),
            architecture: platform.architecture.clone(),
            variant: platform.variant.clone(),
            os_version: platform.os_version.clone(),
            os_features: platform.os_features.clone(),
        }
    }
}

/// The id of a platform in results and named contexts (`FormatAll`).
impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.os)?;
        if !self.os_version.is_empty() || !self.os_features.is_empty() {
            write!(f, "({}", encoded(&self.os_version))?;
            for feature in &self.os_features {
                write!(f, "+{}", encoded(feature))?;
            }
            f.write_str(")")?;
        }
        write!(f, "/{}", self.architecture)?;
        if self.variant.is_empty() { Ok(()) } else { write!(f, "/{}", self.variant) }
    }
}

impl fmt::Display for InvalidPlatform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected a platform such as `linux/amd64`, found `{}`", self.0)
    }
}

impl std::error::Error for InvalidPlatform {}

/// A version and features.
type Options<'a> = (&'a str, Vec<&'a str>);
type System<'a> = (&'a str, Option<Options<'a>>);
type Architecture<'a> = (&'a str, Option<&'a str>);

/// `platform = system [ "/" word [ "/" word ] ]`
fn platform(input: &str) -> IResult<&str, (System<'_>, Option<Architecture<'_>>)> {
    let part = || preceded(char('/'), word);
    (system, opt((part(), opt(part())))).parse(input)
}

/// `system = name [ "(" [ option ] { "+" option } ")" ]`, where options may have percent signs and names have no dots
fn system(input: &str) -> IResult<&str, System<'_>> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
    let is_option = |c: char| c.is_ascii_alphanumeric() || "_.%-".contains(c);
    let options = (take_while(is_option), many0(preceded(char('+'), take_while1(is_option))));
    (take_while1(is_name), opt(delimited(char('('), options, char(')')))).parse(input)
}

/// `word = ( letter | digit | "_" | "." | "-" ) { letter | digit | "_" | "." | "-" }`
fn word(input: &str) -> IResult<&str, &str> {
    take_while1(|c: char| c.is_ascii_alphanumeric() || "_.-".contains(c)).parse(input)
}

/// What an option of a system has a percent sign for, since it would end there.
const RESERVED: &AsciiSet =
    &percent_encoding::CONTROLS.add(b'%').add(b'+').add(b'(').add(b')').add(b'/');

fn encoded(option: &str) -> String {
    utf8_percent_encode(option, RESERVED).to_string()
}

/// What is written with percent signs; `None` if that is no text.
fn decoded(option: &str) -> Option<String> {
    Some(percent_decode_str(option).decode_utf8().ok()?.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn platforms_are_normalized_as_containerd_does() {
        let host = Platform {
            os: "linux".to_owned(),
            architecture: "arm64".to_owned(),
            ..Platform::default()
        };
        for (text, normalized) in [
            ("linux/amd64", "linux/amd64"),
            ("Linux/X86_64/V1", "linux/amd64"),
            ("linux/amd64/v3", "linux/amd64/v3"),
            ("linux/aarch64", "linux/arm64"),
            ("linux/arm64/v8", "linux/arm64"),
            ("linux/arm64/9.0", "linux/arm64/v9"),
            ("linux/arm", "linux/arm/v7"),
            ("linux/arm/6", "linux/arm/v6"),
            ("armhf", "linux/arm/v7"),
            ("armel", "linux/arm/v6"),
            ("i386", "linux/386"),
            ("macos/arm64", "darwin/arm64"),
            ("windows", "windows/arm64"),
            ("s390x", "linux/s390x"),
            ("windows(10.0.17763.1879)/amd64", "windows(10.0.17763.1879)/amd64"),
            ("windows(10.0+win32k)", "windows(10.0+win32k)/arm64"),
            ("linux(+b+a+b)/arm", "linux(+a+b)/arm/v7"),
            ("linux(6.1%2Brc%2f1)/amd64", "linux(6.1%2Brc%2F1)/amd64"),
            ("linux()/amd64", "linux/amd64"),
        ] {
            let platform = Platform::parse(text, &host).map(|it| it.to_string());
            assert_eq!(platform.as_deref(), Ok(normalized), "{text}");
        }
        for text in [
            "",
            "/",
            "linux/",
            "nowhere",
            "linux/*",
            "linux/amd64/v1/x",
            " linux/amd64",
            "s390x(1)",
            "s390x()",
            "linux(+)/amd64",
            "linux(1/amd64",
            "linux(%ff)/amd64",
            "li.nux/amd64",
        ] {
            assert!(Platform::parse(text, &host).is_err(), "{text}");
        }
    }

    #[test]
    fn a_platform_has_shorter_forms() {
        for (text, short, in_name) in [
            ("linux/arm/v7", "linux/arm/v7", "linux-arm-v7"),
            ("windows(10.0.1+win32k)/amd64", "windows/amd64", "windows-10.0.1-win32k-amd64"),
        ] {
            let platform = Platform::parse(text, &Platform::default()).expect("valid");
            assert_eq!((platform.short(), platform.in_name()), (short.into(), in_name.into()));
        }
    }
}
