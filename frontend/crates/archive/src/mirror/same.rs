use std::ffi::CStr;
use std::fs::File;
use std::io;

use rustix::fs::{Mode, Stat, openat, readlinkat};

use super::Level;
use super::content::Copier;
use crate::walk::FILE;
use crate::xattr::xattrs;

/// Whether two files are the same, as [`mirror`](super::mirror) says.
pub fn is_same_file(
    from: &File,
    there: &Stat,
    level: &Level,
    name: &CStr,
    here: &Stat,
    copier: &mut Copier,
) -> io::Result<bool> {
    let is_alike = there.st_nlink == here.st_nlink
        && there.st_size == here.st_size
        && has_same_owner_and_mode(there, here);
    if !is_alike || !has_same_time(there, here) {
        return Ok(false);
    }
    let to = File::from(openat(&level.to, name, FILE, Mode::empty())?);
    if xattrs(from)? != xattrs(&to)? {
        return Ok(false);
    }
    // With a time that was not cut, it is the one that this program itself set when it wrote the same content.
    Ok(there.st_mtime_nsec == here.st_mtime_nsec && there.st_mtime_nsec != 0
        || copier.is_same(from, &to)?)
}

/// The same of what two directories themselves have.
pub fn is_same_directory(from: &File, there: &Stat, to: &File, here: &Stat) -> io::Result<bool> {
    Ok(has_same_owner_and_mode(there, here)
        && has_same_time(there, here)
        && xattrs(from)? == xattrs(to)?)
}

pub fn is_same_link(target: &CStr, there: &Stat, level: &Level, name: &CStr, here: &Stat) -> bool {
    has_same_owner_and_mode(there, here)
        && has_same_time(there, here)
        && readlinkat(&level.to, name, Vec::new()).is_ok_and(|it| it.as_c_str() == target)
}

pub fn is_same_device(there: &Stat, here: &Stat) -> bool {
    there.st_rdev == here.st_rdev
        && has_same_owner_and_mode(there, here)
        && has_same_time(there, here)
}

/// The mode says also what kind of file it is.
fn has_same_owner_and_mode(there: &Stat, here: &Stat) -> bool {
    (there.st_mode, there.st_uid, there.st_gid) == (here.st_mode, here.st_uid, here.st_gid)
}

/// The layers of images have whole seconds (BuildKit 0.13 to 0.32 by way of containerd, `archive/tar.go`,
/// `HandleChange`).
fn has_same_time(there: &Stat, here: &Stat) -> bool {
    there.st_mtime == here.st_mtime
        && (here.st_mtime_nsec == 0 || here.st_mtime_nsec == there.st_mtime_nsec)
}
