use std::fs::File;

use rustix::fs::{fgetxattr, flistxattr, flistxattr_query};
use rustix::io::Errno;

/// Largest value, and largest list of names (Linux, `XATTR_SIZE_MAX` and `XATTR_LIST_MAX` in `linux/limits.h`).
const MAX_BYTES: usize = 64 << 10;

/// An extended attribute: its name and its value.
pub type Xattr = (Vec<u8>, Vec<u8>);

/// The extended attributes of a file or a directory that belong to it wherever it goes, sorted by name.
///
/// Devices and FIFOs are not looked at: opening one has effects, and `user.*` is for files and directories alone. Labels of
/// SELinux, checksums, and what overlayfs keeps belong to this machine.
pub fn xattrs(file: &File) -> Result<Vec<Xattr>, Errno> {
    // Most files have none, and many are looked at.
    if matches!(flistxattr_query(file), Ok(0) | Err(Errno::NOTSUP)) {
        return Ok(Vec::new());
    }
    let mut names = vec![0; MAX_BYTES];
    let len = flistxattr(file, &mut names[..])?;
    names.truncate(len);
    let mut names: Vec<&[u8]> = names.split(|byte| *byte == 0).filter(|it| is_kept(it)).collect();
    names.sort_unstable();
    let value = |name: &[u8]| {
        let mut value = vec![0; MAX_BYTES];
        let len = fgetxattr(file, name, &mut value[..])?;
        value.truncate(len);
        Ok((name.to_owned(), value))
    };
    names.into_iter().map(value).collect()
}

fn is_kept(name: &[u8]) -> bool {
    const ALONE: [&[u8]; 3] =
        [b"security.capability", b"system.posix_acl_access", b"system.posix_acl_default"];

    ALONE.contains(&name) || name.starts_with(b"user.") && !name.starts_with(b"user.overlay.")
}
