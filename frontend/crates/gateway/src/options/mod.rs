//! Frontend options: what the client asks for, each of them a row of one table.
//!
//! In: the environment in which BuildKit starts a frontend. Out: [`Options`], or every error in them. An option that
//! no row knows is ignored, since clients pass options of other frontends. Start at [`Options::parse`].

mod cache_policy;
mod nested;
mod parse;
mod read;
mod resources;
mod row;
mod rows;
mod sbom;
mod source_date;
mod value;
mod warnings;
mod worker;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use gateway_proto::limited::LinuxResources;
use hlb_syntax::diagnostic::{Code, Diagnostic};
use llb::{CacheImport, ExecOptions, NoCache, Platform, ResolveMode};

use cache_policy::Wildcard;
pub use cache_policy::{Allowance, AllowedCache};
pub use nested::MainContext;
pub use parse::OptionError;
use read::is_proxy;
pub use resources::{LIMITS_WITHOUT_EFFECT, limits_without_effect};
pub use row::{Empty, Key, Row};
pub use rows::ROWS;
pub use sbom::{SCAN_CONTEXT, SCAN_STAGE, Sbom, Scan, ScanOptions};
pub use source_date::{SOURCE_DATE, SOURCE_DATE_FORMS, SourceDate};
pub use warnings::{Skip, WarningOptions};
pub use worker::{BuildkitVersion, Worker};

/// A frontend option whose value can't be used.
pub static INVALID_OPTION: Code = Code::error("HLB0600", "invalid-option");

/// All frontend options, and what else BuildKit passes to a frontend when it starts it.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The frontend image as the user wrote it.
    pub source: Option<String>,
    /// The whole value of the syntax directive: the image and what follows it.
    pub cmdline: Option<String>,
    /// The subrequest that is made in place of a build.
    pub request: Option<String>,
    /// Names of the frontend capabilities that the client relies on, without what follows `+`.
    pub needed_caps: Vec<String>,
    /// The build file's path as given; it may be empty.
    pub filename: Option<String>,
    pub target: Option<String>,
    /// The platforms to build for, in the order given, none twice; none means the daemon's own.
    pub platforms: Vec<Platform>,
    /// Whether the result is a map of refs, even for one platform.
    pub multi_platform: bool,
    /// All build arguments, those that BuildKit itself knows among them.
    pub build_args: BTreeMap<String, String>,
    pub log: Log,
    pub warnings: WarningOptions,
    /// The time of the build, in seconds since 1970, if it is not that of the clock.
    pub now: Option<u64>,
    /// How long it may take to find out whether a source is there that the program can do without.
    pub source_timeout: Option<Duration>,
    /// Settings of this frontend, all of which start with `HLB_`.
    pub settings: BTreeMap<String, String>,
    /// Labels of the result's image, which win over those of the program.
    pub labels: BTreeMap<String, String>,
    pub no_cache: NoCache,
    pub resolve_mode: ResolveMode,
    /// Goes before the ids of cache mounts.
    pub cache_mount_namespace: String,
    /// The cache mounts that are emptied, as the program names them.
    pub empty_caches: BTreeSet<String>,
    pub cache_imports: Vec<CacheImport>,
    pub import_policy: ImportPolicy,
    pub cache_message: CacheMessage,
    /// How long a host of cache imports may take to answer.
    pub cache_timeout: Option<Duration>,
    /// The caches that may be imported, if not all may.
    pub allowed_caches: Option<Vec<AllowedCache>>,
    /// The places that modules may be from to import caches.
    pub trusted_modules: Vec<Wildcard>,
    /// Which time the image and its files get at most.
    pub source_date: Option<SourceDate>,
    /// The bill of materials that the client wants, if any. Of provenance only the daemon knows.
    pub sbom: Option<Sbom>,
    pub scan: ScanOptions,
    pub exec: ExecOptions,
    /// Limits for all commands.
    pub resources: LinuxResources,
    pub context: ContextOptions,
    /// The session of the client that started the build.
    pub session_id: String,
    /// The daemon's workers; the first platform of the first is the build platform.
    pub workers: Vec<Worker>,
    /// What the daemon calls itself, `buildkit` or `docker`; may be empty.
    pub product: String,
    /// All options as they came, for a frontend that is asked in turn.
    pub given: BTreeMap<String, String>,
}

/// What the frontend writes to the daemon's log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Log {
    #[default]
    Off,
    /// Rounds of evaluation, what is asked of the daemon, solves and containers.
    Debug,
}

/// What becomes of cache imports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ImportPolicy {
    /// Those whose hosts answer are used.
    #[default]
    Reachable,
    /// A host that does not answer fails the build.
    Required,
    /// None is used.
    Off,
}

/// Whether the client has something to print after a build about the caches of its sections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CacheMessage {
    #[default]
    On,
    Off,
}

/// Where the build file and the files of the build are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContextOptions {
    /// The git or HTTP URL of the main context; a local directory if absent.
    pub url: Option<String>,
    /// The name of the local with the build file; given, it forces that local.
    pub dockerfile_key: Option<String>,
    /// The directory of a remote context that is used.
    pub subdir: Option<String>,
    /// Whether the main git context keeps its `.git`.
    pub keep_git_dir: Option<bool>,
    /// Sessions of locals that are not served by that of the build, by local name.
    pub local_sessions: BTreeMap<String, String>,
    /// Parts of the shared key hints of named local contexts, by context name.
    pub shared_keys: BTreeMap<String, String>,
    /// Named contexts as given; the key may end in `::` and a platform.
    pub named: BTreeMap<String, String>,
    /// JSON metadata of the builds behind frontend inputs, by input name.
    pub input_metadata: BTreeMap<String, String>,
}

impl Options {
    /// The session that serves a local: one of its own if the client says so, else that of the build.
    pub fn session_of(&self, local: &str) -> &str {
        match self.context.local_sessions.get(local) {
            Some(session) if !session.is_empty() => session,
            _ => &self.session_id,
        }
    }

    /// The names of build arguments that only the program can be meant by: no setting of BuildKit's, of this frontend or
    /// of clients, which send their proxies without being asked.
    pub fn program_args(&self) -> impl Iterator<Item = &str> {
        let names = self.build_args.keys().map(String::as_str);
        names.filter(|name| {
            let is_setting = ["BUILDKIT_", "HLB_"].iter().any(|prefix| name.starts_with(prefix));
            !(is_setting || *name == SOURCE_DATE || is_proxy(name))
        })
    }

    /// The platform that the daemon runs on: the first of its first worker.
    pub fn build_platform(&self) -> Option<&Platform> {
        self.workers.first()?.platforms.first()
    }
}

impl OptionError {
    /// What is shown to the user.
    pub fn diagnostic(&self) -> Diagnostic {
        INVALID_OPTION.without_span(self.to_string())
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;

    use super::*;

    /// The environment with these options, as BuildKit makes it.
    fn environment(options: &[&str]) -> Vec<(OsString, OsString)> {
        let numbered = options.iter().enumerate();
        let mut variables: Vec<(OsString, OsString)> = numbered
            .map(|(n, option)| (format!("BUILDKIT_FRONTEND_OPT_{n}").into(), (*option).into()))
            .collect();
        variables.push(("PATH".into(), "/bin".into()));
        variables.push(("BUILDKIT_SESSION_ID".into(), "s1".into()));
        let workers = r#"[{"id":"w","labels":null,"gcPolicy":null,"future":1,"platforms":[
            {"architecture":"arm64","os":"linux"},{"architecture":"amd64","os":"linux"}],
            "buildkitVersion":{"package":"p","version":"v0.32.2","revision":"r"}}]"#;
        variables.push(("BUILDKIT_WORKERS".into(), workers.into()));
        variables
    }

    fn parse(options: &[&str]) -> Options {
        let parsed = Options::parse(environment(options)).expect("valid options");
        let reversed =
            Options::parse(environment(options).into_iter().rev()).expect("valid options");
        assert_eq!(format!("{parsed:?}"), format!("{reversed:?}"), "the order does not matter");
        parsed
    }

    fn errors(options: &[&str]) -> Vec<String> {
        let errors = Options::parse(environment(options)).expect_err("invalid options");
        errors.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn nothing_given_is_a_plain_build() {
        let options = parse(&[]);
        assert_eq!(options.filename, None);
        assert_eq!(options.no_cache, NoCache::UseCache);
        assert!(options.platforms.is_empty() && !options.multi_platform);
        assert_eq!(
            options.build_platform().map(ToString::to_string).as_deref(),
            Some("linux/arm64")
        );
        assert_eq!(options.session_of("context"), "s1");
        let version = options.workers[0].version.as_ref().map(|it| it.version.as_str());
        assert_eq!(version, Some("v0.32.2"));
    }

    #[test]
    fn values_may_hold_anything() {
        let options = parse(&[
            "build-arg:A=x=y,\n\"z\"",
            "build-arg:EMPTY=",
            "build-arg:Http_Proxy=http://p",
            "build-arg:BUILDKIT_INLINE_CACHE=1",
            "build-arg:SOURCE_DATE_EPOCH=0",
            "label:a.b=c",
            "filename=",
            "unknown=1",
            "no-cache=",
            "cache-from=",
            "add-hosts=",
        ]);
        assert_eq!(options.build_args["A"], "x=y,\n\"z\"");
        assert_eq!(options.build_args["EMPTY"], "");
        assert_eq!(options.program_args().collect::<Vec<_>>(), ["A", "EMPTY"]);
        assert_eq!(options.exec.proxy.map(|it| it.http_proxy).as_deref(), Some("http://p"));
        assert_eq!(options.labels["a.b"], "c");
        assert_eq!(options.filename.as_deref(), Some(""));
        assert_eq!(options.no_cache, NoCache::All);
        assert!(options.cache_imports.is_empty() && options.exec.extra_hosts.is_empty());
    }

    #[test]
    fn platforms_decide_the_shape_of_the_result() {
        let ids = |options: &Options| {
            options.platforms.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        let two = parse(&["platform=linux/amd64,arm64,linux/arm64/v8"]);
        assert_eq!(
            (ids(&two), two.multi_platform),
            (vec!["linux/amd64".into(), "linux/arm64".into()], true)
        );
        let one = parse(&["platform=linux/amd64", "multi-platform=true"]);
        assert!(one.multi_platform);
        let overridden = parse(&["multi-platform=1", "build-arg:BUILDKIT_MULTI_PLATFORM=0"]);
        assert!(!overridden.multi_platform);
        assert_eq!(
            errors(&["platform=linux/amd64,linux/arm64", "multi-platform=false"]),
            [
                "option `multi-platform`: conflicting config: returning multiple target platforms is not allowed"
            ]
        );
        assert_eq!(
            errors(&["multi-platform=maybe"]),
            ["option `multi-platform`: invalid boolean value for multi-platform: maybe"]
        );
    }

    #[test]
    fn caches_add_up() {
        let options = parse(&[
            r#"cache-imports=[{"Type":"gha","Attrs":{"scope":"a"}},{"Type":"inline"}]"#,
            "cache-from=org/a,org/b",
            "build-arg:BUILDKIT_CACHE_MOUNT_NS=ns",
            "no-cache=Deps,test",
        ]);
        let kinds: Vec<_> = options.cache_imports.iter().map(|it| it.kind.as_str()).collect();
        assert_eq!(kinds, ["gha", "inline", "registry", "registry"]);
        assert_eq!(options.cache_imports[3].attrs["ref"], "org/b");
        assert_eq!(options.cache_mount_namespace, "ns");
        assert!(options.no_cache.covers("deps") && options.no_cache.covers("TEST"));
        assert!(!options.no_cache.covers("build"));
    }

    #[test]
    fn contexts_and_sessions() {
        let options = parse(&[
            "contextkey=other",
            "context=https://unused",
            "other=https://h/a.git",
            "dockerfilekey=",
            "local-sessionid:src=s2",
            "context:src=local:src",
            "context:alpine::linux/arm64=docker-image://busybox",
            "sharedkey:localdir:src=k",
        ]);
        assert_eq!(options.context.dockerfile_key.as_deref(), Some(""));
        assert_eq!(options.session_of("src"), "s2");
        assert_eq!(options.context.named["alpine::linux/arm64"], "docker-image://busybox");
        assert_eq!(options.context.shared_keys["src"], "k");
        assert_eq!(options.context.url.as_deref(), Some("https://h/a.git"));
    }

    #[test]
    fn settings_come_from_either_side() {
        let options = parse(&["HLB_A=1", "HLB_B=1", "build-arg:HLB_B=2"]);
        assert_eq!(options.settings["HLB_A"], "1");
        assert_eq!(options.settings["HLB_B"], "2");
    }

    #[test]
    fn cache_imports_have_a_policy() {
        assert_eq!(parse(&["HLB_CACHE_IMPORT=off"]).import_policy, ImportPolicy::Off);
        assert_eq!(parse(&["HLB_CACHE_IMPORT=require"]).import_policy, ImportPolicy::Required);
        let expected = "option `HLB_CACHE_IMPORT`: expected `off` or `require`, found `on`";
        assert_eq!(errors(&["HLB_CACHE_IMPORT=on"]), [expected]);
        assert_eq!(parse(&["HLB_CACHE_MESSAGE=off"]).cache_message, CacheMessage::Off);
        let expected = "option `HLB_CACHE_MESSAGE`: expected `off`, found `on`";
        assert_eq!(errors(&["HLB_CACHE_MESSAGE=on"]), [expected]);
        let time = parse(&["build-arg:HLB_CACHE_TIMEOUT=5"]).cache_timeout;
        assert_eq!(time, Some(Duration::from_secs(5)));
    }

    #[test]
    fn a_time_for_sources_is_in_seconds() {
        let options = parse(&["build-arg:HLB_SOURCE_TIMEOUT=3"]);
        assert_eq!(options.source_timeout, Some(Duration::from_secs(3)));
        let expected = "option `HLB_SOURCE_TIMEOUT`: expected seconds, at least 1, found `0`";
        assert_eq!(errors(&["HLB_SOURCE_TIMEOUT=0"]), [expected]);
    }

    #[test]
    fn the_log_is_off_unless_asked_for() {
        let emptied = parse(&["build-arg:HLB_EMPTY_CACHE=npm, /root/.npm,,npm"]).empty_caches;
        assert!(emptied.iter().eq(["/root/.npm", "npm"]));
        assert_eq!(parse(&["build-arg:HLB_NOW=86400"]).now, Some(86_400));
        let expected = "option `build-arg:HLB_NOW`: expected seconds since 1970, found `-1`";
        assert_eq!(errors(&["build-arg:HLB_NOW=-1"]), [expected]);
        assert_eq!(parse(&["HLB_LOG="]).log, Log::Off);
        assert_eq!(parse(&["HLB_LOG=debug"]).log, Log::Debug);
        assert_eq!(parse(&["build-arg:HLB_LOG=debug"]).log, Log::Debug);
        assert_eq!(parse(&["HLB_LOG=debug", "build-arg:HLB_LOG=off"]).log, Log::Off);
        let expected = "option `build-arg:HLB_LOG`: expected `debug` or `off`, found `all`";
        assert_eq!(errors(&["build-arg:HLB_LOG=all"]), [expected]);
    }

    #[test]
    fn every_error_is_reported_and_named() {
        let found = errors(&[
            "platform=nowhere",
            "image-resolve-mode=x",
            "force-network-mode=x",
            "add-hosts=a",
            "shm-size=1g",
            "ulimit=nofile",
            "memory=0",
            "cpusetcpus=a",
            "cache-imports=[{\"Type\":\"registry\",\"Attrs\":{\"token\":\"hush\"}]",
            "attest:foo=",
            "build-arg:SOURCE_DATE_EPOCH=now",
            "attest:sbom=generator=",
            "override-copy-image=x",
            "build-arg:BUILDKIT_DISABLE_FILEOP=1",
        ]);
        assert_eq!(found.len(), 14, "{found:#?}");
        assert!(found.iter().all(|text| text.starts_with("option `")), "{found:#?}");
        assert!(
            !found.iter().any(|text| text.contains("hush")),
            "a token is not shown: {found:#?}"
        );
        assert!(found.iter().any(|text| text.ends_with("unknown attestation type \"foo\"")));
        assert!(found.iter().any(|text| text.ends_with("invalid memory value: 0: must be > 0")));
    }

    #[test]
    fn bytes_that_are_no_text_are_named() {
        let mut variables = environment(&[]);
        let bytes = OsString::from_vec(b"target=\xff".to_vec());
        variables.push(("BUILDKIT_FRONTEND_OPT_9".into(), bytes));
        variables.push((
            "BUILDKIT_FRONTEND_OPT_10".into(),
            OsString::from_vec(b"unknown=\xff".to_vec()),
        ));
        let errors = Options::parse(variables).expect_err("target is not text");
        let texts: Vec<_> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(texts, ["option `target`: the value is not UTF-8"]);
    }

    #[test]
    fn rows_are_documented_and_overrides_stand_below() {
        for (index, row) in ROWS.iter().enumerate() {
            assert!(row.doc.ends_with('.') && !row.value.is_empty(), "{:?}", row.key);
            assert!(ROWS[..index].iter().all(|other| other.key != row.key), "{:?} twice", row.key);
        }
    }
}
