//! Candidates: what is asked to know whether they are there, and when.

use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gateway_proto::frontend;
use gateway_proto::rpc;
use gateway_proto::testing::{self, Answer, Daemon};
use hlb_frontend::solve::build;
use hlb_gateway::bridge::GrpcBridge;
use llb::{Detail, summary};
use serde_json::Value;
use tokio::sync::{Barrier, Semaphore};
use tonic::Status;

use crate::daemon::{Fake, options, solved};

/// A registry and git repositories that have what is called `there`, and a registry that never answers about `silent`.
struct Servers {
    files: Fake,
    /// That of the daemon, if it is not the newest.
    release: Option<&'static str>,
    /// How many images must be asked for before any is answered.
    at_once: Barrier,
    asked: Mutex<Asked>,
    /// How many questions ended without an answer.
    canceled: Semaphore,
}

#[derive(Default)]
struct Asked {
    images: Vec<String>,
    /// Those of git repositories.
    references: Vec<String>,
    /// The summaries of what is solved besides the build file.
    solves: Vec<String>,
}

/// A question that has no answer.
struct Asking<'s>(&'s Servers);

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        self.0.canceled.add_permits(1);
    }
}

#[tonic::async_trait]
impl Daemon for Servers {
    async fn ping(&self) -> Answer<frontend::PongResponse> {
        Ok(self.release.map_or_else(testing::pong, testing::pong_of))
    }

    async fn resolve_source_meta(
        &self,
        request: frontend::ResolveSourceMetaRequest,
    ) -> Answer<frontend::ResolveSourceMetaResponse> {
        let identifier = request.source.expect("a source").identifier;
        if identifier.starts_with("git://") {
            self.asked.lock().expect("not poisoned").references.push(identifier.clone());
            self.at_once.wait().await;
            return match identifier.contains("there") {
                true => Ok(frontend::ResolveSourceMetaResponse::default()),
                false => Err(Status::unknown("repository does not contain ref main, output: \"\"")),
            };
        }
        let reference = identifier.trim_start_matches("docker-image://");
        let architecture = request.platform.expect("a platform").architecture;
        let asked = format!("{} {architecture}", reference.trim_start_matches("r.example/"));
        self.asked.lock().expect("not poisoned").images.push(asked);
        self.at_once.wait().await;
        if reference.contains("silent") {
            let _asking = Asking(self);
            std::future::pending::<()>().await;
        }
        let is_there =
            reference.contains("there") || reference.contains(&format!("for-{architecture}"));
        match is_there {
            true => Ok(crate::daemon::image(
                &identifier,
                r#"{"os":"linux","rootfs":{"type":"layers","diff_ids":["sha256:0"]}}"#,
            )),
            false => Err(Status::unknown(format!("{reference}: not found"))),
        }
    }

    async fn solve(&self, request: frontend::SolveRequest) -> Answer<frontend::SolveResponse> {
        let definition = request.definition.clone().unwrap_or_default();
        let shown = summary(&definition, Detail { metadata: true, ..Detail::default() });
        if shown.contains("local://dockerfile") {
            return self.files.solve(request).await;
        }
        self.asked.lock().expect("not poisoned").solves.push(shown.clone());
        if request.evaluate && shown.contains("git://") && !shown.contains("there") {
            let problem = "failed to load cache key: repository does not contain ref main";
            return Err(Status::unknown(problem));
        }
        Ok(solved("1"))
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
        self.files.stat_file(request).await
    }
}

/// What a build was asked for, and what it came to.
struct Built {
    outcome: Result<frontend::Result, rpc::Status>,
    asked: Asked,
    servers: Arc<Servers>,
}

impl Built {
    /// What the metadata says of the choices.
    fn choices(&self) -> Value {
        let Ok(result) = &self.outcome else { panic!("{:?}", self.outcome) };
        let Some(metadata) = result.metadata.get("frontend.hlb.firstOf") else {
            return Value::Null;
        };
        let json = STANDARD.decode(metadata).expect("Base64");
        serde_json::from_slice::<Value>(&json).expect("JSON")["firstOf"].clone()
    }
}

/// Builds `default` with these candidates; as many images must be asked for at the same time.
async fn built(at_once: usize, candidates: &str, given: &[&str]) -> Built {
    built_by(None, at_once, candidates, given).await
}

/// The same by a daemon of a release.
async fn built_by(
    release: Option<&'static str>,
    at_once: usize,
    candidates: &str,
    given: &[&str],
) -> Built {
    let program = format!("fs default() {{ firstOf {candidates}; }}\n").into_bytes();
    let mut files = Fake::default();
    files.files.insert(("local://dockerfile", "build.hlb"), program);
    let (at_once, canceled) = (Barrier::new(at_once), Semaphore::new(0));
    let servers = Arc::new(Servers { files, release, at_once, asked: Mutex::default(), canceled });
    let bridge = GrpcBridge::connect(testing::channel(servers.clone())).await.expect("a ping");
    let outcome = build(&bridge, &options(&[&["filename=build.hlb"], given].concat())).await;
    let asked = std::mem::take(&mut *servers.asked.lock().expect("not poisoned"));
    Built { outcome, asked, servers }
}

#[tokio::test]
async fn candidates_are_looked_up_at_the_same_time() {
    let built = built(
        3,
        "fs { image \"r.example/a\"; } fs { image \"r.example/there\"; } fs { image \"r.example/c\"; }",
        &["platform=linux/amd64"],
    )
    .await;
    let choices = built.choices();
    assert_eq!(choices[0]["candidate"], 2);
    assert_eq!(choices[0]["absent"][0]["said"], "image `r.example/a`: not found");
    let digest = format!("sha256:{}", "0123456789abcdef".repeat(4));
    assert_eq!(choices[0]["sources"][0], format!("r.example/there@{digest}"));
    let mut images = built.asked.images;
    images.sort();
    assert_eq!(images, ["a:latest amd64", "c:latest amd64", "there:latest amd64"]);
    // What is built, pinned, and the line that says what was taken.
    let [line, result] = &built.asked.solves[..] else { panic!("{:?}", built.asked.solves) };
    let (line, result) = match line.contains("firstOf: took") {
        true => (line, result),
        false => (result, line),
    };
    assert!(line.contains("[internal] firstOf: took candidate 2 of 3: r.example/there@"), "{line}");
    assert!(result.contains(&format!("r.example/there:latest@{digest}")), "{result}");
}

const PLATFORM: &[&str] = &["platform=linux/amd64"];

fn git(name: &str) -> String {
    format!("fs {{ git \"https://e/{name}\" \"main\"; }}")
}

/// What is fetched of repositories, by a daemon or to be used.
fn fetched(built: &Built) -> Vec<&String> {
    built.asked.solves.iter().filter(|it| it.contains("git://")).collect()
}

/// An older daemon can't look a reference up: nothing is fetched that is not used.
#[tokio::test]
async fn an_older_daemon_is_asked_for_a_repository_when_it_is_its_turn() {
    let candidates = format!("fs {{ image \"r.example/there\"; }} {}", git("x"));
    let built = built_by(Some("0.25"), 1, &candidates, PLATFORM).await;
    assert_eq!(built.choices()[0]["candidate"], 1);
    assert!(fetched(&built).is_empty() && built.asked.references.is_empty());
    let candidates = format!("{} {} {}", git("x"), git("there"), git("y"));
    let built = built_by(Some("0.25"), 1, &candidates, PLATFORM).await;
    assert_eq!(built.choices()[0]["candidate"], 2);
    let fetched = fetched(&built);
    assert_eq!(fetched.len(), 3, "{fetched:?}");
    assert!(fetched[0].contains("git://e/x#main") && fetched[1].contains("git://e/there#main"));
}

/// A commit by its name is not looked for by any daemon.
#[tokio::test]
async fn references_are_looked_up_at_the_same_time() {
    let commit = format!("fs {{ git \"https://e/there\" \"{}\"; }}", "0".repeat(40));
    let candidates = format!("{} {} {} {commit}", git("x"), git("there"), git("y"));
    let built = built(3, &candidates, PLATFORM).await;
    assert_eq!(built.choices()[0]["candidate"], 2);
    assert_eq!((built.asked.references.len(), fetched(&built).len()), (3, 1));
    let built = built_by(None, 1, &format!("{commit} scratch"), PLATFORM).await;
    assert_eq!(built.choices()[0]["candidate"], 1);
    assert_eq!((built.asked.references.len(), fetched(&built).len()), (0, 2));
}

/// Each platform takes what is there for it; what all take is said once.
#[tokio::test]
async fn platforms_choose_for_themselves() {
    let candidates = "fs { image \"r.example/for-amd64\"; } fs { image \"r.example/there\"; }";
    let given = ["platform=linux/amd64,linux/arm64"];
    let some = built(4, candidates, &given).await.choices();
    assert_eq!(
        (&some[0]["candidate"], &some[0]["platforms"][0]),
        (&1.into(), &"linux/amd64".into())
    );
    assert_eq!(
        (&some[1]["candidate"], &some[1]["platforms"][0]),
        (&2.into(), &"linux/arm64".into())
    );
    let all = built(2, "fs { image \"r.example/there\"; }", &given).await.choices();
    assert_eq!(
        (all[0]["platforms"].as_array().map(Vec::len), all.as_array().map(Vec::len)),
        (Some(0), Some(1))
    );
}

/// The question is given up, and the daemon hears of that.
#[tokio::test]
async fn a_registry_without_an_answer_is_an_error() {
    let candidates = "fs { image \"r.example/silent\"; } scratch";
    let built = built(1, candidates, &["build-arg:HLB_SOURCE_TIMEOUT=1"]).await;
    let message = built.outcome.expect_err("no build").message;
    assert!(message.contains("image `r.example/silent`: no answer within 1 s"), "{message}");
    built.servers.canceled.acquire().await.expect("open").forget();
}
