//! In which order the steps of a plan are solved, what runs at the same time, and what becomes of the others when one
//! fails.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gateway_proto::errdefs::{self, Source};
use gateway_proto::frontend::{
    self, ReadFileRequest, ReadFileResponse, SolveRequest, StatFileRequest, StatFileResponse,
};
use gateway_proto::fsutil::Stat;
use gateway_proto::testing::{self, Answer, Daemon};
use gateway_proto::{rpc, status};
use hlb_frontend::solve::build;
use hlb_gateway::bridge::GrpcBridge;
use tokio::sync::Barrier;
use tonic::Status;

use crate::daemon::{options, solved};

/// A daemon that knows a solve by the first cache that it imports, and keeps what became of each.
struct Solver {
    program: &'static str,
    behaviors: BTreeMap<&'static str, Behavior>,
    events: Arc<Mutex<Vec<String>>>,
}

/// What a daemon does with a solve.
enum Behavior {
    /// It is done once so many solves have begun.
    Meets(Arc<Barrier>),
    Fails(rpc::Status),
    /// The same, once so many solves have begun.
    MeetsAndFails(Arc<Barrier>, rpc::Status),
    MeetsAndNeverEnds(Arc<Barrier>),
}

/// Keeps that a solve was dropped before it was done.
struct Running {
    name: String,
    events: Arc<Mutex<Vec<String>>>,
    is_done: bool,
}

impl Drop for Running {
    fn drop(&mut self) {
        let what = if self.is_done { "ended" } else { "canceled" };
        self.events.lock().expect("not poisoned").push(format!("{what} {}", self.name));
    }
}

#[tonic::async_trait]
impl Daemon for Solver {
    async fn solve(&self, request: SolveRequest) -> Answer<frontend::SolveResponse> {
        let name = request.cache_imports.first().map(|it| it.attrs["ref"].clone());
        // What has no imports loads the file.
        if let Some(name) = name {
            self.events.lock().expect("not poisoned").push(format!("began {name}"));
            let behavior = self.behaviors.get(&*name);
            let mut running = Running { name, events: self.events.clone(), is_done: false };
            match behavior {
                None => {}
                Some(Behavior::Meets(barrier)) => {
                    barrier.wait().await;
                }
                Some(Behavior::Fails(error)) => {
                    running.is_done = true;
                    return Err(status::to_tonic(error));
                }
                Some(Behavior::MeetsAndFails(barrier, error)) => {
                    barrier.wait().await;
                    running.is_done = true;
                    return Err(status::to_tonic(error));
                }
                Some(Behavior::MeetsAndNeverEnds(barrier)) => {
                    barrier.wait().await;
                    std::future::pending().await
                }
            }
            running.is_done = true;
        }
        Ok(solved("ref"))
    }

    async fn stat_file(&self, request: StatFileRequest) -> Answer<StatFileResponse> {
        match request.path.as_str() {
            "build.hlb" => {
                let stat = Stat { mode: 0o644, size: self.program.len() as i64, ..Stat::default() };
                Ok(StatFileResponse { stat: Some(stat) })
            }
            path => Err(Status::unknown(format!("lstat /{path}: no such file or directory"))),
        }
    }

    async fn read_file(&self, request: ReadFileRequest) -> Answer<ReadFileResponse> {
        match request.file_path.as_str() {
            "build.hlb" => Ok(ReadFileResponse { data: self.program.as_bytes().to_vec() }),
            path => Err(Status::unknown(format!("open /{path}: no such file or directory"))),
        }
    }
}

/// What became of the solves of a program, and its error.
async fn built(
    program: &'static str,
    behaviors: impl IntoIterator<Item = (&'static str, Behavior)>,
) -> (Vec<String>, Option<rpc::Status>) {
    let events = Arc::new(Mutex::new(Vec::new()));
    let behaviors = behaviors.into_iter().collect();
    let daemon = Arc::new(Solver { program, behaviors, events: events.clone() });
    let bridge = GrpcBridge::connect(testing::channel(daemon)).await.expect("a pong");
    let imports = r#"cache-imports=[{"Type":"registry","Attrs":{"ref":"client"}}]"#;
    let options = options(&["filename=build.hlb", imports]);
    let outcome = tokio::time::timeout(Duration::from_secs(20), build(&bridge, &options)).await;
    let error = outcome.expect("the build ends").err();
    // The daemon hears of a dropped call a moment later.
    for _ in 0..200 {
        let count = |what: &str| {
            events.lock().expect("not poisoned").iter().filter(|it| it.starts_with(what)).count()
        };
        if count("began") == count("ended") + count("canceled") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let events = events.lock().expect("not poisoned").clone();
    (events, error)
}

fn status(code: i32, message: &str) -> rpc::Status {
    rpc::Status { code, message: message.to_owned(), details: Vec::new() }
}

fn failed(code: i32, message: &str) -> Behavior {
    Behavior::Fails(status(code, message))
}

fn meets(barrier: &Arc<Barrier>) -> Behavior {
    Behavior::Meets(barrier.clone())
}

const TWO: &str = r#"
fs a() {
	cached fs { scratch; mkfile "/a" 0o644 "a" } with option { cacheFrom "a"; isolated }
}
fs b() {
	cached fs { scratch; mkfile "/b" 0o644 "b" } with option { cacheFrom "b"; isolated }
}
fs default() { scratch; copy a "/a" "/a"; copy b "/b" "/b" }
"#;

/// The result uses both, and `a` uses `b`.
const ONE_NEEDS_THE_OTHER: &str = r#"
fs a() { cached fs { scratch; copy b "/b" "/a" } with option { cacheFrom "a"; isolated } }
fs b() { cached fs { scratch; mkfile "/b" 0o644 "b" } with option { cacheFrom "b"; isolated } }
fs default() { scratch; copy a "/a" "/a"; copy b "/b" "/b" }
"#;

#[tokio::test]
async fn what_needs_nothing_runs_at_the_same_time() {
    let both = Arc::new(Barrier::new(2));
    let (events, error) = built(TWO, [("a", meets(&both)), ("b", meets(&both))]).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(events[4..], ["began client", "ended client"]);
}

#[tokio::test]
async fn a_step_begins_when_all_that_it_needs_are_done() {
    let (events, error) = built(ONE_NEEDS_THE_OTHER, []).await;
    assert!(error.is_none(), "{error:?}");
    let expected = ["began b", "ended b", "began a", "ended a", "began client", "ended client"];
    assert_eq!(events, expected);
}

#[tokio::test]
async fn the_first_failure_cancels_the_others_and_says_where_it_was() {
    let both = Arc::new(Barrier::new(2));
    let other = Behavior::MeetsAndNeverEnds(both.clone());
    let failure = Behavior::MeetsAndFails(both, status(2, "exit code: 3"));
    let (events, error) = built(TWO, [("a", other), ("b", failure)]).await;
    let error = error.expect("no result");
    assert_eq!(error.message, "section `b`: exit code: 3");
    let lines: Vec<_> =
        errdefs::all::<Source>(&error).map(|source| source.ranges[0].start.line).collect();
    assert_eq!(lines, [6]);
    assert!(events.contains(&"canceled a".to_owned()), "{events:?}");
    assert!(!events.contains(&"began client".to_owned()), "{events:?}");
}

/// A daemon may cancel one solve because of another that fails.
#[tokio::test]
async fn what_was_canceled_is_not_the_cause() {
    let canceled = failed(status::CANCELED, "context canceled");
    let (_, error) = built(TWO, [("a", canceled), ("b", failed(2, "exit code: 3"))]).await;
    assert_eq!(error.expect("no result").message, "section `b`: exit code: 3");
    let canceled = failed(status::CANCELED, "context canceled");
    let (events, error) = built(TWO, [("a", canceled)]).await;
    assert_eq!(error.expect("no result").code, status::CANCELED);
    assert!(!events.contains(&"began client".to_owned()), "{events:?}");
}
