//! Ports as a Dockerfile's `EXPOSE` takes them.

use std::net::IpAddr;

use hlb_program::builtin::ArgSite;
use hlb_syntax::diagnostic::{Code, Diagnostic};
use hlb_syntax::source::Span;

/// The ports of a container that an argument of `expose` means.
pub struct Ports {
    first: u16,
    last: u16,
    protocol: &'static str,
}

/// A port that cannot be exposed.
pub static INVALID_PORT: Code = Code::error("HLB0321", "invalid-port");

const PROTOCOLS: [&str; 3] = ["tcp", "udp", "sctp"];

impl Ports {
    /// Reads a port or a range of them, with what `docker run --publish` writes before it: `[[IP:]HOST:]PORT[-LAST][/PROTOCOL]`.
    ///
    /// The part before is checked and has no effect. BuildKit 0.32,
    /// `frontend/dockerfile/dockerfile2llb/convert_expose.go`, `parsePort`.
    ///
    /// # Errors
    /// What is wrong, about the text as a whole.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (host, container) = match text.rsplit_once(':') {
            None => (None, text),
            Some((host, container)) => (Some(host), container),
        };
        let (ports, protocol) = container.split_once('/').unwrap_or((container, ""));
        let (first, last) = range(ports)?;
        let protocol = match protocol {
            "" => "tcp",
            found => {
                let known = PROTOCOLS.into_iter().find(|it| it.eq_ignore_ascii_case(found));
                known.ok_or_else(|| {
                    format!("expected protocol `tcp`, `udp` or `sctp`, found `{found}`")
                })?
            }
        };
        if let Some(host) = host {
            let (address, host) = host.rsplit_once(':').unwrap_or(("", host));
            check_address(address)?;
            check_host(host, last - first)?;
        }
        Ok(Self { first, last, protocol })
    }

    pub fn count(&self) -> u64 {
        u64::from(self.last - self.first) + 1
    }

    /// Each port as the config of an image has it.
    pub fn iter(&self) -> impl Iterator<Item = String> {
        let protocol = self.protocol;
        (self.first..=self.last).map(move |port| format!("{port}/{protocol}"))
    }
}

impl std::fmt::Display for Ports {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { first, last, protocol } = self;
        match first == last {
            true => write!(f, "{first}/{protocol}"),
            false => write!(f, "{first}-{last}/{protocol}"),
        }
    }
}

/// Whether a text is a port or a range of them.
pub fn check_port(text: &str, site: &ArgSite) -> Result<(), Diagnostic> {
    Ports::parse(text).map(drop).map_err(|problem| invalid_port(text, problem, site.span))
}

pub fn invalid_port(text: &str, problem: String, span: Span) -> Diagnostic {
    let message = match text {
        "" => "expected a port, found nothing".to_owned(),
        _ => format!("port `{text}`: {problem}"),
    };
    INVALID_PORT.at(span, message).help("write a port such as `8080`, `53/udp` or `8000-8010`")
}

fn range(text: &str) -> Result<(u16, u16), String> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    match (port(first)?, port(last)?) {
        (first, last) if first > last => Err("the range ends before it begins".to_owned()),
        range => Ok(range),
    }
}

fn port(text: &str) -> Result<u16, String> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|_| is_number);
    number.ok_or_else(|| match text {
        "" => "expected a number, found nothing".to_owned(),
        _ => format!("expected a number up to 65535, found `{text}`"),
    })
}

fn check_address(text: &str) -> Result<(), String> {
    let bare = text.strip_prefix('[').and_then(|it| it.strip_suffix(']')).unwrap_or(text);
    match bare.is_empty() || bare.parse::<IpAddr>().is_ok() {
        true => Ok(()),
        false => Err(format!("expected an IP address, found `{text}`")),
    }
}

/// A range of the host goes with one port of the container, or with as many of them.
fn check_host(text: &str, more: u16) -> Result<(), String> {
    if text.is_empty() {
        return Ok(());
    }
    let (first, last) = range(text)?;
    match more == 0 || last - first == more {
        true => Ok(()),
        false => Err("the ranges of the host and of the container differ in length".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, String> {
        Ports::parse(text).map(|ports| ports.iter().collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn ports_are_read_as_docker_reads_them() {
        for (text, ports) in [
            ("80", "80/tcp"),
            ("53/UDP", "53/udp"),
            ("80/", "80/tcp"),
            ("8000-8002/sctp", "8000/sctp 8001/sctp 8002/sctp"),
            ("8000-8000", "8000/tcp"),
            ("8080:80", "80/tcp"),
            (":80", "80/tcp"),
            ("8000-8010:80", "80/tcp"),
            ("8000-8001:80-81", "80/tcp 81/tcp"),
            ("127.0.0.1:8080:80/udp", "80/udp"),
            ("127.0.0.1::80", "80/tcp"),
            ("[::1]:8080:80", "80/tcp"),
            ("::1:8080:80", "80/tcp"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(ports), "{text}");
        }
        for text in [
            "",
            "x",
            "-1",
            "+80",
            "65536",
            "80-",
            "81-80",
            "80/foo",
            "80/tcp/x",
            "/tcp",
            "x:80",
            "1-2:80-82",
            "host:80:80",
            "8080:",
            "80 ",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
