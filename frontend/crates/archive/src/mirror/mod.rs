//! A directory made the same as another, by writing no more than what differs.
//!
//! In: a directory that others may be changing, and one that nobody else uses. Out: the second is as the first was: names,
//! contents, holes, owners, modes, times, extended attributes, hard links. Start at [`mirror`].

mod content;
mod entry;
mod same;
mod set;

use std::collections::HashMap;
use std::ffi::{CStr, CString};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Mode, Stat, fstat, openat, unlinkat};
use rustix::io::Errno;

use self::content::Copier;
use super::error::{At, Error};
use super::walk::{DIRECTORY, names, shown};

/// What is known of a directory that was made the same as another.
#[derive(Debug, Default)]
pub struct Mirrored {
    /// The first of what could not be made, each with why.
    pub left_out: Vec<(PathBuf, String)>,
    pub left_out_count: usize,
    /// How many files were written.
    pub files_written: u64,
}

/// Most that is listed in [`Mirrored::left_out`].
const MAX_LISTED: usize = 20;

/// Makes a directory the same as another. A name `except` in the other is as if it were not there.
///
/// What vanishes there while it is looked at is as if it had never been. FIFOs and sockets are left out, and so is what
/// this process may not make: devices, owners, extended attributes.
///
/// A file is not written if it has the size, time, mode, owner, number of links and extended attributes that it is to have.
/// If its time has whole seconds, those of the layer of an image, its content is compared as well.
///
/// # Errors
/// What can't be read, and what can't be written although this process may.
pub fn mirror(from: &Path, to: &Path, except: Option<&CStr>) -> Result<Mirrored, Error> {
    let open = |path: &Path| openat(CWD, path, DIRECTORY, Mode::empty());
    let from = open(from).at(Path::new(""))?;
    let [to, root] = [open(to), open(to)].map(|it| it.made_at(Path::new("")));
    let mut first = Level::open(from, to?, Vec::new(), Target::Known)?;
    first.names.retain(|name| Some(name.as_c_str()) != except);
    let (copier, links) = (Copier::default(), HashMap::new());
    let mut mirror = Mirror { root: root?, copier, links, mirrored: Mirrored::default() };
    remove_others(&first)?;
    let mut levels = vec![first];
    while let Some(level) = levels.last_mut() {
        let Some(name) = level.names.pop() else {
            mirror.finish(level)?;
            levels.pop();
            continue;
        };
        if let Some(below) = mirror.entry(level, &name)? {
            remove_others(&below)?;
            levels.push(below);
        }
    }
    Ok(mirror.mirrored)
}

/// A directory that is becoming the same as another.
struct Mirror {
    root: OwnedFd,
    copier: Copier,
    /// For each file of the other that has several names the first one, by its device and number.
    links: HashMap<(u64, u64), Vec<u8>>,
    mirrored: Mirrored,
}

/// What a directory has that is written to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Target {
    /// Nothing.
    New,
    Known,
}

/// A directory on both sides, whose entries are being looked at.
struct Level {
    from: OwnedFd,
    to: OwnedFd,
    target: Target,
    /// With a slash at the end; empty for the root.
    path: Vec<u8>,
    stat: Stat,
    /// Those that are left, sorted from the last to the first.
    names: Vec<CString>,
}

impl Level {
    fn open(from: OwnedFd, to: OwnedFd, path: Vec<u8>, target: Target) -> Result<Self, Error> {
        let stat = fstat(&from).at(shown(&path))?;
        let mut names = names(&from).at(shown(&path))?;
        names.sort_unstable_by(|one, other| other.cmp(one));
        Ok(Self { from, to, target, path, stat, names })
    }
}

/// Removes what the other directory does not have.
fn remove_others(level: &Level) -> Result<(), Error> {
    if level.target == Target::New {
        return Ok(());
    }
    for name in names(&level.to).made_at(shown(&level.path))? {
        if level.names.binary_search_by(|it| name.cmp(it)).is_err() {
            let path = [&level.path, name.to_bytes()].concat();
            remove(&level.to, &name).made_at(shown(&path))?;
        }
    }
    Ok(())
}

/// Removes a name, and all that is below it.
fn remove(from: &OwnedFd, name: &CStr) -> std::io::Result<()> {
    match unlinkat(from, name, AtFlags::empty()) {
        Err(Errno::ISDIR | Errno::PERM) => std::fs::remove_dir_all(super::walk::path(from, name)),
        removed => Ok(removed?),
    }
}

#[cfg(test)]
mod tests;
