//! Platforms as people write them: `linux/arm64`, `linux/arm/v7`, `windows(10.0.17763.1879)/amd64`.

use std::fmt;

use gateway_proto::pb;
use nom::bytes::complete::take_while1;
use nom::character::complete::char;
use nom::combinator::{all_consuming, opt};
use nom::sequence::{delimited, preceded};
use nom::{IResult, Parser};

/// What an image or a command runs on, normalized as containerd does it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Platform {
    pub os: String,
    pub architecture: String,
    /// Such as `v7`; empty if the architecture has one only, or none is meant.
    pub variant: String,
    pub os_version: String,
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
    /// Reads a platform and normalizes it; what a lone system or architecture leaves open comes from `host`.
    ///
    /// `containerd/platforms` 1.0, `platforms.go`, `Parse` and `Normalize`.
    pub fn parse(text: &str, host: &Platform) -> Result<Self, InvalidPlatform> {
        let Ok((_, (system, architecture))) = all_consuming(platform).parse(text) else {
            return Err(InvalidPlatform(text.to_owned()));
        };
        let (os, version) = system;
        let found = Self {
            os: os.to_owned(),
            os_version: version.unwrap_or_default().to_owned(),
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
        if version.is_none() && KNOWN_ARCHITECTURES.contains(&lone.architecture.as_str()) {
            return Ok(lone);
        }
        Err(InvalidPlatform(text.to_owned()))
    }

    /// The same platform under the names that everybody compares by.
    pub fn normalized(self) -> Self {
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
            write!(f, "({}", self.os_version)?;
            for feature in &self.os_features {
                write!(f, "+{feature}")?;
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

type System<'a> = (&'a str, Option<&'a str>);
type Architecture<'a> = (&'a str, Option<&'a str>);

/// `platform = word [ "(" word ")" ] [ "/" word [ "/" word ] ]`
fn platform(input: &str) -> IResult<&str, (System<'_>, Option<Architecture<'_>>)> {
    let part = || preceded(char('/'), word);
    let version = delimited(char('('), word, char(')'));
    ((word, opt(version)), opt((part(), opt(part())))).parse(input)
}

/// `word = ( letter | digit | "_" | "." | "-" ) { letter | digit | "_" | "." | "-" }`
fn word(input: &str) -> IResult<&str, &str> {
    take_while1(|c: char| c.is_ascii_alphanumeric() || "_.-".contains(c)).parse(input)
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
        ] {
            assert!(Platform::parse(text, &host).is_err(), "{text}");
        }
    }
}
