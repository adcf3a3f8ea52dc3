//! A cache mount as the steps see it that fill it and copy it.

use std::ffi::{CStr, OsString};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use archive::Mirrored;
use hlb_eval::CacheDirectory;
use llb::{Access, CacheMount, Mount, MountKind};

/// Where such a step has a cache with one directory.
const CACHE: &str = "/cache";

/// Where it has the directories of one with several, by their names.
const CACHES: &str = "/caches";

/// Where it has what the cache began with.
pub const SEED: &str = "/seed";

/// The directory in a cache that is there while it is filled. It is no content of the cache.
pub const HIDDEN: &CStr = c".hlb-priming";

/// A file in the hidden directory that is there while the cache has some of what it is filled with, and not yet all.
pub const MOVING: &str = "moving";

/// The mounts of a cache, which are those of a user's step at other places.
pub fn cache_mounts(directories: &[CacheDirectory], access: Access) -> impl Iterator<Item = Mount> {
    directories.iter().map(move |CacheDirectory { name, mount }| {
        let dest = match *name {
            "" => CACHE.to_owned(),
            name => format!("{CACHES}/{name}"),
        };
        let readonly = access == Access::Readonly;
        Mount { dest, kind: MountKind::Cache(CacheMount { readonly, ..mount.clone() }) }
    })
}

/// The directories of the cache that this step has, each with what it is called in a seed and a snapshot.
pub fn directories() -> io::Result<Vec<(PathBuf, OsString)>> {
    let entries = match Path::new(CACHES).read_dir() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Ok(vec![(CACHE.into(), OsString::new())]);
        }
        entries => entries?,
    };
    let entries = entries.map(|entry| entry.map(|it| (it.path(), it.file_name())));
    let mut entries = entries.collect::<io::Result<Vec<_>>>()?;
    entries.sort();
    Ok(entries)
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

/// Says what could not be copied of a directory, a line each: the step goes on without it, since a cache is no more than a
/// help.
pub fn say_what_is_left_out(
    made: &Mirrored,
    directory: &Path,
    to: &mut dyn Write,
) -> io::Result<()> {
    for (path, why) in &made.left_out {
        let path = Path::new("/").join(directory).join(path);
        writeln!(to, "{} can't be copied: {why}", path.display())?;
    }
    match made.left_out_count - made.left_out.len() {
        0 => Ok(()),
        more => writeln!(to, "{more} more can't be copied"),
    }
}
