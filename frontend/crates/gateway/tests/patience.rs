//! How long the daemon may take, over the real wire: its first answer is bounded, a solve is not.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use gateway_proto::frontend::{PongResponse, SolveRequest, SolveResponse};
use gateway_proto::testing::{self, Answer, Daemon};
use hlb_gateway::bridge::{self, Bridge, GrpcBridge};
use tonic::Status;

const A_DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A daemon that never says what it can do.
struct Silent;

#[tonic::async_trait]
impl Daemon for Silent {
    async fn ping(&self) -> Answer<PongResponse> {
        pending().await
    }
}

/// A daemon whose solves take a day.
struct Slow;

#[tonic::async_trait]
impl Daemon for Slow {
    async fn solve(&self, _: SolveRequest) -> Answer<SolveResponse> {
        tokio::time::sleep(A_DAY).await;
        Err(Status::internal("after a day"))
    }
}

#[tokio::test(start_paused = true)]
async fn the_first_answer_is_waited_for_15_seconds() {
    let before = tokio::time::Instant::now();
    let error = GrpcBridge::connect(testing::channel(Arc::new(Silent))).await.err();
    let error = error.expect("no answer").to_string();
    assert!(error.contains("no reply to a ping"), "{error}");
    assert_eq!(before.elapsed().as_secs(), 15);
}

#[tokio::test(start_paused = true)]
async fn a_solve_takes_as_long_as_it_takes() {
    let connected = GrpcBridge::connect(testing::channel(Arc::new(Slow))).await;
    let before = tokio::time::Instant::now();
    let request = bridge::SolveRequest::definition(Default::default());
    let error = connected.expect("a daemon").solve(request).await.expect_err("what it says");
    assert!(error.to_string().contains("after a day"), "{error}");
    assert!(before.elapsed() >= A_DAY);
}
