use std::collections::HashMap;
use std::ffi::{CStr, CString};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, FileType, Mode, Stat, major, minor, openat, readlinkat, statat};

use super::error::{At, Error};
use super::header::{EntryType, Header};
use super::pax::Pax;
use super::tar::Tar;
use super::walk::{DIRECTORY, FILE, names, shown};
use super::xattr::xattrs;

/// The latest time that an entry may have, in seconds since 1970; without one each has that of its file.
///
/// Times after it become it, as those that the build itself made: two builds with the same one give the same bytes. It is what
/// `rewrite-timestamp` does to the layers of an image (BuildKit 0.32, `util/converter/converter.go`,
/// `rewriteTimestampInTarHeader`).
#[derive(Clone, Copy, Debug, Default)]
pub struct Latest(pub Option<i64>);

/// What the tar file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    Plain,
    /// The layer of an image, in which some names have a meaning.
    Layer,
}

/// What is known of a tree that was written.
#[derive(Debug, Default)]
pub struct Written {
    /// The latest time of an entry.
    pub newest: i64,
    /// Sockets, which no tar file has: they are of the processes that made them.
    pub left_out: Vec<PathBuf>,
}

/// Writes everything in a directory to a tar file.
///
/// # Errors
/// What can't be read or written.
pub fn write_tar(root: &Path, to: &mut File, latest: Latest) -> Result<Written, Error> {
    let mut tar = Tar::new(BufWriter::new(to));
    let written = write_tree(root, &mut tar, Layout::Plain, latest)?;
    tar.finish()?.flush()?;
    Ok(written)
}

/// Writes everything in a directory as entries of a tar file: each directory before what is in it, and what is in it
/// sorted by the bytes of the names. The directory itself is no entry.
pub fn write_tree<W: Write>(
    root: &Path,
    tar: &mut Tar<W>,
    layout: Layout,
    latest: Latest,
) -> Result<Written, Error> {
    let mut tree = Tree { tar, layout, latest, names: HashMap::new(), written: Written::default() };
    let root = openat(CWD, root, DIRECTORY, Mode::empty()).at(Path::new(""))?;
    let mut levels = vec![Level::open(root, Vec::new())?];
    while let Some(level) = levels.last_mut() {
        let Some(name) = level.names.next() else {
            levels.pop();
            continue;
        };
        if let Some(below) = tree.entry(level, &name)? {
            levels.push(below);
        }
    }
    Ok(tree.written)
}

/// A tree on its way into a tar file.
struct Tree<'t, W> {
    tar: &'t mut Tar<W>,
    layout: Layout,
    latest: Latest,
    /// The first name of each file that has several, by its device and number.
    names: HashMap<(u64, u64), Vec<u8>>,
    written: Written,
}

/// A directory whose entries are being written.
struct Level {
    fd: OwnedFd,
    /// With a slash at the end; empty for the root.
    path: Vec<u8>,
    /// Those that are left.
    names: std::vec::IntoIter<CString>,
}

impl Level {
    fn open(fd: OwnedFd, path: Vec<u8>) -> Result<Self, Error> {
        let mut names = names(&fd).at(shown(&path))?;
        names.sort_unstable();
        Ok(Self { fd, path, names: names.into_iter() })
    }
}

impl<W: Write> Tree<'_, W> {
    /// Writes what a name stands for; a directory is returned, to be continued with.
    fn entry(&mut self, level: &Level, name: &CStr) -> Result<Option<Level>, Error> {
        let mut path = [&level.path, name.to_bytes()].concat();
        if self.layout == Layout::Layer && name.to_bytes().starts_with(b".wh.") {
            return Err(Error::Whiteout(shown(&path).to_owned()));
        }
        let stat = statat(&level.fd, name, AtFlags::SYMLINK_NOFOLLOW).at(shown(&path))?;
        let open = |flags| openat(&level.fd, name, flags, Mode::empty()).at(shown(&path));
        let device = (major(stat.st_rdev), minor(stat.st_rdev));
        let entry_type = match FileType::from_raw_mode(stat.st_mode) {
            FileType::Directory => {
                let fd = File::from(open(DIRECTORY)?);
                let pax = Pax::of_xattrs(&xattrs(&fd).at(shown(&path))?);
                path.push(b'/');
                self.plain(EntryType::Directory, &path, b"", &stat, pax)?;
                return Level::open(fd.into(), path).map(Some);
            }
            FileType::RegularFile => EntryType::File,
            FileType::Symlink => EntryType::Symlink,
            FileType::Fifo => EntryType::Fifo,
            FileType::CharacterDevice => EntryType::CharDevice { major: device.0, minor: device.1 },
            FileType::BlockDevice => EntryType::BlockDevice { major: device.0, minor: device.1 },
            FileType::Socket | FileType::Unknown => {
                self.written.left_out.push(shown(&path).to_owned());
                return Ok(None);
            }
        };
        if stat.st_nlink > 1 {
            let number = (stat.st_dev, stat.st_ino);
            if let Some(first) = self.names.get(&number).cloned() {
                self.plain(EntryType::HardLink, &path, &first, &stat, Pax::default())?;
                return Ok(None);
            }
            self.names.insert(number, path.clone());
        }
        match entry_type {
            EntryType::File => {
                let file = File::from(open(FILE)?);
                let pax = Pax::of_xattrs(&xattrs(&file).at(shown(&path))?);
                let size = u64::try_from(stat.st_size).unwrap_or_default();
                let header = Header { size, ..self.header(entry_type, &path, b"", &stat) };
                self.tar.entry(&header, pax)?;
                self.tar.content(size, file, shown(&path))?;
            }
            EntryType::Symlink => {
                let target = readlinkat(&level.fd, name, Vec::new()).at(shown(&path))?;
                self.plain(entry_type, &path, target.to_bytes(), &stat, Pax::default())?;
            }
            _ => self.plain(entry_type, &path, b"", &stat, Pax::default())?,
        }
        Ok(None)
    }

    /// Writes an entry without content.
    fn plain(
        &mut self,
        entry_type: EntryType,
        path: &[u8],
        link: &[u8],
        stat: &Stat,
        pax: Pax,
    ) -> Result<(), Error> {
        let header = self.header(entry_type, path, link, stat);
        self.tar.entry(&header, pax)
    }

    fn header<'a>(
        &mut self,
        entry_type: EntryType,
        path: &'a [u8],
        link: &'a [u8],
        stat: &Stat,
    ) -> Header<'a> {
        let mtime = self.latest.0.map_or(stat.st_mtime, |latest| latest.min(stat.st_mtime));
        self.written.newest = self.written.newest.max(mtime);
        let (mode, uid, gid) = (stat.st_mode & 0o7777, stat.st_uid, stat.st_gid);
        Header { entry_type, path, link, mode, uid, gid, mtime, size: 0 }
    }
}
