use std::fs::{File, symlink_metadata};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use rustix::fs::{CWD, Mode, openat};

use super::digest::{Digest, Digesting};
use super::error::{At, Error};
use super::header::{EntryType, Header};
use super::pax::Pax;
use super::tar::Tar;
use super::tree::{Latest, Layout, write_tree};
use super::walk::FILE;
use super::xattr::xattrs;

/// The digest of a file, or of a directory with everything in it: that of its tar file, with itself as the first entry, and
/// without times.
///
/// # Errors
/// What can't be read.
pub fn content_digest(path: &Path) -> Result<Digest, Error> {
    let root = Path::new("");
    let found = symlink_metadata(path).at(root)?;
    let file = File::from(openat(CWD, path, FILE, Mode::empty()).at(root)?);
    let mut tar = Tar::new(Digesting::new(io::sink()));
    let (entry_type, name, size) = match found.is_dir() {
        true => (EntryType::Directory, &b"./"[..], 0),
        false => (EntryType::File, &b"."[..], found.len()),
    };
    let (mode, uid, gid) = (found.permissions().mode() & 0o7777, found.uid(), found.gid());
    let header = Header { entry_type, path: name, link: b"", mode, uid, gid, mtime: 0, size };
    tar.entry(&header, Pax::of_xattrs(&xattrs(&file).at(root)?))?;
    match found.is_dir() {
        true => drop(write_tree(path, &mut tar, Layout::Plain, Latest(Some(0)))?),
        false => tar.content(size, file, root)?,
    }
    Ok(tar.finish()?.finish())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs::{self, Permissions};
    use std::os::unix::fs::symlink;
    use std::time::UNIX_EPOCH;

    use super::*;
    use crate::tests::tree;

    fn digest(path: &Path) -> String {
        content_digest(path).expect("a digest").hex
    }

    #[test]
    fn no_time_counts_and_the_same_tree_has_the_same_digest() {
        let (one, two) = (tree(), tree());
        let file = File::options().append(true).open(two.path().join("holes")).expect("a file");
        file.set_modified(UNIX_EPOCH).expect("a time");
        assert_eq!(digest(one.path()), digest(two.path()));
    }

    #[test]
    fn every_change_counts() {
        let mode = |path: &Path, mode| fs::set_permissions(path, Permissions::from_mode(mode));
        type Edit<'e> = &'e dyn Fn(&Path) -> io::Result<()>;
        let edits: &[(&str, Edit<'_>)] = &[
            ("nothing", &|_| Ok(())),
            ("content", &|root| fs::write(root.join("a.txt"), "other")),
            ("one byte", &|root| fs::write(root.join("nothing"), "\0")),
            ("two bytes", &|root| fs::write(root.join("nothing"), "\0\0")),
            ("an empty file", &|root| fs::write(root.join("more"), "")),
            ("an empty directory", &|root| fs::create_dir(root.join("more"))),
            ("a link", &|root| symlink("a.txt", root.join("more"))),
            ("another link", &|root| symlink("a.tx", root.join("more"))),
            ("a hard link", &|root| fs::hard_link(root.join("a.txt"), root.join("more"))),
            ("a copy", &|root| fs::copy(root.join("a.txt"), root.join("more")).map(drop)),
            ("another name", &|root| fs::rename(root.join("empty"), root.join("empt"))),
            ("deeper", &|root| fs::rename(root.join("nothing"), root.join("B/nothing"))),
            ("away", &|root| fs::remove_file(root.join("nothing"))),
            ("a file's mode", &|root| mode(&root.join("holes"), 0o645)),
            ("a directory's mode", &|root| mode(&root.join("B"), 0o755)),
            ("the root's mode", &|root| mode(root, 0o701)),
            // The same bytes in the same order, divided in another way.
            ("ab and c", &|root| {
                fs::write(root.join("B/ab"), "c").and_then(|()| fs::write(root.join("B/d"), "e"))
            }),
            ("a and bc", &|root| {
                fs::write(root.join("B/a"), "bc").and_then(|()| fs::write(root.join("B/de"), ""))
            }),
            ("a file of a file's name", &|root| {
                fs::create_dir(root.join("more")).and_then(|()| fs::write(root.join("more/x"), ""))
            }),
        ];
        let mut digests = BTreeMap::new();
        for (name, edit) in edits {
            let tree = tree();
            edit(tree.path()).expect("an edit");
            if let Some(other) = digests.insert(digest(tree.path()), name) {
                panic!("{name} is {other}");
            }
        }
    }

    #[test]
    fn a_file_has_one_as_well() {
        let tree = tree();
        let [one, other, directory] =
            ["a.txt", "holes", "empty"].map(|it| digest(&tree.path().join(it)));
        assert!(one != other && one != directory && other != directory);
    }
}
