use llb::{CacheImport, ImageRef};

use super::Options;
use super::row::Found;

/// A text in which each `*` stands for any other, as in BuildKit's source policies
/// (BuildKit 0.32, `util/wildcard`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wildcard(String);

/// Build caches that the client lets a build import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedCache {
    name: Wildcard,
    /// What the caches have to be.
    digest: Option<String>,
}

/// What the client says of a cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Allowance {
    Allowed,
    /// It may be imported as what this reference names.
    Pinned(String),
    Denied,
}

impl Options {
    /// Whether the client lets the build import a cache.
    pub fn allowance(&self, cache: &CacheImport) -> Allowance {
        let Some(allowed) = &self.allowed_caches else { return Allowance::Allowed };
        let allowances = allowed.iter().map(|it| it.allowance(cache));
        allowances.into_iter().find(|it| *it != Allowance::Denied).unwrap_or(Allowance::Denied)
    }

    /// Whether the client trusts modules from elsewhere, by the name of the place.
    pub fn trusts(&self, origin: &str) -> bool {
        self.trusted_modules.iter().any(|it| it.matches(origin))
    }
}

impl AllowedCache {
    fn parse(text: &str) -> Self {
        let (name, digest) = match text.split_once('@') {
            Some((name, digest)) => (name, Some(digest.to_owned())),
            None => (text, None),
        };
        Self { name: Wildcard(name.to_owned()), digest }
    }

    fn allowance(&self, cache: &CacheImport) -> Allowance {
        let Some(reference) = cache.reference() else {
            return match self.digest.is_none() && self.name.matches(&cache.name()) {
                true => Allowance::Allowed,
                false => Allowance::Denied,
            };
        };
        // As people write it: with or without the tag that is meant, and Docker Hub's own name.
        let named = reference.clone().unpinned();
        let names = [named.clone(), named.or_latest()];
        let mut names = names.iter().flat_map(|it| [it.to_string(), it.familiar()]);
        if !names.any(|it| self.name.matches(&it)) {
            return Allowance::Denied;
        }
        match (&self.digest, reference.digest()) {
            (Some(wanted), None) => match reference.or_latest().pinned(wanted) {
                Ok(pinned) => Allowance::Pinned(pinned.to_string()),
                Err(_) => Allowance::Denied,
            },
            (Some(wanted), Some(given)) if wanted != given => Allowance::Denied,
            _ => Allowance::Allowed,
        }
    }
}

impl Wildcard {
    /// Whether it matches all of a text.
    pub fn matches(&self, text: &str) -> bool {
        let Some((start, rest)) = self.0.split_once('*') else { return self.0 == text };
        let Some(mut text) = text.strip_prefix(start) else { return false };
        let mut parts: Vec<&str> = rest.split('*').collect();
        let end = parts.pop().unwrap_or_default();
        for part in parts {
            let Some((_, after)) = text.split_once(part) else { return false };
            text = after;
        }
        text.ends_with(end)
    }
}

pub fn allowed_caches(options: &mut Options, found: &Found<'_>) -> Result<(), String> {
    let allowed = list(found).map(AllowedCache::parse).collect::<Vec<_>>();
    let is_digest = |digest: &str| ImageRef::parse(&format!("name@{digest}")).is_ok();
    match allowed.iter().all(|it| it.digest.as_deref().is_none_or(is_digest)) {
        true => options.allowed_caches = Some(allowed),
        false => return Err(found.expected("after each `@` a digest such as `sha256:…`")),
    }
    Ok(())
}

pub fn trusted_modules(options: &mut Options, found: &Found<'_>) -> Result<(), String> {
    options.trusted_modules = list(found).map(|it| Wildcard(it.to_owned())).collect();
    Ok(())
}

fn list<'a>(found: &Found<'a>) -> impl Iterator<Item = &'a str> {
    found.value.split(',').map(str::trim).filter(|it| !it.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "sha256:0123456789012345678901234567890123456789012345678901234567890123";

    fn allowance(allowed: &str, cache: &CacheImport) -> Allowance {
        AllowedCache::parse(allowed).allowance(cache)
    }

    #[test]
    fn a_star_is_any_text() {
        for (pattern, text, matches) in [
            ("ghcr.io/acme/*", "ghcr.io/acme/a/b:c", true),
            ("ghcr.io/acme/*", "ghcr.io/acme", false),
            ("*:main", "a/b:main", true),
            ("*:main", "a/b:main2", false),
            ("a*b*c", "a1b2b3c", true),
            ("a*b*c", "acb", false),
            ("a*a", "a", false),
            ("*", "", true),
            ("plain", "plain", true),
            ("", "x", false),
        ] {
            assert_eq!(Wildcard(pattern.into()).matches(text), matches, "{pattern} {text}");
        }
    }

    #[test]
    fn a_reference_is_matched_as_people_write_it() {
        for (pattern, reference) in [
            ("ghcr.io/acme/cache", "ghcr.io/acme/cache"),
            ("ghcr.io/acme/cache:latest", "ghcr.io/acme/cache"),
            ("acme/*", "docker.io/acme/app:cache"),
            ("docker.io/acme/*", "acme/app:cache"),
        ] {
            let cache = CacheImport::registry(reference);
            assert_eq!(allowance(pattern, &cache), Allowance::Allowed, "{pattern} {reference}");
        }
        let other = CacheImport::registry("ghcr.io/acme/cache:main");
        assert_eq!(allowance("ghcr.io/acme/cache", &other), Allowance::Denied);
    }

    #[test]
    fn a_digest_pins() {
        let pattern = format!("ghcr.io/acme/*@{DIGEST}");
        let pinned = format!("ghcr.io/acme/cache:deps@{DIGEST}");
        let cache = CacheImport::registry("ghcr.io/acme/cache:deps");
        assert_eq!(allowance(&pattern, &cache), Allowance::Pinned(pinned.clone()));
        assert_eq!(allowance(&pattern, &CacheImport::registry(&pinned)), Allowance::Allowed);
        let other = pinned.replace("@sha256:01", "@sha256:10");
        assert_eq!(allowance(&pattern, &CacheImport::registry(&other)), Allowance::Denied);
    }

    #[test]
    fn other_caches_are_known_by_kind_and_name() {
        let scope = [("scope".to_owned(), "deps".to_owned()), ("token".to_owned(), "t".to_owned())];
        let gha = CacheImport { kind: "gha".to_owned(), attrs: scope.into() };
        assert_eq!(allowance("gha:*", &gha), Allowance::Allowed);
        assert_eq!(allowance("gha:main", &gha), Allowance::Denied);
        assert_eq!(allowance(&format!("gha:*@{DIGEST}"), &gha), Allowance::Denied);
    }
}
