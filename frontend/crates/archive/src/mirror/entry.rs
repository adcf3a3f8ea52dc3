use std::ffi::CStr;
use std::fs::File;
use std::os::fd::OwnedFd;

use rustix::fs::{
    AtFlags, FileType, Mode, OFlags, Stat, linkat, mkdirat, mknodat, openat, readlinkat, statat,
    symlinkat,
};
use rustix::io::Errno;

use super::same::{is_same_device, is_same_file, is_same_link};
use super::{Level, Mirror, Target, remove};
use crate::error::{At, Error};
use crate::walk::{DIRECTORY, FILE, shown};

/// A name on both sides.
struct Entry<'l> {
    level: &'l Level,
    name: &'l CStr,
    path: Vec<u8>,
    there: Stat,
    /// What stands in the directory that is written to.
    here: Option<Stat>,
}

impl Entry<'_> {
    /// Removes what stands here.
    fn clear(&self) -> Result<(), Error> {
        match self.here {
            None => Ok(()),
            Some(_) => remove(&self.level.to, self.name).made_at(shown(&self.path)),
        }
    }
}

impl Mirror {
    /// Makes what a name stands for the same; a directory is returned, to be continued with.
    pub fn entry(&mut self, level: &Level, name: &CStr) -> Result<Option<Level>, Error> {
        let path = [&level.path, name.to_bytes()].concat();
        let here = match level.target {
            Target::New => None,
            Target::Known => match stat(&level.to, name) {
                Err(Errno::NOENT) => None,
                here => Some(here.made_at(shown(&path))?),
            },
        };
        let there = match stat(&level.from, name) {
            Err(error) if is_gone(error) => {
                if here.is_some() {
                    remove(&level.to, name).made_at(shown(&path))?;
                }
                return Ok(None);
            }
            there => there.at(shown(&path))?,
        };
        let entry = Entry { level, name, path, there, here };
        match FileType::from_raw_mode(there.st_mode) {
            FileType::Directory => return self.directory(entry),
            FileType::RegularFile => self.file(&entry)?,
            FileType::Symlink => self.symlink(&entry)?,
            FileType::CharacterDevice | FileType::BlockDevice => self.device(&entry)?,
            FileType::Fifo => self.without(&entry, "a FIFO")?,
            FileType::Socket | FileType::Unknown => self.without(&entry, "a socket")?,
        }
        Ok(None)
    }

    fn without(&mut self, entry: &Entry<'_>, why: &str) -> Result<(), Error> {
        entry.clear()?;
        self.leave_out(shown(&entry.path), why.to_owned());
        Ok(())
    }

    fn directory(&mut self, mut entry: Entry<'_>) -> Result<Option<Level>, Error> {
        let Entry { level, name, .. } = entry;
        let Some(from) = opened(&entry, DIRECTORY)? else { return Ok(None) };
        let is_here = entry.here.is_some_and(|it| FileType::from_raw_mode(it.st_mode).is_dir());
        let target = if is_here { Target::Known } else { Target::New };
        if target == Target::New {
            entry.clear()?;
            mkdirat(&level.to, name, Mode::RWXU).made_at(shown(&entry.path))?;
        }
        let to = openat(&level.to, name, DIRECTORY, Mode::empty()).made_at(shown(&entry.path))?;
        entry.path.push(b'/');
        Level::open(from, to, entry.path, target).map(Some)
    }

    fn file(&mut self, entry: &Entry<'_>) -> Result<(), Error> {
        let Entry { level, name, path, there, here } = entry;
        let number = (there.st_dev, there.st_ino);
        if there.st_nlink > 1
            && let Some(first) = self.links.get(&number)
            && link(&self.root, first, entry)?
        {
            return Ok(());
        }
        let Some(from) = opened(entry, FILE)?.map(File::from) else { return Ok(()) };
        let is_same = match here {
            Some(here) => {
                is_same_file(&from, there, level, name, here, &mut self.copier).at(shown(path))?
            }
            None => false,
        };
        if !is_same {
            entry.clear()?;
            let new = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
            let to = openat(&level.to, *name, new, Mode::RUSR | Mode::WUSR);
            let to = File::from(to.made_at(shown(path))?);
            self.copier.copy(&from, &to, there).made_at(shown(path))?;
            self.set(&from, there, &to, shown(path))?;
            self.mirrored.files_written += 1;
        }
        if there.st_nlink > 1 {
            self.links.insert(number, path.clone());
        }
        Ok(())
    }

    fn symlink(&mut self, entry: &Entry<'_>) -> Result<(), Error> {
        let Entry { level, name, path, there, here } = entry;
        let target = match readlinkat(&level.from, *name, Vec::new()) {
            Err(error) if is_gone(error) => return entry.clear(),
            target => target.at(shown(path))?,
        };
        if here.is_some_and(|here| is_same_link(&target, there, level, name, &here)) {
            return Ok(());
        }
        entry.clear()?;
        symlinkat(&target, &level.to, *name).made_at(shown(path))?;
        self.set_owner_and_times(there, level, name, shown(path))
    }

    fn device(&mut self, entry: &Entry<'_>) -> Result<(), Error> {
        let Entry { level, name, path, there, here } = entry;
        if here.is_some_and(|here| is_same_device(there, &here)) {
            return Ok(());
        }
        entry.clear()?;
        let (kind, mode) =
            (FileType::from_raw_mode(there.st_mode), Mode::from_raw_mode(there.st_mode));
        match mknodat(&level.to, *name, kind, mode, there.st_rdev) {
            Err(Errno::PERM) => {
                self.leave_out(shown(path), "a device that may not be made here".to_owned());
                return Ok(());
            }
            made => made.made_at(shown(path))?,
        }
        self.set_owner_and_times(there, level, name, shown(path))?;
        let mode = rustix::fs::chmodat(&level.to, *name, mode, AtFlags::empty());
        mode.made_at(shown(path))
    }
}

/// Another name for what was made already, if that can be had.
fn link(root: &OwnedFd, first: &[u8], entry: &Entry<'_>) -> Result<bool, Error> {
    let Entry { level, name, here, .. } = entry;
    let is_one = |here: &Stat| {
        statat(root, first, AtFlags::SYMLINK_NOFOLLOW)
            .is_ok_and(|it| (it.st_dev, it.st_ino) == (here.st_dev, here.st_ino))
    };
    if here.as_ref().is_some_and(is_one) {
        return Ok(true);
    }
    entry.clear()?;
    // A file may have no more names, or this one may be too long: it is then a file of its own.
    Ok(linkat(root, first, &level.to, *name, AtFlags::empty()).is_ok())
}

fn stat(dir: &OwnedFd, name: &CStr) -> Result<Stat, Errno> {
    statat(dir, name, AtFlags::SYMLINK_NOFOLLOW)
}

/// The source of an entry, unless it is gone: then nothing stands here either.
fn opened(entry: &Entry<'_>, flags: OFlags) -> Result<Option<OwnedFd>, Error> {
    match openat(&entry.level.from, entry.name, flags, Mode::empty()) {
        Err(error) if is_gone(error) => entry.clear().map(|()| None),
        opened => opened.at(shown(&entry.path)).map(Some),
    }
}

/// Whether an error says that what was there a moment ago no longer is, or is something else.
fn is_gone(error: Errno) -> bool {
    matches!(error, Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::STALE | Errno::NXIO)
}
