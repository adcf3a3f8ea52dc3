//! Builds for several platforms: what is asked for each, and what for all of them together.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use gateway_proto::frontend::{self, result};
use gateway_proto::testing::{self, Answer, Daemon};
use gateway_proto::{pb, rpc};
use hlb_frontend::solve::build;
use hlb_gateway::bridge::GrpcBridge;
use hlb_gateway::options::Options;
use llb::{Detail, summary};
use tokio::sync::Barrier;
use tonic::Status;

use crate::daemon::{Fake, solved, variables};

const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// A daemon of linux/amd64 with a registry that has every image for every platform.
struct Registry {
    files: Fake,
    /// How many images must be asked for before any is answered.
    at_once: Barrier,
    /// What a solve whose summary holds a text comes to.
    outcomes: Vec<(&'static str, Outcome)>,
    /// Whether that is so when a file of the ref is looked at.
    fails_when_read: bool,
    asked: Mutex<Asked>,
}

#[derive(Clone, Copy)]
enum Outcome {
    Fails(tonic::Code, &'static str),
    /// It runs until somebody cancels it.
    Runs,
}

#[derive(Default)]
struct Asked {
    /// References with architectures, and the line of progress.
    images: Vec<(String, String)>,
    solves: Vec<frontend::SolveRequest>,
    warnings: Vec<String>,
    canceled: usize,
}

/// Counts a call that ends before it has an answer.
struct Running<'r>(&'r Registry);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.asked.lock().expect("not poisoned").canceled += 1;
    }
}

#[tonic::async_trait]
impl Daemon for Registry {
    async fn resolve_source_meta(
        &self,
        request: frontend::ResolveSourceMetaRequest,
    ) -> Answer<frontend::ResolveSourceMetaResponse> {
        let source = request.source.expect("an image");
        let reference = source.identifier.trim_start_matches("docker-image://docker.io/library/");
        let architecture = request.platform.expect("a platform").architecture;
        let asked = format!("{reference} {architecture}");
        self.asked.lock().expect("not poisoned").images.push((asked, request.log_name));
        self.at_once.wait().await;
        if reference == format!("missing-{architecture}:1") || reference == "missing:1" {
            return Err(Status::not_found(format!("docker.io/library/{reference}: not found")));
        }
        let architecture = if reference == "amd64:1" { "amd64" } else { &architecture };
        let layers = r#""rootfs":{"type":"layers","diff_ids":["sha256:0"]}"#;
        let config = format!(r#"{{"os":"linux","architecture":"{architecture}",{layers}}}"#);
        let image = frontend::ResolveSourceImageResponse {
            digest: DIGEST.to_owned(),
            config: config.into_bytes(),
            ..Default::default()
        };
        let source = Some(pb::SourceOp { identifier: source.identifier, ..Default::default() });
        Ok(frontend::ResolveSourceMetaResponse { source, image: Some(image), ..Default::default() })
    }

    async fn solve(&self, request: frontend::SolveRequest) -> Answer<frontend::SolveResponse> {
        let shown = match request.frontend_opt.get("platform") {
            Some(platform) => format!("{} for {platform}", request.frontend),
            None => shown(&request),
        };
        if shown.contains("local://dockerfile") {
            return self.files.solve(request).await;
        }
        let id = {
            let mut asked = self.asked.lock().expect("not poisoned");
            asked.solves.push(request);
            asked.solves.len().to_string()
        };
        if !self.fails_when_read {
            self.outcome(&shown).await?;
        }
        Ok(solved(&id))
    }

    async fn read_file(
        &self,
        request: frontend::ReadFileRequest,
    ) -> Answer<frontend::ReadFileResponse> {
        self.files.read_file(request).await
    }

    async fn stat_file(
        &self,
        request: frontend::StatFileRequest,
    ) -> Answer<frontend::StatFileResponse> {
        let shown = {
            let asked = self.asked.lock().expect("not poisoned");
            let solve = request.r#ref.parse().ok().and_then(|it: usize| asked.solves.get(it - 1));
            solve.map(shown)
        };
        match shown {
            Some(shown) => self.outcome(&shown).await?,
            None => return self.files.stat_file(request).await,
        }
        Err(Status::not_found("no such file"))
    }

    async fn warn(&self, request: frontend::WarnRequest) -> Answer<frontend::WarnResponse> {
        let short = String::from_utf8_lossy(&request.short).into_owned();
        self.asked.lock().expect("not poisoned").warnings.push(short);
        Ok(frontend::WarnResponse {})
    }
}

fn shown(request: &frontend::SolveRequest) -> String {
    let detail = Detail { metadata: true, ..Detail::default() };
    summary(&request.definition.clone().unwrap_or_default(), detail)
}

impl Registry {
    fn new(program: &'static str, at_once: usize) -> Self {
        Self {
            files: Fake::with_files(&[("local://dockerfile", "build.hlb", program.as_bytes())]),
            at_once: Barrier::new(at_once),
            outcomes: Vec::new(),
            fails_when_read: false,
            asked: Mutex::default(),
        }
    }

    async fn outcome(&self, shown: &str) -> Result<(), Status> {
        match self.outcomes.iter().find(|(text, _)| shown.contains(text)) {
            Some((_, Outcome::Fails(code, message))) => Err(Status::new(*code, *message)),
            Some((_, Outcome::Runs)) => {
                let _running = Running(self);
                std::future::pending().await
            }
            None => Ok(()),
        }
    }

    /// Builds; a build that waits for what never comes fails the test.
    async fn build(self, given: &[&str]) -> (Result<frontend::Result, rpc::Status>, Asked) {
        let daemon = Arc::new(self);
        let workers = r#"[{"id":"w","platforms":[{"architecture":"amd64","os":"linux"}]}]"#;
        let mut variables = variables(&[&["filename=build.hlb"], given].concat());
        variables.push(("BUILDKIT_WORKERS".into(), workers.into()));
        let options = Options::parse(variables).expect("valid options");
        let bridge = GrpcBridge::connect(testing::channel(daemon.clone())).await.expect("a pong");
        let outcome = build(&bridge, &options);
        let outcome = tokio::time::timeout(Duration::from_secs(20), outcome).await.expect("ends");
        // The daemon hears of a call that was dropped a moment later.
        tokio::time::sleep(Duration::from_millis(50)).await;
        let asked = std::mem::take(&mut *daemon.asked.lock().expect("not poisoned"));
        (outcome, asked)
    }
}

const BOTH: &str = "platform=linux/amd64,linux/arm64";

/// The refs of a map by their keys, with the text of a metadata key of each.
fn parts(result: &frontend::Result, key: &str) -> Vec<(String, String, String)> {
    let Some(result::Result::Refs(map)) = &result.result else { panic!("{result:?}") };
    let mut parts: Vec<_> = map
        .refs
        .iter()
        .map(|(id, it)| (id.clone(), it.id.clone(), text(result, &format!("{key}/{id}"))))
        .collect();
    parts.sort();
    parts
}

fn text(result: &frontend::Result, key: &str) -> String {
    String::from_utf8(result.metadata.get(key).cloned().unwrap_or_default()).expect("text")
}

#[tokio::test]
async fn platforms_are_asked_about_at_the_same_time_and_named() {
    let program = r#"
fs tool() { image "tool:1" with platform(buildPlatform); run "make tool" }
fs default() {
	image "base:1"
	copy tool "/tool" "/"
	run "x ${targetArch}"
}"#;
    let (outcome, asked) = Registry::new(program, 3).build(&[BOTH]).await;
    let result = outcome.expect("a build");
    let mut images = asked.images.clone();
    images.sort();
    let line = |platform: &str, image: &str| {
        format!("[{platform} internal] load metadata for docker.io/library/{image}")
    };
    assert_eq!(
        images,
        [
            ("base:1 amd64".to_owned(), line("linux/amd64", "base:1")),
            ("base:1 arm64".to_owned(), line("linux/arm64", "base:1")),
            ("tool:1 amd64".to_owned(), line("linux/amd64", "tool:1")),
        ]
    );
    let parts = parts(&result, "containerimage.config");
    let ids: Vec<_> = parts.iter().map(|(id, ..)| id.as_str()).collect();
    assert_eq!(ids, ["linux/amd64", "linux/arm64"]);
    for (id, reference, config) in &parts {
        let architecture = id.trim_start_matches("linux/");
        assert!(config.contains(&format!(r#""architecture":"{architecture}""#)), "{config}");
        let number: usize = reference.parse().expect("a number");
        let shown = shown(&asked.solves[number - 1]);
        assert!(shown.contains(&format!(r#"["/bin/sh", "-c", "x {architecture}"] ({id})"#)));
        assert!(shown.contains(&format!("[{id} default 3/3] run")), "{shown}");
        assert!(shown.contains(r#""[tool 2/2] run \"make tool\"""#), "shared: {shown}");
    }
    assert_eq!(
        text(&result, "refs.platforms"),
        r#"{"Platforms":[{"ID":"linux/amd64","Platform":{"architecture":"amd64","os":"linux"}},{"ID":"linux/arm64","Platform":{"architecture":"arm64","os":"linux"}}]}"#
    );
    assert_eq!(asked.solves.len(), 2);
    assert!(asked.solves.iter().all(|solve| !solve.evaluate), "the daemon evaluates all at once");
}

#[tokio::test]
async fn the_form_of_the_result_is_what_the_client_asks_for() {
    let program = "fs default() { image \"base:1\" }";
    let (outcome, _) = Registry::new(program, 1).build(&["platform=linux/arm64"]).await;
    let result = outcome.expect("a build");
    assert!(matches!(result.result, Some(result::Result::Ref(_))), "{result:?}");
    assert!(text(&result, "containerimage.config").contains("arm64"));
    let map = ["platform=linux/arm64", "multi-platform=true"];
    let (outcome, asked) = Registry::new(program, 1).build(&map).await;
    let parts = parts(&outcome.expect("a build"), "containerimage.config");
    assert_eq!(parts.len(), 1);
    assert_eq!(parts[0].0, "linux/arm64");
    assert_eq!(asked.images[0].1, "[internal] load metadata for docker.io/library/base:1");
}

#[tokio::test]
async fn what_is_the_same_for_all_is_solved_once() {
    let program = r#"
fs tool() { cached fs { image "tool:1" with platform(buildPlatform); run "t" } with option { isolated; cacheFrom "a/tool" } }
fs deps() { cached fs { image "base:1"; run "d" } with option { isolated; cacheFrom "a/deps-{platform}" } }
fs default() { deps; copy tool "/t" "/" }"#;
    let (outcome, asked) = Registry::new(program, 3).build(&[BOTH]).await;
    outcome.expect("a build");
    let forced = asked.solves.iter().filter(|solve| solve.evaluate);
    let mut imports: Vec<_> = forced.map(|it| it.cache_imports[0].attrs["ref"].as_str()).collect();
    imports.sort_unstable();
    assert_eq!(imports, ["a/deps-linux-amd64", "a/deps-linux-arm64", "a/tool"]);
    assert_eq!(asked.solves.len(), 5);
    // The same for what another frontend is given.
    let program = r#"
fs tool() { cached fs { image "tool:1" with platform(buildPlatform); run "t" } with isolated }
fs default() { dockerfile with context(fs { tool; mkfile "/Dockerfile" 0o644 "FROM scratch" }) }"#;
    let (_, asked) = Registry::new(program, 1).build(&[BOTH]).await;
    assert_eq!(asked.solves.iter().filter(|solve| solve.evaluate).count(), 1);
    assert_eq!(asked.solves.iter().filter(|it| it.frontend == "dockerfile.v0").count(), 2);
    // Nothing of the result depends on what is built for.
    let program = "fs default() { image \"tool:1\" with platform(buildPlatform) }";
    let (outcome, asked) = Registry::new(program, 1).build(&[BOTH]).await;
    let parts = parts(&outcome.expect("a build"), "containerimage.config");
    assert_eq!((parts.len(), asked.solves.len()), (2, 1));
    assert_eq!(parts[0].1, parts[1].1);
    assert!(parts[1].2.contains(r#""architecture":"arm64""#), "{parts:?}");
}

#[tokio::test]
async fn only_what_a_platform_uses_is_resolved_for_it() {
    let program = "fs default() { image \"base-${targetArch}:1\" }";
    let (outcome, asked) = Registry::new(program, 2).build(&[BOTH]).await;
    outcome.expect("a build");
    let mut images: Vec<_> = asked.images.iter().map(|(image, _)| image.as_str()).collect();
    images.sort_unstable();
    assert_eq!(images, ["base-amd64:1 amd64", "base-arm64:1 arm64"]);
}

#[tokio::test]
async fn modules_are_of_the_platform_that_builds() {
    let program = r#"
import lib from image("lib-${targetArch}:1")
fs default() { image "base:1" }"#;
    let (outcome, asked) = Registry::new(program, 1).build(&["platform=linux/arm64"]).await;
    let error = outcome.expect_err("there is no module in it");
    assert!(error.message.contains("lib"), "{}", error.message);
    assert_eq!(asked.images[0].0, "lib-amd64:1 amd64");
}

const FAILING: &str = r#"
fs deps() { cached fs { image "base:1"; run "deps" } with isolated }
fs default() { deps; run "x" }"#;

#[tokio::test]
async fn a_failure_cancels_the_others_and_names_its_platform() {
    let mut daemon = Registry::new(FAILING, 2);
    daemon.outcomes = vec![
        ("\"deps\"] (linux/amd64)", Outcome::Runs),
        ("\"deps\"] (linux/arm64)", Outcome::Fails(tonic::Code::Unknown, "exit code: 1")),
    ];
    let (outcome, asked) = daemon.build(&[BOTH]).await;
    let error = outcome.expect_err("it fails");
    assert_eq!(error.message, "linux/arm64: section `deps`: exit code: 1");
    assert_eq!((asked.canceled, asked.solves.len()), (1, 2));
}

#[tokio::test]
async fn a_cause_is_shown_and_not_that_something_was_canceled() {
    let mut daemon = Registry::new(FAILING, 2);
    daemon.outcomes = vec![
        ("\"deps\"] (linux/amd64)", Outcome::Fails(tonic::Code::Cancelled, "context canceled")),
        ("\"deps\"] (linux/arm64)", Outcome::Fails(tonic::Code::Unknown, "exit code: 1")),
    ];
    let (outcome, _) = daemon.build(&[BOTH]).await;
    let error = outcome.expect_err("it fails");
    assert_eq!(error.message, "linux/arm64: section `deps`: exit code: 1");
}

#[tokio::test]
async fn a_question_that_fails_cancels_the_others_and_names_its_platform() {
    let files = r#"
fs built() { image "base:1"; run "make" }
fs default() { image "base:1"; label "l" fileContent(built, "/x") }"#;
    let frontends = "fs default() { dockerfile with file(\"app.Dockerfile\") }";
    for (program, at_once, prefix, name) in [
        (files, 2, "\"make\"] (", "input of `fileContent`"),
        (frontends, 1, "dockerfile.v0 for ", "`dockerfile`"),
    ] {
        let of = |platform: &str| -> &'static str { format!("{prefix}{platform}").leak() };
        let mut daemon = Registry::new(program, at_once);
        daemon.fails_when_read = program == files;
        daemon.outcomes = vec![
            (of("linux/amd64"), Outcome::Runs),
            (of("linux/arm64"), Outcome::Fails(tonic::Code::Unknown, "exit code: 1")),
        ];
        let (outcome, asked) = daemon.build(&[BOTH]).await;
        let error = outcome.expect_err("it fails");
        assert_eq!(error.message, format!("linux/arm64: {name}: exit code: 1"));
        assert_eq!(asked.canceled, 1);
    }
}

/// What needs something of the client is solved before there is a result.
#[tokio::test]
async fn a_target_that_fails_names_its_platform() {
    let program = "fs default() { image \"base:1\"; run \"x\" with secret(\"id\", \"/s\") }";
    let mut daemon = Registry::new(program, 2);
    daemon.outcomes = vec![("(linux/arm64)", Outcome::Fails(tonic::Code::Unknown, "no space"))];
    let (outcome, _) = daemon.build(&[BOTH]).await;
    assert_eq!(outcome.expect_err("it fails").message, "linux/arm64: no space");
}

#[tokio::test]
async fn an_error_of_one_platform_names_it_and_one_of_all_does_not() {
    let program = r#"
fs default() {
	image "missing-arm64:1"
	copy image("missing:1") "/" "/m"
}"#;
    let (outcome, _) = Registry::new(program, 4).build(&[BOTH]).await;
    let message = outcome.expect_err("it fails").message;
    let lines: Vec<_> = message.lines().collect();
    assert_eq!(
        lines,
        [
            "2 errors in build.hlb",
            "build.hlb:4:13: error[HLB0320]: image `missing:1`: not found",
            "build.hlb:3:8: error[HLB0320]: linux/arm64: image `missing-arm64:1`: not found",
        ]
    );
}

#[tokio::test]
async fn a_warning_is_sent_once() {
    let program = r#"
fs unused() { image "u:1" }
fs default() { image "amd64:1"; env "A" "b" }"#;
    let (outcome, asked) = Registry::new(program, 2).build(&[BOTH]).await;
    outcome.expect("a build");
    let warnings = asked.warnings.iter().filter(|it| it.contains("HLB0561")).collect::<Vec<_>>();
    assert_eq!(warnings.len(), 1, "{:?}", asked.warnings);
    assert!(warnings[0].contains("is for linux/amd64, and the build is for linux/arm64"));
    let mut once = asked.warnings.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), asked.warnings.len());
}
