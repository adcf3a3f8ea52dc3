use std::time::Duration;

use gateway_proto::testing::Event as Happened;
use hlb_gateway::bridge::Bridge;
use hlb_gateway::container::{Container, ContainerRequest, Process};

use crate::daemon::{Fake, connect, reference, server};

/// How long the daemon takes for each of the two calls that take long.
const STEP: Duration = Duration::from_millis(4);

async fn whole_life(bridge: &dyn Bridge) {
    let request = ContainerRequest::new(reference("root"));
    let container = Container::start(bridge, request).await.expect("a container");
    let process = Process::default();
    let (mut running, _stdin) = container.exec_piped(process).await.expect("a process");
    running.line().await.expect("a line");
    tokio::time::sleep(STEP).await;
    container.release().await.expect("a release");
}

/// Called off after each of many times, so that every phase is met.
#[tokio::test]
async fn nothing_is_left_of_what_is_called_off() {
    let mut fake = Fake::new(server);
    (fake.containers.preparing, fake.containers.starting) = (STEP, STEP);
    let (daemon, bridge) = connect(fake).await;
    let mut finished = 0;
    for microseconds in (0..20_000).step_by(200) {
        let limit = Duration::from_micros(microseconds);
        finished += usize::from(tokio::time::timeout(limit, whole_life(&bridge)).await.is_ok());
    }
    assert!(finished < 60, "{finished} of 100 lived to their end");
    whole_life(&bridge).await;
    daemon.expect_nothing_left(40).await;
    let events = daemon.containers.events();
    let count = |wanted: fn(&Happened) -> bool| events.iter().filter(|it| wanted(it)).count();
    let made = count(|it| matches!(it, Happened::Created(_)));
    let started = count(|it| matches!(it, Happened::Started(_)));
    assert!(finished < started && started < made, "{finished} < {started} < {made}");
}

#[tokio::test]
async fn a_container_that_nobody_waits_for_is_released_once_it_is_there() {
    let mut fake = Fake::new(server);
    fake.containers.preparing = Duration::from_millis(50);
    let (daemon, bridge) = connect(fake).await;
    let start = Container::start(&bridge, ContainerRequest::new(reference("root")));
    assert!(tokio::time::timeout(Duration::from_millis(20), start).await.is_err());
    assert_eq!(daemon.containers.events(), []);
    daemon.expect_nothing_left(1).await;
}

#[tokio::test]
async fn a_release_goes_on_without_its_caller() {
    let (daemon, bridge) = connect(Fake::new(server)).await;
    let request = ContainerRequest::new(reference("root"));
    let container = Container::start(&bridge, request).await.expect("a container");
    let _running = container.exec(Process::default()).await.expect("a process");
    tokio::select! {
        biased;
        _ = container.release() => panic!("the daemon answers at once"),
        () = async {} => {}
    }
    daemon.expect_nothing_left(1).await;
}
