use std::ffi::OsString;
use std::path::Path;

use anyhow::Context;
use archive::{Mirrored, mirror};
use hlb_eval::Snapshot;
use llb::{Access, Bind, CacheMount, ContentCache, Platform, State};

use super::cache_dir::{CACHE, HIDDEN, cache_mount, is_empty, say_what_is_left_out};
use super::program::{bind_mount, bound};
use super::{InternalMode, OwnProgram};

/// Makes a filesystem the same as a cache.
pub static SNAPSHOT: InternalMode = InternalMode { name: "snapshot-of-cache", run };

const OUT: &str = "/out";

/// The output of the step after which the cache is to be seen.
const AFTER: &str = "/after";

/// The filesystem that is what a cache is after a step.
pub fn snapshot(snapshot: &Snapshot, own: &OwnProgram, platform: &Platform) -> State {
    let Snapshot { cache, base, after, nonce, metadata } = snapshot;
    // Known by what it is made from: a step that ran again may have left the same files, and another cache.
    let (access, content_cache) = (Access::Readonly, ContentCache::Off);
    let after = Bind { input: after.clone().into(), access, content_cache, ..Bind::default() };
    let mounts = vec![
        bound(OUT, base.clone(), Access::Output),
        bind_mount(AFTER, after),
        cache_mount(CacheMount { readonly: true, ..cache.clone() }),
    ];
    let arguments: Vec<&str> = nonce.as_deref().into_iter().collect();
    let step = own.vertex(&SNAPSHOT, &arguments, mounts, platform, metadata.clone());
    step.mount(0).map_or(State::Scratch, State::from)
}

fn run(_: Vec<OsString>) -> anyhow::Result<()> {
    let made = copy(Path::new(CACHE), Path::new(OUT)).context("can't copy the cache")?;
    Ok(say_what_is_left_out(&made)?)
}

/// Makes a directory the same as a cache, unless that has nothing: it is then that of another daemon than the one where
/// the step ran, and what it started from is better than nothing.
fn copy(cache: &Path, out: &Path) -> anyhow::Result<Mirrored> {
    if is_empty(cache)? {
        return Ok(Mirrored::default());
    }
    Ok(mirror(cache, out, Some(HIDDEN))?)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_cache_is_copied_without_what_hides_in_it_and_an_empty_one_changes_nothing() {
        let root = tempfile::TempDir::new().expect("a directory");
        let at = |path: &str| root.path().join(path);
        fs::create_dir_all(at("cache/.hlb-priming")).expect("a directory");
        fs::create_dir(at("out")).expect("a directory");
        fs::write(at("out/seed"), "").expect("written");
        copy(&at("cache"), &at("out")).expect("copied");
        assert!(at("out/seed").exists());
        fs::write(at("cache/file"), "new").expect("written");
        assert_eq!(copy(&at("cache"), &at("out")).expect("copied").files_written, 1);
        let names = at("out").read_dir().expect("a directory");
        let names: Vec<_> = names.map(|it| it.expect("an entry").file_name()).collect();
        assert_eq!(names, ["file"]);
    }
}
