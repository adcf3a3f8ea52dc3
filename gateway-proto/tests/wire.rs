//! What both ends of the wire may rely on, with the daemon in the same process.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use gateway_proto::channel::client;
use gateway_proto::frontend::{
    self, EvaluateRequest, PingRequest, Ref, RefMap, ReturnRequest, SolveRequest, SolveResponse,
    result,
};
use gateway_proto::rpc;
use gateway_proto::testing::{Answer, Daemon, channel, pong_of};
use tokio::sync::Notify;
use tonic::Code;

struct Plain;

impl Daemon for Plain {}

/// Holds every solve until `full` of them are under way.
struct Crowded {
    full: usize,
    under_way: AtomicUsize,
    most: AtomicUsize,
    is_full: Notify,
}

#[tonic::async_trait]
impl Daemon for Crowded {
    async fn solve(&self, _: SolveRequest) -> Answer<SolveResponse> {
        let count = self.under_way.fetch_add(1, Ordering::SeqCst) + 1;
        let before = self.most.fetch_max(count, Ordering::SeqCst);
        if before < self.full {
            match count == self.full {
                true => self.is_full.notify_waiters(),
                false => self.is_full.notified().await,
            }
        }
        self.under_way.fetch_sub(1, Ordering::SeqCst);
        Ok(SolveResponse::default())
    }
}

#[tokio::test]
async fn calls_beyond_250_streams_wait_for_their_turn() {
    const STREAMS: usize = 250;
    let daemon = Arc::new(Crowded {
        full: STREAMS,
        under_way: AtomicUsize::new(0),
        most: AtomicUsize::new(0),
        is_full: Notify::new(),
    });
    let client = client(channel(Arc::clone(&daemon)));
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..2 * STREAMS + 7 {
        let mut client = client.clone();
        calls.spawn(async move { client.solve(SolveRequest::default()).await });
    }
    for answer in calls.join_all().await {
        answer.unwrap();
    }
    assert_eq!(daemon.most.load(Ordering::SeqCst), STREAMS);
}

/// Never solves, and says when it starts and stops to.
struct Busy {
    started: Arc<Notify>,
    stopped: Arc<Notify>,
}

#[tonic::async_trait]
impl Daemon for Busy {
    async fn solve(&self, _: SolveRequest) -> Answer<SolveResponse> {
        struct OnDrop(Arc<Notify>);
        impl Drop for OnDrop {
            fn drop(&mut self) {
                self.0.notify_one();
            }
        }
        let _guard = OnDrop(Arc::clone(&self.stopped));
        self.started.notify_one();
        std::future::pending().await
    }
}

#[tokio::test]
async fn a_call_that_is_dropped_is_canceled_and_others_go_on() {
    let (started, stopped) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let daemon = Busy { started: Arc::clone(&started), stopped: Arc::clone(&stopped) };
    let mut client = client(channel(Arc::new(daemon)));
    let mut solving = client.clone();
    tokio::select! {
        _ = solving.solve(SolveRequest::default()) => panic!("the solve ends"),
        () = started.notified() => {}
    }
    stopped.notified().await;
    client.ping(PingRequest {}).await.unwrap();
}

#[tokio::test]
async fn a_call_that_the_daemon_lacks_is_unimplemented() {
    let mut client = client(channel(Arc::new(Plain)));
    let status = client.evaluate(EvaluateRequest::default()).await.unwrap_err();
    assert_eq!(status.code(), Code::Unimplemented);
}

#[tokio::test]
async fn an_outcome_is_given_once_and_whole() {
    let mut client = client(channel(Arc::new(Plain)));
    let mut give = async |result, error| {
        let returned = client.r#return(ReturnRequest { result, error }).await;
        returned.map(drop).map_err(|status| status.message().to_owned())
    };
    let error = |code| Some(rpc::Status { code, message: "m".to_owned(), details: Vec::new() });
    let refs = |reference| {
        let refs = [("linux/amd64".to_owned(), reference)].into();
        Some(frontend::Result {
            result: Some(result::Result::Refs(RefMap { refs })),
            ..Default::default()
        })
    };
    let malformed = |what: &str| Err(format!("malformed return: {what}"));

    assert_eq!(give(None, None).await, malformed("neither a result nor an error"));
    assert_eq!(give(None, error(0)).await, malformed("an error with the code of success"));
    assert_eq!(give(refs(Ref::default()), None).await, malformed("an empty ref in a map of refs"));
    let scratch = Ref { id: String::new(), def: Some(Default::default()) };
    assert_eq!(give(refs(scratch), None).await, Ok(()));
    assert_eq!(give(None, error(2)).await, Err("gateway result is already set".to_owned()));
}

#[test]
fn an_old_daemon_has_the_capabilities_of_its_release() {
    let ids = |release| {
        let pong = pong_of(release);
        pong.frontend_api_caps.into_iter().map(|cap| cap.id).collect::<Vec<_>>()
    };
    assert!(!ids("0.7").contains(&"gateway.solve.metadata".to_owned()));
    assert!(ids("0.7.2").contains(&"gateway.solve.metadata".to_owned()));
    assert!(ids("0.10").contains(&"gateway.exec".to_owned()));
    assert!(!ids("0.10").contains(&"gateway.evaluate".to_owned()));
}
