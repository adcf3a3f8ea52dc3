use std::ffi::OsString;
use std::fs;
use std::io::stderr;
use std::path::Path;

use anyhow::Context;
use archive::{Mirrored, mirror};
use hlb_eval::Snapshot;
use llb::{Access, Platform, State};

use super::cache_dir::{HIDDEN, SEED, cache_mounts, directories, is_empty, say_what_is_left_out};
use super::program::{bound, known_mount};
use super::{InternalMode, OwnProgram};

/// Makes a filesystem the same as a cache.
pub static SNAPSHOT: InternalMode = InternalMode { name: "snapshot-of-cache", run };

const OUT: &str = "/out";

/// The output of the step after which the cache is to be seen.
const AFTER: &str = "/after";

/// The filesystem that is what a cache is after a step.
pub fn snapshot(snapshot: &Snapshot, own: &OwnProgram, platform: &Platform) -> State {
    let Snapshot { directories, base, instead, after, nonce, metadata } = snapshot;
    // Known by what it is made from: a step that ran again may have left the same files, and another cache.
    let after = known_mount(AFTER, after.clone().into());
    let instead = instead.edge().map(|_| known_mount(SEED, instead.clone()));
    let mounts = [bound(OUT, base.clone(), Access::Output), after].into_iter().chain(instead);
    let mounts = mounts.chain(cache_mounts(directories, Access::Readonly)).collect();
    let arguments: Vec<&str> = nonce.as_deref().into_iter().collect();
    let step = own.vertex(&SNAPSHOT, &arguments, mounts, platform, metadata.clone());
    step.mount(0).map_or(State::Scratch, State::from)
}

fn run(_: Vec<OsString>) -> anyhow::Result<()> {
    for (cache, name) in directories()? {
        let [out, seed] = [OUT, SEED].map(|it| Path::new(it).join(&name));
        let made = copy(&cache, &seed, &out).context("can't copy the cache")?;
        say_what_is_left_out(&made, Path::new(&name), &mut stderr())?;
    }
    Ok(())
}

/// Makes a directory the same as a cache, unless that has nothing: it is then that of another daemon than the one where
/// the step ran, and what it started from is better than nothing. That is in `out` already, or in `seed`.
fn copy(cache: &Path, seed: &Path, out: &Path) -> anyhow::Result<Mirrored> {
    let from = if is_empty(cache)? { seed } else { cache };
    if !from.is_dir() {
        return Ok(Mirrored::default());
    }
    fs::create_dir_all(out)?;
    Ok(mirror(from, out, Some(HIDDEN))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cache_is_copied_without_what_hides_in_it_and_an_empty_one_changes_nothing() {
        let root = tempfile::TempDir::new().expect("a directory");
        let at = |path: &str| root.path().join(path);
        fs::create_dir_all(at("cache/.hlb-priming")).expect("a directory");
        fs::create_dir(at("out")).expect("a directory");
        fs::write(at("out/seed"), "").expect("written");
        let copied = || copy(&at("cache"), &at("seed"), &at("out")).expect("copied");
        copied();
        assert!(at("out/seed").exists());
        fs::write(at("cache/file"), "new").expect("written");
        assert_eq!(copied().files_written, 1);
        let names = at("out").read_dir().expect("a directory");
        let names: Vec<_> = names.map(|it| it.expect("an entry").file_name()).collect();
        assert_eq!(names, ["file"]);
    }

    #[test]
    fn of_an_empty_cache_what_it_began_with_is_copied() {
        let root = tempfile::TempDir::new().expect("a directory");
        let at = |path: &str| root.path().join(path);
        fs::create_dir(at("cache")).expect("a directory");
        fs::create_dir_all(at("seed/store")).expect("a directory");
        fs::write(at("seed/store/file"), "seed").expect("written");
        copy(&at("cache"), &at("seed"), &at("out/part")).expect("copied");
        assert_eq!(fs::read_to_string(at("out/part/store/file")).expect("text"), "seed");
    }
}
