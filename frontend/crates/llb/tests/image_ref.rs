//! Holds our reading of image references against that of `oci-spec`, which follows `distribution/reference` by its regex.

use buildkit_llb::ImageRef;
use oci_spec::distribution::Reference;

const SHA: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// Parts that a reference may have; every combination is compared.
const DOMAINS: &[&str] = &[
    "",
    "docker.io/",
    "index.docker.io/",
    "ghcr.io/",
    "localhost/",
    "localhost:5000/",
    "a.b:1/",
    "a:/",
    "-a.io/",
    "a..b/",
    "UPPER.io/",
    "/",
];
const PATHS: &[&str] = &[
    "",
    "a",
    "library/a",
    "org/app",
    "a/b/c",
    "a_b",
    "a__b",
    "a___b",
    "a.b",
    "a..b",
    "a--b",
    "-a",
    "a-",
    "a//b",
    "A",
    "a/B",
    "a b",
];
const SUFFIXES: &[&str] =
    &["", ":1", ":latest", ":V1.0-x", ":_", ":-a", ":", ":a b", "@", "@sha256:00"];

/// The two agree on what is a reference, and on its parts.
#[test]
fn both_read_the_same() {
    let digest = format!("@{SHA}");
    let tagged = format!(":1@{SHA}");
    let suffixes = SUFFIXES.iter().copied().chain([digest.as_str(), tagged.as_str()]);
    let suffixes: Vec<&str> = suffixes.collect();
    let mut different = Vec::new();
    for domain in DOMAINS {
        for path in PATHS {
            for suffix in &suffixes {
                let text = format!("{domain}{path}{suffix}");
                let (ours, theirs) = (ours(&text), theirs(&text));
                if ours != theirs {
                    different.push(format!("{text:?}: {ours:?}, oci-spec {theirs:?}"));
                }
            }
        }
    }
    assert!(different.is_empty(), "{} differ:\n{}", different.len(), different.join("\n"));
}

/// The one known difference: `distribution/reference` 0.6 takes IPv6 addresses as hosts, `oci-spec` 0.10 does not.
#[test]
fn only_ours_reads_ipv6_hosts() {
    let text = "[fe80::1]:5000/a:1";
    assert_eq!(ours(text).as_deref(), Some(text));
    assert_eq!(theirs(text), None);
}

fn ours(text: &str) -> Option<String> {
    // `oci-spec` adds the tag of a reference that has none.
    Some(ImageRef::parse(text).ok()?.or_latest().to_string())
}

fn theirs(text: &str) -> Option<String> {
    let reference: Reference = text.parse().ok()?;
    let tag = reference.tag().map_or(String::new(), |tag| format!(":{tag}"));
    let digest = reference.digest().map_or(String::new(), |digest| format!("@{digest}"));
    Some(format!("{}/{}{tag}{digest}", reference.registry(), reference.repository()))
}
