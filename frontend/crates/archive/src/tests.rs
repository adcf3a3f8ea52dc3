//! What is written is what GNU tar reads: a tree that it unpacked is written as the same bytes.

use std::collections::BTreeMap;
use std::fs::{self, File, Permissions};
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, UNIX_EPOCH};

use rustix::fs::{CWD, FileType, Mode, XattrFlags, mknodat, setxattr};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::digest::Digest;
use super::header::{EntryType, Header};
use super::{Error, ImageName, Latest, Written, write_image, write_tar};

const LONG: &str = "a name that is longer than any field of a header, and holds ä, which has two bytes in UTF-8, \
                    and still goes on for a while";

/// A tree with everything that a tar file can have, as far as whoever runs this test may make it.
pub fn tree() -> TempDir {
    let root = TempDir::new().expect("a directory");
    let at = |path: &str| root.path().join(path);
    fs::create_dir_all(at(&format!("{LONG}/{LONG}"))).expect("directories");
    fs::create_dir(at("empty")).expect("a directory");
    fs::create_dir(at("B")).expect("a directory");
    fs::write(at("B/a"), "first").expect("a file");
    fs::write(at("a.txt"), vec![b'x'; 1000]).expect("a file");
    fs::write(at("a-block"), vec![b'x'; 512]).expect("a file");
    fs::write(at("nothing"), "").expect("a file");
    fs::write(at(&format!("{LONG}/{LONG}/file")), "deep").expect("a file");
    fs::hard_link(at("B/a"), at("hard")).expect("a link");
    fs::hard_link(at(&format!("{LONG}/{LONG}/file")), at("hard too")).expect("a link");
    symlink("a.txt", at("soft")).expect("a link");
    symlink(format!("/{LONG}/nowhere"), at("soft and long")).expect("a link");
    symlink("/", at("to the root")).expect("a link");
    let fifo = at("fifo");
    mknodat(CWD, &fifo, FileType::Fifo, Mode::from_raw_mode(0o600), 0).expect("a FIFO");
    let holes = File::create(at("holes")).expect("a file");
    holes.write_at(b"end", 1 << 20).expect("written");
    for (path, mode) in
        [("a.txt", 0o4751), ("empty", 0o1777), ("B", 0o2755), ("nothing", 0o400), ("holes", 0o644)]
    {
        fs::set_permissions(at(path), Permissions::from_mode(mode)).expect("a mode");
    }
    let time = UNIX_EPOCH + Duration::new(1_000_000_000, 987_654_321);
    File::open(at("a.txt")).and_then(|it| it.set_modified(time)).expect("a time");
    File::open(at("empty")).and_then(|it| it.set_modified(UNIX_EPOCH)).expect("a time");
    // Not every filesystem that tests run on has them.
    let _ = setxattr(at("a.txt"), "user.test", b"\0=\n", XattrFlags::empty());
    let _ = setxattr(at("B"), "user.b", b"2", XattrFlags::empty());
    let _ = setxattr(at("B"), "user.a", b"1", XattrFlags::empty());
    root
}

pub fn tar_of(root: &Path, latest: Latest) -> (TempDir, Written) {
    let dir = TempDir::new().expect("a directory");
    let mut file = File::create(dir.path().join("it.tar")).expect("a file");
    let written = write_tar(root, &mut file, latest).expect("written");
    (dir, written)
}

pub fn bytes(dir: &TempDir) -> Vec<u8> {
    fs::read(dir.path().join("it.tar")).expect("a file")
}

fn tar(arguments: &[&str], dir: &TempDir) -> String {
    let file = dir.path().join("it.tar");
    let output = Command::new("tar").env("TZ", "UTC").args(arguments).arg("-f").arg(file).output();
    let output = output.expect("GNU tar");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    text
}

fn unpack(dir: &TempDir) -> TempDir {
    let to = TempDir::new().expect("a directory");
    let directory = format!("--directory={}", to.path().display());
    tar(&["-xp", "--xattrs", "--xattrs-include=*", &directory], dir);
    to
}

#[test]
fn what_gnu_tar_unpacks_is_written_again_as_the_same_bytes() {
    let tree = tree();
    let (first, _) = tar_of(tree.path(), Latest::default());
    let unpacked = unpack(&first);
    let at = |path: &str| unpacked.path().join(path);
    assert_eq!(fs::read(at("a.txt")).expect("a file"), vec![b'x'; 1000]);
    assert_eq!(fs::read_to_string(at("hard too")).expect("a file"), "deep");
    let metadata = fs::metadata(at("a.txt")).expect("a file");
    assert_eq!((metadata.mode() & 0o7777, metadata.mtime()), (0o4751, 1_000_000_000));
    assert_eq!(fs::metadata(at("empty")).expect("a directory").mode() & 0o7777, 0o1777);
    assert_eq!(fs::metadata(at("hard")).expect("a file").nlink(), 2);
    let target = fs::read_link(at("soft and long")).expect("a link");
    assert_eq!(target.to_str(), Some(format!("/{LONG}/nowhere").as_str()));
    let (second, _) = tar_of(unpacked.path(), Latest::default());
    assert!(bytes(&first) == bytes(&second), "{}", tar(&["-tv"], &second));
}

#[test]
fn entries_are_sorted_by_bytes() {
    let (written, _) = tar_of(tree().path(), Latest::default());
    let names = tar(&["-t", "--quoting-style=literal"], &written).replace(LONG, "LONG");
    let expected = "B/ B/a LONG/ LONG/LONG/ LONG/LONG/file a-block a.txt empty/ fifo hard hard·too holes nothing soft \
                    soft·and·long to·the·root";
    let expected = expected.split(' ').map(|name| name.replace('·', " "));
    assert_eq!(names.lines().collect::<Vec<_>>(), expected.collect::<Vec<_>>());
}

#[test]
fn no_time_is_after_the_latest() {
    let (written, known) = tar_of(tree().path(), Latest(Some(1_000_000_001)));
    assert_eq!(known.newest, 1_000_000_001);
    let lines = tar(&["-tv", "--full-time", "--numeric-owner"], &written);
    let times = lines.lines().map(|line| {
        let time = if line.ends_with("a.txt") && line.starts_with('-') {
            "2001-09-09 01:46:40"
        } else if line.ends_with("empty/") {
            "1970-01-01 00:00:00"
        } else {
            "2001-09-09 01:46:41"
        };
        (line.contains(time), line)
    });
    let wrong: Vec<_> = times.filter(|(is_right, _)| !is_right).collect();
    assert!(wrong.is_empty() && lines.lines().count() == 16, "{wrong:?}");
}

#[test]
fn a_socket_is_left_out() {
    let root = TempDir::new().expect("a directory");
    let _socket = UnixListener::bind(root.path().join("socket")).expect("a socket");
    let (written, known) = tar_of(root.path(), Latest::default());
    assert_eq!(known.left_out, [Path::new("socket")]);
    assert_eq!(tar(&["-t"], &written), "");
}

#[test]
fn large_numbers_are_read_by_gnu_tar() {
    let dir = TempDir::new().expect("a directory");
    let header = Header {
        entry_type: EntryType::File,
        path: b"large",
        link: b"",
        mode: 0o644,
        uid: 4_000_000_000,
        gid: 3_000_000,
        mtime: -86_400,
        size: 9 << 30,
    };
    let file = File::create(dir.path().join("it.tar")).expect("a file");
    file.write_at(&header.to_block(), 0).expect("written");
    file.set_len(512 + (9 << 30) + 1024).expect("room");
    let line = tar(&["-tv", "--numeric-owner", "--full-time"], &dir);
    assert_eq!(line.trim(), "-rw-r--r-- 4000000000/3000000 9663676416 1969-12-31 00:00:00 large");
}

fn image_of(root: &Path, name: Option<&ImageName>) -> TempDir {
    let config = json!({
        "architecture": "arm64", "os": "linux", "config": { "Cmd": ["sh"] },
        "rootfs": { "type": "layers", "diff_ids": ["sha256:of-the-base"] },
        "history": [{ "created_by": "all of it" }],
    });
    let dir = TempDir::new().expect("a directory");
    let mut file = File::create(dir.path().join("it.tar")).expect("a file");
    let latest = Latest(Some(1_700_000_000));
    write_image(root, config.to_string().as_bytes(), name, &mut file, latest).expect("written");
    dir
}

/// The file that a descriptor is of, if its digest and its size are right.
fn blob(root: &Path, descriptor: &Value) -> Vec<u8> {
    let digest = descriptor["digest"].as_str().expect("a digest");
    let hex = digest.strip_prefix("sha256:").expect("SHA-256");
    let bytes = fs::read(root.join("blobs/sha256").join(hex)).expect("a blob");
    let found = Digest::of(&bytes);
    assert_eq!((found.hex.as_str(), Some(found.size)), (hex, descriptor["size"].as_u64()));
    bytes
}

fn json_of(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).expect("JSON")
}

#[test]
fn an_image_is_a_layout_with_one_layer() {
    let tree = tree();
    let written = image_of(tree.path(), None);
    let unpacked = unpack(&written);
    let root = unpacked.path();
    let read = |path: &str| json_of(&fs::read(root.join(path)).expect("a file"));
    assert_eq!(read("oci-layout"), json!({ "imageLayoutVersion": "1.0.0" }));
    let index = read("index.json");
    assert_eq!(index["manifests"].as_array().map(Vec::len), Some(1));
    assert_eq!(index["manifests"][0].get("annotations"), None);
    let manifest = json_of(&blob(root, &index["manifests"][0]));
    let layer = blob(root, &manifest["layers"][0]);
    let (plain, _) = tar_of(tree.path(), Latest(Some(1_700_000_000)));
    assert!(layer == bytes(&plain));
    let config = json_of(&blob(root, &manifest["config"]));
    assert_eq!(config["rootfs"]["diff_ids"], json!([manifest["layers"][0]["digest"]]));
    assert_eq!(config["created"], "2023-11-14T22:13:20Z");
    let history = json!([{ "created_by": "all of it", "created": "2023-11-14T22:13:20Z" }]);
    assert_eq!(config["history"], history);
    assert_eq!(
        (&config["architecture"], &config["config"]["Cmd"][0]),
        (&json!("arm64"), &json!("sh"))
    );
    assert!(!root.join("manifest.json").exists());
    assert!(bytes(&image_of(tree.path(), None)) == bytes(&written));
}

#[test]
fn an_image_with_a_name_can_be_loaded() {
    let tree = tree();
    let name = ImageName { reference: "docker.io/library/app:1".to_owned(), tag: "1".to_owned() };
    let unpacked = unpack(&image_of(tree.path(), Some(&name)));
    let root = unpacked.path();
    let read = |path: &str| json_of(&fs::read(root.join(path)).expect("a file"));
    let found = &read("index.json")["manifests"][0];
    let expected = BTreeMap::from([
        ("io.containerd.image.name", "docker.io/library/app:1"),
        ("org.opencontainers.image.ref.name", "1"),
    ]);
    assert_eq!(found["annotations"], json!(expected));
    let manifest = json_of(&blob(root, found));
    let path = |descriptor: &Value| {
        descriptor["digest"].as_str().expect("a digest").replace("sha256:", "blobs/sha256/")
    };
    let expected = json!([{
        "Config": path(&manifest["config"]),
        "RepoTags": ["docker.io/library/app:1"],
        "Layers": [path(&manifest["layers"][0])],
    }]);
    assert_eq!(read("manifest.json"), expected);
}

#[test]
fn what_a_layer_cannot_say_is_an_error() {
    let root = TempDir::new().expect("a directory");
    fs::create_dir(root.path().join("a")).expect("a directory");
    fs::write(root.path().join("a/.wh.b"), "").expect("a file");
    let (written, _) = tar_of(root.path(), Latest::default());
    assert_eq!(tar(&["-t"], &written), "a/\na/.wh.b\n");
    let mut file = File::create(written.path().join("image.tar")).expect("a file");
    let failed = write_image(root.path(), b"{}", None, &mut file, Latest::default());
    let failed = failed.expect_err("no layer").to_string();
    assert_eq!(failed, "/a/.wh.b: the layer of an image can't have a name that begins with `.wh.`");
    let failed = write_image(root.path(), b"[]", None, &mut file, Latest::default());
    assert!(matches!(failed, Err(Error::Config(_))));
}

#[test]
fn no_link_leads_out_of_the_tree() {
    let root = TempDir::new().expect("a directory");
    symlink("/etc", root.path().join("etc")).expect("a link");
    let (written, _) = tar_of(root.path(), Latest::default());
    assert_eq!(tar(&["-t"], &written), "etc\n");
    let linked = TempDir::new().expect("a directory");
    symlink(root.path(), linked.path().join("root")).expect("a link");
    let mut file = File::create(linked.path().join("it.tar")).expect("a file");
    assert!(write_tar(&linked.path().join("root"), &mut file, Latest::default()).is_err());
}
