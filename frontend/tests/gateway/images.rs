use std::sync::Arc;

use gateway_proto::{frontend, pb};
use hlb_frontend::solve::build;
use hlb_gateway::bridge::{Bridge, BridgeError, ImageMeta, ImageRequest};
use llb::{Detail, ImageRef, Platform, ResolveMode, summary};

use crate::daemon::{Fake, connect, options};

const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

async fn resolve(daemon: &Arc<Fake>) -> Result<ImageMeta, BridgeError> {
    let platform = Platform::parse("linux/arm64", &Platform::default()).expect("valid");
    let image = ImageRef::parse("alpine").expect("valid");
    let request = ImageRequest::new(image, Some(platform), ResolveMode::ForcePull);
    connect(daemon).await.resolve_image(request).await
}

fn meta(identifier: &str, image: bool) -> frontend::ResolveSourceMetaResponse {
    frontend::ResolveSourceMetaResponse {
        source: Some(pb::SourceOp { identifier: identifier.to_owned(), ..Default::default() }),
        image: image.then(|| frontend::ResolveSourceImageResponse {
            digest: DIGEST.to_owned(),
            config: b"{}".to_vec(),
            ..Default::default()
        }),
        ..Default::default()
    }
}

#[tokio::test]
async fn an_image_is_pinned_to_what_it_resolves_to() {
    let source_meta = Some(meta("docker-image://mirror.local/alpine:3", true));
    let daemon = Arc::new(Fake { source_meta, ..Fake::default() });
    let found = resolve(&daemon).await.expect("is there");
    assert_eq!(found.image.to_string(), format!("mirror.local/alpine:3@{DIGEST}"));
    assert_eq!((found.digest.as_str(), found.config.as_slice()), (DIGEST, b"{}".as_slice()));
    let asked = daemon.asked.lock().expect("no one holds it");
    let request = &asked.source_metas[0];
    let source = request.source.as_ref().expect("names one");
    assert_eq!(source.identifier, "docker-image://docker.io/library/alpine:latest");
    assert_eq!(source.attrs["image.resolvemode"], "pull");
    assert_eq!(request.resolve_mode, "pull");
    assert_eq!(request.log_name, "[internal] load metadata for docker.io/library/alpine:latest");
    let platform = request.platform.as_ref().expect("names one");
    assert_eq!((platform.os.as_str(), platform.architecture.as_str()), ("linux", "arm64"));
}

#[tokio::test]
async fn an_old_daemon_is_asked_the_old_way() {
    let daemon = Arc::new(Fake {
        release: Some("0.11"),
        image_config: Some(frontend::ResolveImageConfigResponse {
            digest: DIGEST.to_owned(),
            config: b"{}".to_vec(),
            ..Default::default()
        }),
        ..Fake::default()
    });
    let found = resolve(&daemon).await.expect("is there");
    assert_eq!(found.image.to_string(), format!("docker.io/library/alpine:latest@{DIGEST}"));
    let asked = daemon.asked.lock().expect("no one holds it");
    assert!(asked.source_metas.is_empty());
    let request = &asked.image_configs[0];
    assert_eq!(request.r#ref, "docker.io/library/alpine:latest");
    assert_eq!(request.resolve_mode, "pull");
}

/// As by an engine without the containerd image store, which keeps images by their configs: who takes it says where it is
/// looked for, since no digest does.
#[tokio::test]
async fn an_image_without_a_digest_is_taken_by_name() {
    let program = br#"
string known(string name) { manifest name as (digest pinned) }
fs default() { image "alpine"; label "a" "b"; }
fs other() { scratch; mkfile "/known" 0o644 pinned("alpine"); }
"#;
    let config = r#"{"os":"linux","architecture":"amd64","rootfs":{"diff_ids":["sha256:1"]}}"#;
    let daemon = || {
        let mut found = meta("docker-image://docker.io/library/alpine:latest", true);
        if let Some(image) = &mut found.image {
            (image.digest, image.config) = (String::new(), config.as_bytes().to_vec());
        }
        let files = [("local://dockerfile", "build.hlb", program.as_slice())];
        Arc::new(Fake { source_meta: Some(found), ..Fake::with_files(&files) })
    };
    let (local, mode) = (daemon(), "image-resolve-mode=local");
    build(&connect(&local).await, &options(&[mode])).await.expect("a build");
    let sources = local.sources();
    let (source, _) = sources.last().expect("the image");
    assert_eq!(source.identifier, "docker-image://docker.io/library/alpine:latest");
    assert_eq!(source.attrs["image.resolvemode"], "local");
    let error = build(&connect(&daemon()).await, &options(&["target=other"])).await;
    let message = error.expect_err("has none").message;
    let expected = "image `alpine` is the engine's own, without a digest";
    assert!(message.contains(expected), "{message}");
}

#[tokio::test]
async fn a_policy_that_gives_no_image_is_named() {
    let source_meta = Some(meta("https://example.com/rootfs.tar", false));
    let error = resolve(&Arc::new(Fake { source_meta, ..Fake::default() })).await;
    assert_eq!(
        error.expect_err("is no image").to_string(),
        "a source policy replaces image `alpine:latest` by `https://example.com/rootfs.tar`, which is no image"
    );
}

#[tokio::test]
async fn a_missing_image_is_the_daemons_error() {
    let error = resolve(&Arc::new(Fake::default())).await.expect_err("is missing");
    let status = error.into_status();
    assert_eq!((status.code, status.message.as_str()), (5, "no such image"));
}

#[tokio::test]
async fn an_image_that_is_not_resolved_is_named() {
    let program =
        b"fs default() {\n\timage \"r.example/a:1\" with platform(\"linux\", \"s390x\")\n}\n";
    for (said, expected) in [
        ("r.example/a:1: not found", "image `r.example/a:1`: not found"),
        (
            "no match for platform in manifest: not found",
            "image `r.example/a:1` for linux/s390x: no match for platform in manifest: not found",
        ),
    ] {
        let daemon = Fake {
            image_failure: Some(said),
            ..Fake::with_files(&[("local://dockerfile", "build.hlb", program)])
        };
        let bridge = connect(&Arc::new(daemon)).await;
        let error = build(&bridge, &options(&["filename=build.hlb"])).await.expect_err("fails");
        assert_eq!(error.message, format!("build.hlb:2:8: error[HLB0320]: {expected}"));
    }
}

/// `manifest` and `image` of one reference ask one question.
#[tokio::test]
async fn a_manifest_is_of_the_platform_that_is_built_for() {
    let program = br#"
string known(string name) { manifest name as (digest pinned, config json) }
fs default() {
	image "alpine"
	mkfile "/known" 0o644 "${pinned("alpine")} ${json("alpine")}"
}"#;
    let daemon = Arc::new(Fake {
        source_meta: Some(meta("docker-image://docker.io/library/alpine:latest", true)),
        ..Fake::with_files(&[("local://dockerfile", "build.hlb", program)])
    });
    let given = ["platform=linux/arm64"];
    build(&connect(&daemon).await, &options(&given)).await.expect("a build");
    let asked = daemon.asked.lock().expect("no one holds it");
    let definition = asked.solves.last().and_then(|solve| solve.definition.clone());
    let shown = summary(&definition.unwrap_or_default(), Detail::default());
    assert!(shown.contains(&format!("mkfile /known 0644 \"{DIGEST} {{}}\"")), "{shown}");
    let platforms = asked.source_metas.iter().filter_map(|asked| asked.platform.as_ref());
    let platforms: Vec<_> = platforms.map(|it| it.architecture.as_str()).collect();
    assert_eq!(platforms, ["arm64"]);
}
