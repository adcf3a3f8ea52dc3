use hlb_gateway::bridge::{BridgeError, MAX_FILE_BYTES, Unreadable};
use hlb_gateway::container::{Container, ContainerRequest, MountPoint};

use crate::daemon::{Fake, connect, reference, server};

const LARGE: &[u8] = &[0; (16 << 20) + 1];

#[tokio::test]
async fn files_of_a_container_are_read() {
    let mut fake = Fake::new(server);
    fake.containers.files =
        [((0, "/etc/a"), &b"root"[..]), ((1, "/etc/a"), b"mount"), ((0, "/large"), LARGE)].into();
    let (_daemon, bridge) = connect(fake).await;
    let container = Container::start(&bridge, ContainerRequest::new(reference("root"))).await;
    let container = container.expect("a container");
    let read = async |mount, path| container.read_file(mount, path).await;
    assert_eq!(read(MountPoint::Root, "/etc/a").await.expect("is there"), b"root");
    assert_eq!(read(MountPoint::Mount(0), "/etc/a").await.expect("is there"), b"mount");
    let refused = async |mount, path| match read(mount, path).await {
        Err(BridgeError::Unreadable { why, .. }) => why,
        other => panic!("expected a refusal, found {other:?}"),
    };
    assert_eq!(refused(MountPoint::Mount(1), "/etc/a").await, Unreadable::Missing);
    assert_eq!(refused(MountPoint::Root, "/").await, Unreadable::Directory);
    assert_eq!(
        refused(MountPoint::Root, "/large").await,
        Unreadable::TooLarge { max: MAX_FILE_BYTES }
    );
    let entries = container.read_dir(MountPoint::Root, "/etc").await.expect("is there");
    assert_eq!(entries.iter().map(|it| it.path.as_str()).collect::<Vec<_>>(), ["a"]);
    let stat = container.stat_file(MountPoint::Root, "/etc/a").await.expect("is there");
    assert_eq!(stat.size, 4);
}

#[tokio::test]
async fn a_daemon_without_the_calls_is_not_asked() {
    let (_daemon, bridge) = connect(Fake { release: "0.26", ..Fake::new(server) }).await;
    let container = Container::start(&bridge, ContainerRequest::new(reference("root"))).await;
    let container = container.expect("a container");
    let error = container.read_dir(MountPoint::Root, "/").await.expect_err("is refused");
    assert!(matches!(&error, BridgeError::Unsupported(text) if text.contains("0.27")), "{error}");
}
