use std::fs::File;

use rustix::fs::{fgetxattr, flistxattr};
use rustix::io::Errno;

use super::pax::Pax;

/// Largest value, and largest list of names (Linux, `XATTR_SIZE_MAX` and `XATTR_LIST_MAX` in `linux/limits.h`).
const MAX_BYTES: usize = 64 << 10;

/// The extended attributes of a file or a directory that belong to it wherever it goes.
///
/// Devices and FIFOs are not looked at: opening one has effects, and `user.*` is for files and directories alone. Labels of
/// SELinux, checksums, and what overlayfs keeps belong to this machine.
pub fn xattrs(file: &File) -> Result<Pax, Errno> {
    let mut pax = Pax::default();
    let mut names = vec![0; MAX_BYTES];
    let len = match flistxattr(file, &mut names[..]) {
        Err(Errno::NOTSUP) => return Ok(pax),
        len => len?,
    };
    names.truncate(len);
    let mut names: Vec<&[u8]> = names.split(|byte| *byte == 0).filter(|it| is_kept(it)).collect();
    names.sort_unstable();
    for name in names {
        let mut value = vec![0; MAX_BYTES];
        let len = fgetxattr(file, name, &mut value[..])?;
        value.truncate(len);
        pax.xattr(name, &value);
    }
    Ok(pax)
}

fn is_kept(name: &[u8]) -> bool {
    const ALONE: [&[u8]; 3] =
        [b"security.capability", b"system.posix_acl_access", b"system.posix_acl_default"];

    ALONE.contains(&name) || name.starts_with(b"user.") && !name.starts_with(b"user.overlay.")
}
