//! What a client says of caches: which may be imported, with which credentials.

use super::cache_hosts::{Built, PROGRAM, built};

pub const DIGEST: &str = "sha256:0123456789012345678901234567890123456789012345678901234567890123";

/// The attributes of the imports of the only solve.
fn attrs(built: &Built) -> Vec<Vec<String>> {
    let imports = built.solves.iter().flat_map(|solve| &solve.cache_imports);
    let attrs = imports.map(|it| it.attrs.iter().map(|(key, value)| format!("{key}={value}")));
    let sorted = attrs.map(|it| {
        let mut all: Vec<_> = it.collect();
        all.sort();
        all
    });
    sorted.collect()
}

#[tokio::test]
async fn only_what_is_allowed_is_imported() {
    let client = r#"cache-imports=[{"Type":"registry","Attrs":{"ref":"client.example/all"}}]"#;
    let allow = format!("build-arg:HLB_CACHE_FROM_ALLOW=nothing, quick.example/*@{DIGEST}");
    let built = built(PROGRAM, &[client, &allow]).await;
    assert!(built.outcome.is_ok(), "{:?}", built.outcome);
    // Who is not imported from is not asked.
    assert_eq!(built.hosts, ["quick.example:443"]);
    assert_eq!(built.imports, [[format!("quick.example/cache:deps@{DIGEST}")]]);
    let denied = |name: &str| {
        format!("`HLB_CACHE_FROM_ALLOW` does not name cache `{name}`, so the cache is not imported")
    };
    let expected = [
        format!("HLB0536: {} (line 3)", denied("silent.example/cache:deps")),
        format!("HLB0536: `--cache-from`: {}", denied("client.example/all")),
    ];
    assert_eq!(built.warnings, expected);
}

#[tokio::test]
async fn an_empty_list_allows_none() {
    let built = built(PROGRAM, &["build-arg:HLB_CACHE_FROM_ALLOW="]).await;
    assert!(built.outcome.is_ok(), "{:?}", built.outcome);
    assert_eq!((built.hosts.len(), built.warnings.len()), (0, 2));
}

#[tokio::test]
async fn what_is_required_has_to_be_allowed() {
    let given =
        ["build-arg:HLB_CACHE_FROM_ALLOW=quick.example/*", "build-arg:HLB_CACHE_IMPORT=require"];
    let message = built(PROGRAM, &given).await.outcome.expect_err("no build").message;
    assert!(message.contains("[HLB0534]: `HLB_CACHE_FROM_ALLOW` does not name"), "{message}");
}

pub const FROM_ELSEWHERE: &str = "import lib from fs { image \"own.example/lib\"; }
import shared from \"git+https://github.com/acme/shared@v1:hlb/module.hlb\"
fs default() { lib.deps; copy shared.deps \"/\" \"/b\"; }
";

#[tokio::test]
async fn modules_from_elsewhere_import_caches_if_they_are_trusted() {
    let untrusted = built(FROM_ELSEWHERE, &[]).await;
    assert!(untrusted.outcome.is_ok(), "{:?}", untrusted.outcome);
    assert!(untrusted.imports.iter().all(Vec::is_empty), "{:?}", untrusted.imports);
    let warning = |origin: &str| {
        let problem = format!(
            "a module from `{origin}` imports cache `127.0.0.1:5000/cache`, and is not trusted"
        );
        format!("HLB0535: {problem}, so the cache is not imported (line 2)")
    };
    let expected = [warning("lib"), warning("git+https://github.com/acme/shared@v1")];
    assert_eq!(untrusted.warnings, expected);
    for (trusted, count) in [("lib", 1), ("git+https://github.com/acme/*", 1), ("other,*", 0)] {
        let trusted = format!("build-arg:HLB_TRUST_CACHE={trusted}");
        let built = built(FROM_ELSEWHERE, &[&trusted]).await;
        assert_eq!(built.warnings.len(), count, "{trusted} {:?}", built.warnings);
        let last = built.imports.last().expect("a solve");
        assert!(last.iter().all(|it| it == "127.0.0.1:5000/cache") && !last.is_empty());
    }
}

pub const OF_JOBS: &str = "fs default() {
	cached fs { scratch; mkfile \"/a\" 0o644 \"a\"; } with option {
		cacheFrom \"type=gha,scope=deps\"
		cacheFrom \"type=s3,bucket=b,region=r,endpoint_url=https://127.0.0.1:9001\"
	}
}
";

#[tokio::test]
async fn credentials_are_those_of_the_client() {
    let client = r#"cache-imports=[{"Type":"gha","Attrs":{"scope":"main","token":"hush","url_v2":"https://127.0.0.1:9000"}},{"Type":"s3","Attrs":{"bucket":"b","access_key_id":"hush"}}]"#;
    let built = built(OF_JOBS, &[client]).await;
    assert!(built.outcome.is_ok() && built.warnings.is_empty(), "{:?}", built.warnings);
    let attrs = attrs(&built);
    assert_eq!(attrs[0], ["scope=deps", "token=hush", "url_v2=https://127.0.0.1:9000"]);
    // The client's are for another server.
    assert_eq!(attrs[1], ["bucket=b", "endpoint_url=https://127.0.0.1:9001", "region=r"]);
}

#[tokio::test]
async fn without_credentials_a_cache_is_left_out() {
    let built = built(OF_JOBS, &[]).await;
    assert!(built.outcome.is_ok(), "{:?}", built.outcome);
    assert_eq!(attrs(&built).len(), 1);
    let problem = "the client gives no credentials for cache `gha:deps`";
    assert_eq!(
        built.warnings,
        [format!("HLB0537: {problem}, so the cache is not imported (line 3)")]
    );
}

pub const TWICE: &str = "fs default() {
	cached fs { scratch; mkfile \"/a\" 0o644 \"a\"; } with option {
		cacheFrom \"127.0.0.1:5000/cache\"
		cacheFrom \"type=registry,ref=127.0.0.1:5000/cache,registry.insecure=true\"
	}
}
";

#[tokio::test]
async fn one_cache_has_one_set_of_attributes() {
    let client = r#"cache-imports=[{"Type":"registry","Attrs":{"ref":"127.0.0.1:5000/cache"}}]"#;
    let built = built(TWICE, &[client]).await;
    assert!(built.outcome.is_ok(), "{:?}", built.outcome);
    let message = "cache `127.0.0.1:5000/cache` is imported with other attributes, too";
    assert_eq!(built.warnings, [format!("HLB0538: {message} (line 4)")]);
}

pub const IN_A_FILESYSTEM: &str = "fs default() {
	cached fs { scratch; mkfile \"/a\" 0o644 \"a\"; } with cacheFromFS(fs { local \"cache\"; })
}
";

/// What is not imported is not even made.
#[tokio::test]
async fn filesystems_are_allowed_as_layouts() {
    let denied = built(IN_A_FILESYSTEM, &["build-arg:HLB_CACHE_FROM_ALLOW=ghcr.io/*"]).await;
    assert!(denied.outcome.is_ok(), "{:?}", denied.outcome);
    assert!(
        denied.warnings[0]
            .starts_with("HLB0536: `HLB_CACHE_FROM_ALLOW` does not name cache `layout`")
    );
    let allowed = built(IN_A_FILESYSTEM, &["build-arg:HLB_CACHE_FROM_ALLOW=layout"]).await;
    assert!(allowed.warnings[0].starts_with("HLB0539: "), "{:?}", allowed.warnings);
    assert!(denied.solves.len() < allowed.solves.len());
}
