use std::time::{Duration, Instant};

use gateway_proto::frontend;
use gateway_proto::testing::Event as Happened;
use hlb_gateway::bridge::{Bridge, BridgeError, finish};
use hlb_gateway::container::{Container, ContainerRequest, Process};

use crate::daemon::{Fake, connect, echo, reference, server};

/// More would be the time-out, with which a container is not released.
const SOON: Duration = Duration::from_secs(3);

async fn container(bridge: &dyn Bridge) -> Container {
    let started = Container::start(bridge, ContainerRequest::new(reference("root"))).await;
    started.expect("a container")
}

#[tokio::test]
async fn an_open_descriptor_0_does_not_hold_the_release_up() {
    let (daemon, bridge) = connect(Fake::new(echo)).await;
    let container = container(&bridge).await;
    let before = Instant::now();
    let (_running, stdin) = container.exec_piped(Process::default()).await.expect("a process");
    container.release().await.expect("a release");
    assert!(before.elapsed() < SOON);
    daemon.expect_nothing_left(1).await;
    assert!(stdin.write(b"late").await.is_err());
}

/// Its writer waits for room in a pipe that nobody empties.
#[tokio::test]
async fn nor_does_one_that_is_being_written_to() {
    let (daemon, bridge) = connect(Fake::new(|process| {
        Box::pin(async move {
            let _unread = process;
            std::future::pending().await
        })
    }))
    .await;
    let container = container(&bridge).await;
    let (_running, stdin) = container.exec_piped(Process::default()).await.expect("a process");
    let before = Instant::now();
    let (written, released) = tokio::join!(
        async {
            loop {
                if let Err(error) = stdin.write(&[0; 1 << 20]).await {
                    return error;
                }
            }
        },
        async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            container.release().await
        }
    );
    released.expect("a release");
    assert!(matches!(written, BridgeError::Malformed(_)), "{written}");
    assert!(before.elapsed() < SOON);
    daemon.expect_nothing_left(1).await;
}

#[tokio::test]
async fn several_processes_end_with_their_container() {
    let (daemon, bridge) = connect(Fake::new(echo)).await;
    let container = container(&bridge).await;
    let one = container.exec_piped(Process::default()).await.expect("a process");
    let other = container.exec_piped(Process::default()).await.expect("a process");
    drop(container);
    daemon.expect_nothing_left(1).await;
    drop((one, other));
}

#[tokio::test]
async fn a_panic_releases() {
    let (daemon, bridge) = connect(Fake::new(echo)).await;
    let container = container(&bridge).await;
    let panics = tokio::spawn(async move {
        let _process = container.exec_piped(Process::default()).await;
        panic!("a panic of this test");
    });
    assert!(panics.await.is_err());
    daemon.expect_nothing_left(1).await;
}

#[tokio::test]
async fn an_outcome_waits_for_the_releases() {
    let mut fake = Fake::new(echo);
    fake.containers.preparing = Duration::from_millis(50);
    let (daemon, bridge) = connect(fake).await;
    let container = container(&bridge).await;
    let _process = container.exec_piped(Process::default()).await.expect("a process");
    drop(container);
    // Another is being made when the build is given up.
    let making = Container::start(&bridge, ContainerRequest::new(reference("root")));
    assert!(tokio::time::timeout(Duration::from_millis(20), making).await.is_err());
    finish(&bridge, Ok(frontend::Result::default())).await.expect("is taken");
    assert_eq!(daemon.seen().left_at_return, Some(0));
    let made = daemon.containers.events();
    assert_eq!(made.iter().filter(|it| matches!(it, Happened::Released(_))).count(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_release_that_takes_too_long_is_given_up() {
    let (daemon, bridge) = connect(Fake { keeps_releases: true, ..Fake::new(server) }).await;
    let before = tokio::time::Instant::now();
    let error = container(&bridge).await.release().await.expect_err("no answer");
    assert_eq!(error.to_string(), "the release of a container takes too long");
    assert_eq!(before.elapsed().as_secs(), 4);
    // Nor does the end of the build wait for longer.
    let _container = container(&bridge).await;
    finish(&bridge, Ok(frontend::Result::default())).await.expect("is taken");
    assert_eq!(daemon.seen().left_at_return, Some(2));
    assert_eq!(before.elapsed().as_secs(), 19);
}
