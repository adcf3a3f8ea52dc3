use gateway_proto::pb::{Mount, MountType, NetMode};
use gateway_proto::testing::Event as Happened;
use hlb_gateway::bridge::{BridgeError, Ref};
use hlb_gateway::container::{
    Container, ContainerMount, ContainerMountKind, ContainerRequest, Event, Exit, NoLine, Process,
    Signal,
};
use llb::SecretMount;

use crate::daemon::{Fake, connect, echo, reference, server};

fn process(args: &[&str]) -> Process {
    let args = args.iter().map(|it| (*it).to_owned()).collect();
    Process { args, env: vec!["A=1".to_owned()], ..Process::default() }
}

#[tokio::test]
async fn a_server_prints_and_is_released() {
    let (daemon, bridge) = connect(Fake::new(server)).await;
    let mount = |dest: &str, kind| ContainerMount { dest: dest.to_owned(), kind };
    let request = ContainerRequest {
        mounts: vec![
            mount("/data", ContainerMountKind::Readonly(reference("data"))),
            mount("/work", ContainerMountKind::Discard(Ref::default())),
            mount("/tmp", ContainerMountKind::Tmpfs),
            mount("/key", ContainerMountKind::Secret(SecretMount::default())),
        ],
        ..ContainerRequest::new(reference("root"))
    };
    let container = Container::start(&bridge, request).await.expect("a container");
    // What is mounted was made before; the empty filesystem needs no making.
    assert_eq!(daemon.seen().forced, ["root", "data"]);
    let mut running = container.exec(process(&["/x", "y"])).await.expect("a process");
    assert_eq!(running.line().await.expect("a line"), "hello");
    assert_eq!(running.line().await.expect("a line"), "second");
    container.release().await.expect("a release of what runs is no error");
    daemon.expect_nothing_left(1).await;

    let [Happened::Created(created), Happened::Started(init), rest @ ..] =
        &daemon.containers.events()[..]
    else {
        panic!("{:#?}", daemon.containers.events());
    };
    let id = created.container_id.clone();
    assert_eq!(rest, [Happened::Releasing(id.clone()), Happened::Released(id.clone())]);
    let expected = [
        Mount { dest: "/".into(), result_id: "root".into(), ..Mount::default() },
        Mount {
            dest: "/data".into(),
            result_id: "data".into(),
            readonly: true,
            ..Mount::default()
        },
        Mount { dest: "/work".into(), ..Mount::default() },
        Mount { dest: "/tmp".into(), mount_type: MountType::Tmpfs.into(), ..Mount::default() },
        Mount {
            dest: "/key".into(),
            mount_type: MountType::Secret.into(),
            secret_opt: Some(SecretMount::default().to_pb()),
            ..Mount::default()
        },
    ];
    assert_eq!(created.mounts, expected);
    assert_eq!(created.network(), NetMode::Unset);
    assert_eq!((&init.container_id, &init.fds), (&id, &vec![1, 2]));
    let meta = init.meta.clone().expect("with its arguments");
    assert_eq!((meta.args, meta.env), (vec!["/x".into(), "y".into()], vec!["A=1".into()]));
    assert_eq!(meta.cwd, "/");
}

#[tokio::test]
async fn everything_that_a_process_does_is_an_event_in_its_order() {
    let (daemon, bridge) = connect(Fake::new(echo)).await;
    let request = ContainerRequest::new(reference("root"));
    let container = Container::start(&bridge, request).await.expect("a container");
    let (mut running, stdin) = container.exec_piped(process(&["/x"])).await.expect("a process");
    stdin.write(b"one").await.expect("is read");
    assert_eq!(running.next().await.expect("well"), Some(Event::Started));
    assert_eq!(running.next().await.expect("well"), Some(Event::Stdout(b"one".to_vec())));
    drop(stdin);
    assert_eq!(running.next().await.expect("well"), Some(Event::Stderr(b"end".to_vec())));
    let exit = Event::Exit(Exit { code: 0, status: None });
    assert_eq!(running.next().await.expect("well"), Some(exit));
    for _ in 0..2 {
        assert_eq!(running.next().await.expect("well"), None);
    }
    // Nothing can be sent any more, so the call ends without a release.
    while daemon.containers.is_called() {
        tokio::task::yield_now().await;
    }
    container.release().await.expect("nothing runs");
}

#[tokio::test]
async fn much_goes_through_in_both_directions() {
    let (daemon, bridge) = connect(Fake::new(echo)).await;
    let request = ContainerRequest::new(reference("root"));
    let container = Container::start(&bridge, request).await.expect("a container");
    let (mut running, stdin) = container.exec_piped(process(&["/x"])).await.expect("a process");
    let sent: Vec<u8> = (0..8_000_000_u32).flat_map(u32::to_le_bytes).take(8_000_000).collect();
    let writing = async {
        stdin.write(&sent).await.expect("is read");
        drop(stdin);
    };
    let reading = async {
        let mut received = Vec::new();
        while let Some(event) = running.next().await.expect("well") {
            if let Event::Stdout(bytes) = event {
                received.extend(bytes);
            }
        }
        received
    };
    let ((), received) = tokio::join!(writing, reading);
    assert!(received == sent, "{} bytes came back", received.len());
    drop(container);
    daemon.expect_nothing_left(1).await;
}

#[tokio::test]
async fn the_end_before_a_line_says_why() {
    let mut fake = Fake::new(|process| {
        Box::pin(async move {
            if process.network == NetMode::Host {
                process.print(2, b"network.host is not allowed\n");
                return 255;
            }
            process.print(1, b"no end of line");
            0
        })
    });
    fake.containers.starting = std::time::Duration::from_millis(5);
    let (_daemon, bridge) = connect(fake).await;
    let mut texts = Vec::new();
    for network in [NetMode::Host, NetMode::None] {
        let request = ContainerRequest { network, ..ContainerRequest::new(reference("root")) };
        let container = Container::start(&bridge, request).await.expect("a container");
        let mut running = container.exec(process(&["/x"])).await.expect("a process");
        let error = running.line().await.expect_err("there is no line");
        assert!(matches!(&error, NoLine::Ended { exit: Some(_), .. }), "{error:?}");
        texts.push(error.to_string());
    }
    assert_eq!(texts, ["exit code: 255: network.host is not allowed", "exit code: 0"]);
}

#[tokio::test]
async fn a_line_without_end_is_refused() {
    let (_daemon, bridge) = connect(Fake::new(|process| {
        Box::pin(async move {
            loop {
                process.print(1, &[b'x'; 1 << 10]);
                tokio::task::yield_now().await;
            }
        })
    }))
    .await;
    let request = ContainerRequest::new(reference("root"));
    let container = Container::start(&bridge, request).await.expect("a container");
    let mut running = container.exec(process(&["/x"])).await.expect("a process");
    let error = running.line().await.expect_err("there is no line");
    assert_eq!(error.to_string(), "a line is longer than 64 KiB");
}

#[tokio::test]
async fn a_killed_process_ends_and_others_do_nothing_about_signals() {
    let (_daemon, bridge) = connect(Fake::new(server)).await;
    let request = ContainerRequest::new(reference("root"));
    let container = Container::start(&bridge, request).await.expect("a container");
    let mut running = container.exec(process(&["/x"])).await.expect("a process");
    assert_eq!(running.line().await.expect("a line"), "hello");
    for signal in [Signal::Interrupt, Signal::Terminate, Signal::Kill] {
        running.signal(signal).await.expect("is known");
    }
    // What came after the line is not lost.
    assert_eq!(running.next().await.expect("well"), Some(Event::Stdout(b"second\n".to_vec())));
    let Some(Event::Exit(exit)) = running.next().await.expect("well") else { panic!("no exit") };
    assert_eq!((exit.code, exit.status.map(|it| it.message)), (137, Some("exit code: 137".into())));
    container.release().await.expect("how it ended is no error of the release");
}

#[tokio::test]
async fn a_container_of_what_cannot_be_built_is_not_made() {
    let (daemon, bridge) = connect(Fake::new(server)).await;
    let started = Container::start(&bridge, ContainerRequest::new(reference("broken"))).await;
    assert_eq!(started.err().map(|it| it.to_string()).as_deref(), Some("exit code: 1"));
    assert_eq!(daemon.containers.events(), []);
}

#[tokio::test]
async fn a_daemon_without_containers_is_not_asked() {
    let (daemon, bridge) = connect(Fake { release: "0.7", ..Fake::new(server) }).await;
    let started = Container::start(&bridge, ContainerRequest::new(reference("root"))).await;
    assert!(matches!(started.err(), Some(BridgeError::Unsupported(text)) if text.contains("0.8")));
    assert_eq!(daemon.seen().forced, [] as [&str; 0]);

    let (_daemon, bridge) = connect(Fake { release: "0.9", ..Fake::new(server) }).await;
    let container = Container::start(&bridge, ContainerRequest::new(reference("root"))).await;
    let container = container.expect("a container");
    let running = container.exec(process(&["/x"])).await.expect("a process");
    let refused = running.signal(Signal::Kill).await;
    assert!(matches!(refused.err(), Some(BridgeError::Unsupported(text)) if text.contains("0.10")));
}
