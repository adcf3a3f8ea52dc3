//! Whether a build may import a cache, and with what the client alone knows.

use hlb_gateway::options::{Allowance, Options};
use hlb_program::lint::{CACHE_WITHOUT_CREDENTIALS, DENIED_CACHE, UNTRUSTED_CACHE};
use hlb_syntax::diagnostic::Code;
use llb::CacheImport;

/// Why a cache is not imported.
#[derive(Clone, Debug)]
pub struct Obstacle {
    pub code: &'static Code,
    /// What the build says of it, without anything that may be a token.
    pub problem: String,
    pub help: Option<String>,
}

/// What of its own type only the client has, by which a cache is reached.
///
/// BuildKit 0.32, `cache/remotecache/{gha,s3,azblob}`; buildx 0.29, `util/buildflags/cache.go`.
const CREDENTIALS: [(&str, &[&str]); 3] = [
    ("gha", &["url", "url_v2", "token"]),
    ("s3", &["endpoint_url", "access_key_id", "secret_access_key", "session_token"]),
    ("azblob", &["account_url", "account_name", "secret_access_key"]),
];

/// The cache that a section imports, as the client lets it, with the credentials of an entry of the client's own.
///
/// `origin` is where the module is from that says so, unless that is where the program is from.
pub fn permitted(
    options: &Options,
    cache: &CacheImport,
    origin: Option<&str>,
) -> Result<CacheImport, Obstacle> {
    if let Some(origin) = origin.filter(|origin| !options.trusts(origin)) {
        return Err(Obstacle {
            code: &UNTRUSTED_CACHE,
            problem: format!(
                "a module from `{origin}` imports cache `{}`, and is not trusted",
                cache.name()
            ),
            help: Some(format!(
                "if you trust its caches, build with `--build-arg HLB_TRUST_CACHE={origin}`"
            )),
        });
    }
    let mut cache = allowed(options, cache)?;
    with_credentials(&mut cache, &options.cache_imports);
    if cache.kind == "gha" && !cache.attrs.contains_key("token") {
        return Err(Obstacle {
            code: &CACHE_WITHOUT_CREDENTIALS,
            problem: format!("the client gives no credentials for cache `{}`", cache.name()),
            help: Some(
                "build with `--cache-from type=gha` in a job of GitHub Actions that has its runtime's token"
                    .to_owned(),
            ),
        });
    }
    Ok(cache)
}

/// A cache as the client lets it be imported.
pub fn allowed(options: &Options, cache: &CacheImport) -> Result<CacheImport, Obstacle> {
    let mut cache = cache.clone();
    match options.allowance(&cache) {
        Allowance::Allowed => {}
        Allowance::Pinned(reference) => {
            cache.attrs.insert("ref".to_owned(), reference);
        }
        Allowance::Denied => {
            return Err(Obstacle {
                code: &DENIED_CACHE,
                problem: format!("`HLB_CACHE_FROM_ALLOW` does not name cache `{}`", cache.name()),
                help: None,
            });
        }
    }
    Ok(cache)
}

/// Adds what the client's own entry of the type has, unless the program says something of it: what is for one server is not sent
/// to another.
fn with_credentials(cache: &mut CacheImport, client: &[CacheImport]) {
    let Some((_, keys)) = CREDENTIALS.iter().find(|(kind, _)| *kind == cache.kind) else { return };
    let Some(own) = client.iter().find(|own| own.kind == cache.kind) else { return };
    if keys
        .iter()
        .any(|key| cache.attrs.get(*key).is_some_and(|it| own.attrs.get(*key) != Some(it)))
    {
        return;
    }
    for key in *keys {
        if let Some(value) = own.attrs.get(*key) {
            cache.attrs.insert((*key).to_owned(), value.clone());
        }
    }
}
