use std::ffi::{CStr, CString, OsStr};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Dir, OFlags};
use rustix::io::Errno;

/// No link is followed, and nothing waits for the other end of a FIFO.
pub const FILE: OFlags =
    OFlags::RDONLY.union(OFlags::NOFOLLOW).union(OFlags::NONBLOCK).union(OFlags::CLOEXEC);
pub const DIRECTORY: OFlags = FILE.union(OFlags::DIRECTORY);

/// The names in a directory, in any order.
pub fn names(directory: &OwnedFd) -> Result<Vec<CString>, Errno> {
    let mut names = Vec::new();
    for entry in Dir::read_from(directory)? {
        let name = entry?.file_name().to_owned();
        if !matches!(name.to_bytes(), b"." | b"..") {
            names.push(name);
        }
    }
    Ok(names)
}

/// A path of the tree in an error.
pub fn shown(path: &[u8]) -> &Path {
    Path::new(OsStr::from_bytes(path))
}

/// A name in an open directory as a path, however deep the directory is.
pub fn path(directory: &OwnedFd, name: &CStr) -> PathBuf {
    let open = format!("/proc/self/fd/{}", directory.as_raw_fd());
    Path::new(&open).join(shown(name.to_bytes()))
}
