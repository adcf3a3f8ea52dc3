use std::ffi::CStr;
use std::fs::File;
use std::path::Path;

use rustix::fs::{
    AtFlags, Gid, Mode, Stat, Timespec, Timestamps, Uid, XattrFlags, chownat, fchmod, fchown,
    fremovexattr, fsetxattr, fstat, futimens, utimensat,
};
use rustix::io::Errno;

use super::same::is_same_directory;
use super::{Level, MAX_LISTED, Mirror, Target};
use crate::error::{At, Error};
use crate::walk::shown;
use crate::xattr::xattrs;

impl Mirror {
    /// Sets what a directory itself has, once nothing is written into it any more.
    pub fn finish(&mut self, level: &Level) -> Result<(), Error> {
        let path = shown(&level.path);
        let [from, to] = [&level.from, &level.to].map(|it| it.try_clone().map(File::from));
        let (from, to) = (from.at(path)?, to.made_at(path)?);
        let here = fstat(&to).made_at(path)?;
        let is_same = level.target == Target::Known
            && is_same_directory(&from, &level.stat, &to, &here).at(path)?;
        if is_same { Ok(()) } else { self.set(&from, &level.stat, &to, path) }
    }

    /// Sets all that a file or a directory has besides what it holds.
    pub fn set(&mut self, from: &File, stat: &Stat, to: &File, path: &Path) -> Result<(), Error> {
        self.forbidden(fchown(to, Some(uid(stat)), Some(gid(stat))), path, "its owner")?;
        // After the owner, with which the kernel takes the bits away that give rights.
        fchmod(to, Mode::from_raw_mode(stat.st_mode)).made_at(path)?;
        let wanted = xattrs(from).at(path)?;
        for (name, _) in xattrs(to).made_at(path)? {
            if wanted.iter().all(|(other, _)| *other != name) {
                fremovexattr(to, &name[..]).made_at(path)?;
            }
        }
        for (name, value) in wanted {
            let what = String::from_utf8_lossy(&name).into_owned();
            let set = fsetxattr(to, &name[..], &value, XattrFlags::empty());
            self.forbidden(set, path, &what)?;
        }
        futimens(to, &times(stat)).made_at(path)
    }

    /// The same for what can't be opened.
    pub fn set_owner_and_times(
        &mut self,
        stat: &Stat,
        level: &Level,
        name: &CStr,
        path: &Path,
    ) -> Result<(), Error> {
        let flags = AtFlags::SYMLINK_NOFOLLOW;
        let owned = chownat(&level.to, name, Some(uid(stat)), Some(gid(stat)), flags);
        self.forbidden(owned, path, "its owner")?;
        utimensat(&level.to, name, &times(stat), flags).made_at(path)
    }

    pub fn leave_out(&mut self, path: &Path, why: String) {
        self.mirrored.left_out_count += 1;
        if self.mirrored.left_out.len() < MAX_LISTED {
            self.mirrored.left_out.push((path.to_owned(), why));
        }
    }

    /// Takes note of what this process may not do, or this filesystem can't.
    fn forbidden(&mut self, done: Result<(), Errno>, path: &Path, what: &str) -> Result<(), Error> {
        match done {
            // An owner that the user namespace does not know is not valid.
            Err(error @ (Errno::PERM | Errno::NOTSUP | Errno::INVAL)) => {
                self.leave_out(path, format!("{what}: {error}"));
                Ok(())
            }
            done => done.made_at(path),
        }
    }
}

fn uid(stat: &Stat) -> Uid {
    Uid::from_raw(stat.st_uid)
}

fn gid(stat: &Stat) -> Gid {
    Gid::from_raw(stat.st_gid)
}

fn times(stat: &Stat) -> Timestamps {
    let time = |tv_sec, tv_nsec| Timespec { tv_sec, tv_nsec };
    Timestamps {
        last_access: time(stat.st_atime, stat.st_atime_nsec as _),
        last_modification: time(stat.st_mtime, stat.st_mtime_nsec as _),
    }
}
