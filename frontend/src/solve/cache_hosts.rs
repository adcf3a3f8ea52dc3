use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hlb_gateway::bridge::Bridge;
use hlb_gateway::options::Options;
use llb::{CacheImport, ImageRef, NetMode};
use tokio::sync::{OnceCell, watch};
use tracing::info;

use crate::internal::{ANSWERS, KNOCK, OwnProgram};

/// The hosts of build caches, each asked once whether it answers.
///
/// A daemon waits for one that accepts connections and says nothing without end, in the loop that serves all its builds
/// (BuildKit 0.13 to 0.33, `solver/scheduler.go`, `dispatch`, by way of `solver/combinedcache.go`, `Query`), and it has no
/// call by which that could be found out: `ResolveSourceMeta` answers every cache with an error.
#[derive(Default)]
pub struct CacheHosts {
    hosts: Mutex<BTreeMap<String, Arc<Host>>>,
}

#[derive(Default)]
struct Host {
    answers: OnceCell<bool>,
    /// How many images are being looked up there.
    lookups: watch::Sender<usize>,
}

/// An image that is being looked up, until this is dropped.
pub struct Lookup(Arc<Host>);

/// How long a host may take, unless the client says so.
const LONGEST: Duration = Duration::from_secs(3);

/// What a container may take besides, from its start to its line.
const CONTAINER_TIMEOUT: Duration = Duration::from_secs(10);

impl CacheHosts {
    /// Takes note that a host answered something in this build: it is not asked.
    pub fn answered(&self, reference: &ImageRef) {
        self.entry(&address(reference)).answered();
    }

    /// Takes note that an image is being looked up: that may say whether its host answers.
    pub fn lookup(&self, reference: &ImageRef) -> Lookup {
        let host = self.entry(&address(reference));
        host.lookups.send_modify(|count| *count += 1);
        Lookup(host)
    }

    /// Whether the host of an import answers, as far as can be known.
    pub async fn answers(
        &self,
        bridge: &dyn Bridge,
        options: &Options,
        cache: &CacheImport,
    ) -> bool {
        let Some(host) = host(cache).filter(|host| is_asked(host, options)) else { return true };
        let entry = self.entry(&host);
        // It can't be closed: this has it.
        let _ = entry
            .lookups
            .subscribe()
            .wait_for(|count| *count == 0 || entry.answers.initialized())
            .await;
        *entry.answers.get_or_init(|| ask(bridge, options, &host)).await
    }

    fn entry(&self, host: &str) -> Arc<Host> {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        hosts.entry(host.to_owned()).or_default().clone()
    }
}

impl Host {
    fn answered(&self) {
        // If it was asked already, that is known.
        let _ = self.answers.set(true);
    }
}

impl Lookup {
    /// Takes note that the host said something of the image.
    pub fn answered(&self) {
        self.0.answered();
    }
}

impl Drop for Lookup {
    fn drop(&mut self) {
        self.0.lookups.send_modify(|count| *count -= 1);
    }
}

/// How long a host may take to answer.
pub fn longest(options: &Options) -> Duration {
    options.cache_timeout.unwrap_or(LONGEST)
}

/// Where a cache is, as `HOST:PORT`; nothing if only the daemon knows.
pub fn host(cache: &CacheImport) -> Option<String> {
    if cache.kind == "registry" {
        return cache.reference().map(|reference| address(&reference));
    }
    let url = ["url_v2", "url", "endpoint_url", "account_url"];
    let url = url.iter().find_map(|key| cache.attrs.get(*key))?;
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let port = if scheme == "http" { 80 } else { 443 };
    (!host.is_empty()).then(|| with_port(host, port))
}

fn address(reference: &ImageRef) -> String {
    match reference.domain() {
        "docker.io" => "registry-1.docker.io:443".to_owned(),
        domain => with_port(domain, 443),
    }
}

fn with_port(host: &str, port: u16) -> String {
    let has_port = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    if has_port { host.to_owned() } else { format!("{host}:{port}") }
}

/// Whether a container reaches a host by the way that the daemon does. What the machine itself is called is another machine
/// there, and behind a proxy nothing can be reached in another way.
fn is_asked(host: &str, options: &Options) -> bool {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let is_machine = name == "localhost" || name.starts_with("127.") || name == "[::1]";
    let has_proxy = |proxy: &llb::ProxyEnv| {
        [&proxy.http_proxy, &proxy.https_proxy, &proxy.all_proxy].iter().any(|it| !it.is_empty())
    };
    !is_machine && !options.exec.proxy.as_ref().is_some_and(has_proxy)
}

/// Asks a host from a container, since the frontend itself has no network. Who can't be asked is taken to answer.
async fn ask(bridge: &dyn Bridge, options: &Options, host: &str) -> bool {
    let longest = longest(options);
    let line = tokio::time::timeout(longest + CONTAINER_TIMEOUT, knock(bridge, options, host));
    let line = line.await.ok().flatten();
    let answers = line.as_deref().is_none_or(|line| line == ANSWERS);
    info!(host, answers, known = line.is_some(), "question: host of a cache");
    answers
}

async fn knock(bridge: &dyn Bridge, options: &Options, host: &str) -> Option<String> {
    let own = OwnProgram::find(options).ok()?;
    let millis = longest(options).as_millis().to_string();
    own.line(bridge, (&KNOCK, &[host, &millis]), Vec::new(), NetMode::Unset).await.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: &str, attrs: &[(&str, &str)]) -> Option<String> {
        let attrs = attrs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        host(&CacheImport { kind: kind.to_owned(), attrs: attrs.collect() })
    }

    #[test]
    fn a_cache_is_at_a_host() {
        for (reference, host) in [
            ("acme/app:cache", "registry-1.docker.io:443"),
            ("ghcr.io/acme/app/cache:deps", "ghcr.io:443"),
            ("r.example:5000/a", "r.example:5000"),
        ] {
            assert_eq!(of("registry", &[("ref", reference)]).as_deref(), Some(host));
        }
        let url = [("url_v2", "https://results.example.com/x"), ("token", "t")];
        assert_eq!(of("gha", &url).as_deref(), Some("results.example.com:443"));
        let url = [("endpoint_url", "http://me:secret@minio:9000/")];
        assert_eq!(of("s3", &url).as_deref(), Some("minio:9000"));
        assert_eq!(of("s3", &[("bucket", "b")]), None);
    }

    #[test]
    fn what_a_container_reaches_in_another_way_is_not_asked() {
        let mut options = Options::default();
        for host in ["127.0.0.1:5000", "localhost:443", "[::1]:443"] {
            assert!(!is_asked(host, &options), "{host}");
        }
        assert!(is_asked("ghcr.io:443", &options));
        let https_proxy = "http://proxy:3128".to_owned();
        options.exec.proxy = Some(llb::ProxyEnv { https_proxy, ..Default::default() });
        assert!(!is_asked("ghcr.io:443", &options));
    }
}
