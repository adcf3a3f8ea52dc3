//! A cache mount as the steps see it that fill it and copy it.

use std::ffi::CStr;
use std::io::{self, Write, stderr};
use std::path::{Path, PathBuf};

use archive::Mirrored;
use llb::{CacheMount, Mount, MountKind};

/// Where such a step has the cache.
pub const CACHE: &str = "/cache";

/// The directory in a cache that is there while it is filled. It is no content of the cache.
pub const HIDDEN: &CStr = c".hlb-priming";

/// A file in the hidden directory that is there while the cache has some of what it is filled with, and not yet all.
pub const MOVING: &str = "moving";

/// The mount of a cache, which is that of a user's step at another place.
pub fn cache_mount(cache: CacheMount) -> Mount {
    Mount { dest: CACHE.to_owned(), kind: MountKind::Cache(cache) }
}

/// The hidden directory of a cache.
pub fn hidden(cache: &Path) -> PathBuf {
    // ASCII.
    cache.join(HIDDEN.to_str().unwrap_or_default())
}

/// Whether a cache is to be filled: it has nothing, or a part of what it would have been filled with if nothing had failed.
pub fn is_empty(cache: &Path) -> io::Result<bool> {
    if hidden(cache).join(MOVING).exists() {
        return Ok(true);
    }
    for entry in cache.read_dir()? {
        if entry?.file_name().as_encoded_bytes() != HIDDEN.to_bytes() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Says what could not be copied: the step goes on without it, since a cache is no more than a help.
pub fn say_what_is_left_out(made: &Mirrored) -> io::Result<()> {
    let mut stderr = stderr().lock();
    for (path, why) in &made.left_out {
        writeln!(stderr, "warning: /{} is left out: {why}", path.display())?;
    }
    match made.left_out_count - made.left_out.len() {
        0 => Ok(()),
        more => writeln!(stderr, "warning: {more} more are left out"),
    }
}
