use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use nom::branch::alt;
use nom::bytes::complete::{is_not, tag, take_while};
use nom::character::complete::char;
use nom::combinator::{all_consuming, map, value};
use nom::multi::{fold_many0, separated_list1};
use nom::sequence::delimited;
use nom::{IResult, Parser};
use serde::Deserialize;

/// Which steps run although the cache has them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum NoCache {
    #[default]
    UseCache,
    All,
    /// Functions and sections by name, in lower case.
    Names(BTreeSet<String>),
}

/// How the daemon looks an image up (`image.resolvemode`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ResolveMode {
    /// The registry first.
    #[default]
    Default,
    /// The registry always.
    Pull,
    /// The engine's own images first.
    Local,
}

/// The network of a command (`pb.NetMode`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetworkMode {
    Sandbox,
    Host,
    None,
}

/// A line of `/etc/hosts`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtraHost {
    pub host: String,
    pub ip: IpAddr,
}

/// A resource limit of processes; −1 is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ulimit {
    pub name: UlimitName,
    pub soft: i64,
    pub hard: i64,
}

/// The name of a resource limit: one of those that Docker knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UlimitName(&'static str);

/// Limits of the control group that a command runs in; the daemon needs BuildKit 0.31.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resources {
    pub memory_bytes: Option<i64>,
    /// Memory and swap together; −1 is no limit.
    pub memory_swap_bytes: Option<i64>,
    pub cpu_shares: Option<i64>,
    /// Microseconds.
    pub cpu_period: Option<i64>,
    /// Microseconds a period.
    pub cpu_quota: Option<i64>,
    /// A list of CPUs such as `0-3,5`.
    pub cpuset_cpus: Option<String>,
    /// A list of memory nodes.
    pub cpuset_mems: Option<String>,
}

/// A cache that the client wants to be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheImport {
    /// Such as `registry`; the daemon knows which there are.
    pub kind: String,
    /// May hold tokens, so they are never shown.
    pub attrs: BTreeMap<String, String>,
}

/// Docker's names of resource limits (`docker/go-units` 0.5, `ulimit.go`).
const ULIMIT_NAMES: &[&str] = &[
    "core",
    "cpu",
    "data",
    "fsize",
    "locks",
    "memlock",
    "msgqueue",
    "nice",
    "nofile",
    "nproc",
    "rss",
    "rtprio",
    "rttime",
    "sigpending",
    "stack",
];

/// Reads a boolean as Go's `strconv.ParseBool` does.
pub fn go_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

impl ResolveMode {
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "default" => Some(Self::Default),
            "pull" => Some(Self::Pull),
            "local" => Some(Self::Local),
            _ => None,
        }
    }

    /// The word that requests and attributes have for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Pull => "pull",
            Self::Local => "local",
        }
    }
}

impl NetworkMode {
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "sandbox" => Some(Self::Sandbox),
            "host" => Some(Self::Host),
            "none" => Some(Self::None),
            _ => None,
        }
    }
}

impl ExtraHost {
    /// Reads a CSV record of `host=ip`; case does not matter, and a host may have several addresses.
    pub fn parse_list(text: &str) -> Result<Vec<Self>, String> {
        let fields = csv_record(text).ok_or("expected comma-separated `host=ip`")?;
        fields.iter().map(|field| Self::parse(&field.to_lowercase())).collect()
    }

    fn parse(text: &str) -> Result<Self, String> {
        let (host, ip) =
            text.split_once('=').ok_or_else(|| format!("expected `host=ip`, found `{text}`"))?;
        let ip = ip.parse().map_err(|_| format!("invalid IP address `{ip}` of host `{host}`"))?;
        Ok(Self { host: host.to_owned(), ip })
    }
}

impl Ulimit {
    /// Reads a CSV record of `name=soft[:hard]`.
    ///
    /// `docker/go-units` 0.5, `ulimit.go`, `ParseUlimit`.
    pub fn parse_list(text: &str) -> Result<Vec<Self>, String> {
        let fields = csv_record(text).ok_or("expected comma-separated `name=soft:hard`")?;
        fields.iter().map(|field| Self::parse(field)).collect()
    }

    fn parse(text: &str) -> Result<Self, String> {
        let (name, limits) = text
            .split_once('=')
            .ok_or_else(|| format!("expected `name=soft:hard`, found `{text}`"))?;
        let name = ULIMIT_NAMES
            .iter()
            .find(|known| **known == name)
            .ok_or_else(|| format!("unknown limit `{name}`"))?;
        let number = |text: &str| {
            let parsed: Result<i64, _> = text.trim().parse();
            parsed.map_err(|_| format!("expected a number for limit `{name}`, found `{text}`"))
        };
        let (soft, hard) = match limits.split_once(':') {
            Some((soft, hard)) => (number(soft)?, number(hard)?),
            None => (number(limits)?, number(limits)?),
        };
        let unlimited = -1;
        if hard != unlimited && (soft == unlimited || soft > hard) {
            return Err(format!("the soft limit of `{name}` is above its hard limit"));
        }
        Ok(Self { name: UlimitName(name), soft, hard })
    }
}

impl UlimitName {
    pub fn as_str(self) -> &'static str {
        self.0
    }
}

impl CacheImport {
    /// Reads what buildx and `buildctl` make of `--cache-from` and `--import-cache`.
    pub fn parse_list(json: &str) -> Result<Vec<Self>, serde_json::Error> {
        // Go writes its own field names and reads them in any case.
        #[derive(Deserialize)]
        struct Entry {
            #[serde(rename = "Type", alias = "type")]
            kind: String,
            #[serde(rename = "Attrs", alias = "attrs", default)]
            attrs: Option<BTreeMap<String, String>>,
        }
        let entries: Option<Vec<Entry>> = serde_json::from_str(json)?;
        let entries = entries.unwrap_or_default().into_iter();
        Ok(entries.map(|it| Self { kind: it.kind, attrs: it.attrs.unwrap_or_default() }).collect())
    }

    /// The import that an image reference in the older `cache-from` means.
    pub fn registry(reference: &str) -> Self {
        let attrs = BTreeMap::from([("ref".to_owned(), reference.to_owned())]);
        Self { kind: "registry".to_owned(), attrs }
    }
}

/// Reads a list of CPUs or memory nodes such as `0-3,5`.
pub(super) fn is_cpu_list(text: &str) -> bool {
    let number = |text: &str| text.parse::<u32>().ok();
    text.split(',').all(|range| match range.split_once('-') {
        Some((first, last)) => {
            number(first).is_some_and(|first| number(last).is_some_and(|last| first <= last))
        }
        None => number(range).is_some(),
    })
}

/// Reads one record of comma-separated values, as Go's `encoding/csv` does.
fn csv_record(text: &str) -> Option<Vec<String>> {
    let (_, fields) = all_consuming(record).parse(text).ok()?;
    Some(fields)
}

/// `record = field { "," field }`
fn record(input: &str) -> IResult<&str, Vec<String>> {
    separated_list1(char(','), field).parse(input)
}

/// `field = '"' { character | '""' } '"' | { character - ( '"' | "," ) }`
fn field(input: &str) -> IResult<&str, String> {
    let character = alt((is_not("\""), value("\"", tag("\"\""))));
    let quoted = fold_many0(character, String::new, |mut text, part: &str| {
        text.push_str(part);
        text
    });
    let bare = take_while(|c: char| !"\",\r\n".contains(c));
    alt((delimited(char('"'), quoted, char('"')), map(bare, str::to_owned))).parse(input)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_is_read_as_go_does() {
        let fields = |text| csv_record(text).map(|fields| fields.join("|"));
        assert_eq!(fields("a,b c"), Some("a|b c".to_owned()));
        assert_eq!(fields("\"a,b\",\"say \"\"x\"\"\""), Some("a,b|say \"x\"".to_owned()));
        assert_eq!(fields("a,,\"\""), Some("a||".to_owned()));
        assert_eq!(fields("a\"b"), None);
        assert_eq!(fields("\"a"), None);
        assert_eq!(fields("\"a\"b"), None);
    }

    #[test]
    fn hosts_have_addresses_of_both_kinds() {
        let hosts = ExtraHost::parse_list("DB=10.0.0.1,db=FE80::1").expect("valid");
        let text: Vec<_> = hosts.iter().map(|host| format!("{} {}", host.host, host.ip)).collect();
        assert_eq!(text, ["db 10.0.0.1", "db fe80::1"]);
        assert_eq!(ExtraHost::parse_list("db").map_err(|it| it.contains("`db`")), Err(true));
        assert_eq!(ExtraHost::parse_list("db=here").map_err(|it| it.contains("`here`")), Err(true));
    }

    #[test]
    fn limits_are_ordered() {
        let limit = |text| {
            let limits = Ulimit::parse_list(text)?;
            Ok::<_, String>(
                limits.iter().map(|it| (it.name.0, it.soft, it.hard)).collect::<Vec<_>>(),
            )
        };
        assert_eq!(limit("nofile=5:9,core=0"), Ok(vec![("nofile", 5, 9), ("core", 0, 0)]));
        assert_eq!(limit("nproc=-1"), Ok(vec![("nproc", -1, -1)]));
        assert_eq!(limit("nproc=5:-1"), Ok(vec![("nproc", 5, -1)]));
        for wrong in
            ["nofile", "nofile=", "nofile=a", "nofile=9:5", "nofile=-1:5", "files=1", "core=1:2:3"]
        {
            assert!(limit(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn cpu_lists() {
        assert!(["0", "0-3,5", "7,2-2"].into_iter().all(is_cpu_list));
        assert!(!["", "a", "3-0", "1,,2", "1-", "-1"].into_iter().any(is_cpu_list));
    }
}
