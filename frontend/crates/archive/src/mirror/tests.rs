use std::fs::{self, File, Permissions};
use std::io::Write;
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tempfile::TempDir;

use super::{Mirrored, mirror};
use crate::Latest;
use crate::tests::{bytes, tar_of, tree};

fn directory() -> TempDir {
    TempDir::new().expect("a directory")
}

fn mirrored(from: &Path, to: &Path) -> Mirrored {
    mirror(from, to, None).expect("mirrored")
}

/// Holds two trees to be the same but for the parts of a second in their times.
fn same(one: &Path, other: &Path) {
    let [one, other] = [one, other].map(|it| tar_of(it, Latest::default()).0);
    assert!(bytes(&one) == bytes(&other), "the trees are not the same");
}

fn set_time(path: &Path, time: SystemTime) {
    File::open(path).and_then(|it| it.set_modified(time)).expect("a time");
}

/// A tree of all that can be copied.
fn plain_tree() -> TempDir {
    let tree = tree();
    fs::remove_file(tree.path().join("fifo")).expect("removed");
    tree
}

#[test]
fn all_of_a_tree_is_made() {
    let (from, to) = (plain_tree(), directory());
    let made = mirrored(from.path(), to.path());
    assert_eq!(made.left_out, []);
    same(from.path(), to.path());
    let both = |path: &str| {
        [&from, &to].map(|tree| fs::metadata(tree.path().join(path)).expect("metadata"))
    };
    for path in ["a.txt", "empty", "B", "holes", ""] {
        let [one, other] = both(path);
        assert_eq!((one.mtime(), one.mtime_nsec()), (other.mtime(), other.mtime_nsec()), "{path}");
        assert_eq!(one.mode(), other.mode(), "{path}");
    }
    let [one, other] = both("holes");
    assert_eq!((one.len(), one.blocks()), (other.len(), other.blocks()));
    assert_eq!(both("hard")[1].ino(), both("B/a")[1].ino());
}

#[test]
fn what_is_the_same_is_not_written_again() {
    let (from, to) = (plain_tree(), directory());
    mirrored(from.path(), to.path());
    assert_eq!(mirrored(from.path(), to.path()).files_written, 0);
    let at = |path: &str| from.path().join(path);
    fs::write(at("B/new"), "new").expect("written");
    fs::write(at("a-block"), vec![b'y'; 512]).expect("written");
    fs::remove_file(at("soft")).expect("removed");
    fs::set_permissions(at("nothing"), Permissions::from_mode(0o600)).expect("a mode");
    assert_eq!(mirrored(from.path(), to.path()).files_written, 3);
    same(from.path(), to.path());
}

#[test]
fn a_name_may_become_something_else() {
    let (from, to) = (plain_tree(), directory());
    let at = |path: &str| to.path().join(path);
    fs::create_dir_all(at("a.txt/below/it")).expect("a directory");
    fs::write(at("empty"), "a file").expect("written");
    symlink("elsewhere", at("soft")).expect("a link");
    fs::create_dir_all(at("soft and long/x")).expect("a directory");
    fs::write(at("gone"), "").expect("written");
    fs::create_dir_all(at("gone too/x")).expect("a directory");
    mirrored(from.path(), to.path());
    same(from.path(), to.path());
}

#[test]
fn a_time_that_was_cut_has_the_content_compared() {
    let (from, to) = (directory(), directory());
    let time = UNIX_EPOCH + Duration::new(1_000_000_000, 5);
    let cut = UNIX_EPOCH + Duration::new(1_000_000_000, 0);
    for (tree, time) in [(&from, time), (&to, cut)] {
        for name in ["same", "other"] {
            let path = tree.path().join(name);
            fs::write(&path, if name == "same" { "same" } else { "left" }).expect("written");
            set_time(&path, time);
        }
    }
    let other = to.path().join("other");
    fs::write(&other, "righ").expect("written");
    set_time(&other, cut);
    assert_eq!(mirrored(from.path(), to.path()).files_written, 1);
    assert_eq!(fs::read_to_string(other).expect("a file"), "left");
    assert_eq!(fs::metadata(to.path().join("same")).expect("metadata").mtime_nsec(), 0);
}

#[test]
fn hard_links_are_those_of_the_other() {
    let (from, to) = (directory(), directory());
    let write = |tree: &TempDir, links: [(&str, &str); 2]| {
        for (first, second) in links {
            let [first, second] = [first, second].map(|it| tree.path().join(it));
            fs::write(&first, "the same").expect("written");
            set_time(&first, UNIX_EPOCH);
            fs::hard_link(first, second).expect("a link");
        }
    };
    write(&from, [("a", "b"), ("c", "d")]);
    write(&to, [("a", "c"), ("b", "d")]);
    mirrored(from.path(), to.path());
    let number = |name: &str| fs::metadata(to.path().join(name)).expect("metadata").ino();
    assert_eq!((number("a"), number("c")), (number("b"), number("d")));
    assert_ne!(number("a"), number("c"));
    fs::remove_file(from.path().join("b")).expect("removed");
    fs::write(from.path().join("b"), "the same").expect("written");
    mirrored(from.path(), to.path());
    assert_ne!(number("a"), number("b"));
}

#[test]
fn large_files_and_holes_are_copied() {
    let (from, to) = (directory(), directory());
    let at = |path: &str| from.path().join(path);
    let mut whole = File::create(at("whole")).expect("a file");
    for number in 0..300_000_u32 {
        whole.write_all(&number.to_le_bytes()).expect("written");
    }
    let holes = File::create(at("holes")).expect("a file");
    for offset in [0, 1 << 20, 3 << 20] {
        holes.write_at(b"data", offset).expect("written");
    }
    holes.set_len(5 << 20).expect("a length");
    File::create(at("nothing but a hole")).and_then(|it| it.set_len(1 << 20)).expect("a length");
    mirrored(from.path(), to.path());
    for name in ["whole", "holes", "nothing but a hole"] {
        let [one, other] = [&from, &to].map(|tree| tree.path().join(name));
        assert!(fs::read(&one).expect("read") == fs::read(&other).expect("read"), "{name}");
        let [one, other] = [one, other].map(|it| fs::metadata(it).expect("metadata").blocks());
        assert_eq!(one, other, "{name}");
    }
}

#[test]
fn one_name_can_be_as_if_it_were_not_there() {
    let (from, to) = (directory(), directory());
    for name in [".hidden", "shown"] {
        fs::create_dir(from.path().join(name)).expect("a directory");
    }
    mirror(from.path(), to.path(), Some(c".hidden")).expect("mirrored");
    assert!(to.path().join("shown").exists() && !to.path().join(".hidden").exists());
}

#[test]
fn what_nobody_can_copy_is_left_out() {
    let (from, to) = (tree(), directory());
    let made = mirrored(from.path(), to.path());
    assert_eq!(made.left_out_count, 1);
    assert_eq!(made.left_out, [("fifo".into(), "a FIFO".to_owned())]);
    assert!(!to.path().join("fifo").exists());
}

#[test]
fn what_vanishes_is_as_if_it_had_never_been() {
    let (from, to) = (directory(), directory());
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                for number in 0..50 {
                    let dir = from.path().join(format!("d{number}/x"));
                    fs::create_dir_all(&dir).expect("a directory");
                    fs::write(dir.join("file"), "text").expect("written");
                    symlink("file", dir.join("link")).expect("a link");
                }
                for number in 0..50 {
                    fs::remove_dir_all(from.path().join(format!("d{number}"))).expect("removed");
                }
            }
        });
        for _ in 0..50 {
            let made = mirror(from.path(), to.path(), None);
            if let Err(error) = made {
                is_over.store(true, Ordering::Relaxed);
                panic!("{error}");
            }
        }
        is_over.store(true, Ordering::Relaxed);
    });
    mirrored(from.path(), to.path());
    same(from.path(), to.path());
}
