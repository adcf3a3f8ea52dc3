//! What fills an empty cache, before the solve that reaches the step which mounts it.
//!
//! Several builds may do so at the same time with one directory, next to steps that use it, and each may be killed at any
//! time. So the seed is copied to a hidden directory first, under a lock, and its entries are then moved to their places:
//! a copy that was not finished is no content, and a move that was not finished is continued by the next build.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use anyhow::Context;
use archive::{Mirrored, mirror};
use hlb_eval::{Primed, Priming};
use hlb_plan::Condition;
use llb::{Access, Platform, State};
use rustix::fs::{CWD, FlockOperation, RenameFlags, flock, renameat_with};
use rustix::io::Errno;

use super::cache_dir::{
    MOVING, SEED, cache_mounts, directories, hidden, is_empty, say_what_is_left_out,
};
use super::program::{bound, known_mount};
use super::{InternalMode, OwnProgram};

/// Says whether a cache is empty, by a file.
pub static LOOK: InternalMode = InternalMode { name: "look-at-cache", run: look };

/// Fills a cache with a directory, unless it is filled already.
pub static PRIME: InternalMode = InternalMode { name: "prime-cache", run };

const OUT: &str = "/out";

/// The file that says that the cache is empty.
const EMPTY: &str = "/empty";

/// The file that says what the cache does not have of its seed.
const REPORT: &str = "/report";

/// The steps that look at a cache, and fill it if it is empty.
///
/// An argument that no other build has makes both run: no cache key says what is in a cache.
pub fn prime(priming: &Priming, own: &OwnProgram, platform: &Platform) -> Option<Primed> {
    let Priming { directories, seed, nonce, metadata, question_metadata } = priming;
    let out = bound(OUT, State::Scratch, Access::Output);
    let looked_at = cache_mounts(directories, Access::Readonly);
    let (arguments, metadata) = ([&**nonce], metadata.clone());
    let question = own.vertex(
        &LOOK,
        &arguments,
        [out.clone()].into_iter().chain(looked_at).collect(),
        platform,
        question_metadata.clone(),
    );
    let condition = Condition { output: question.mount(0)?, file: EMPTY.into() };
    let seed = known_mount(SEED, seed.clone());
    let mounts = [out, seed].into_iter().chain(cache_mounts(directories, Access::Output));
    let step = own.vertex(&PRIME, &arguments, mounts.collect(), platform, metadata);
    Some(Primed { output: step.mount(0)?, condition, report: REPORT.into() })
}

fn look(_: Vec<OsString>) -> anyhow::Result<()> {
    for (cache, _) in directories()? {
        if is_empty(&cache).context("can't read the cache")? {
            File::create_new(format!("{OUT}{EMPTY}"))?;
            break;
        }
    }
    Ok(())
}

fn run(_: Vec<OsString>) -> anyhow::Result<()> {
    let report = fill_all(&directories()?, Path::new(SEED)).context("can't fill the cache")?;
    if !report.is_empty() {
        fs::write(format!("{OUT}{REPORT}"), report)?;
    }
    Ok(())
}

/// Fills the directories of a cache that are empty, and says what they do not have of the seed.
fn fill_all(directories: &[(PathBuf, OsString)], seed: &Path) -> anyhow::Result<Vec<u8>> {
    let mut report = Vec::new();
    let mut is_for_others = seed.read_dir()?.next().is_some();
    for (cache, name) in directories {
        let from = seed.join(name);
        if from.is_dir() {
            is_for_others = false;
            say_what_is_left_out(&fill(cache, &from)?, Path::new(name), &mut report)?;
        }
    }
    if is_for_others {
        let names = directories.iter().map(|(_, name)| name.to_string_lossy());
        writeln!(report, "it has no directory `{}`", names.collect::<Vec<_>>().join("` or `"))?;
    }
    Ok(report)
}

/// Fills a cache; what somebody else has put there meanwhile stays.
fn fill(cache: &Path, seed: &Path) -> anyhow::Result<Mirrored> {
    let hidden = hidden(cache);
    let (tree, moving) = (hidden.join("tree"), hidden.join(MOVING));
    let lock = lock(&hidden)?;
    let mut made = Mirrored::default();
    if is_empty(cache)? {
        if !moving.exists() {
            absent(fs::remove_dir_all(&tree))?;
            fs::create_dir(&tree)?;
            made = mirror(seed, &tree, None)?;
            File::create_new(&moving)?;
        }
        move_entries(&tree, cache)?;
    }
    absent(fs::remove_dir_all(&tree))?;
    absent(fs::remove_file(&moving))?;
    absent(fs::remove_file(hidden.join(LOCK)))?;
    // Whoever waited for the lock may have made a new one already, and removes that.
    let _ = fs::remove_dir(&hidden);
    drop(lock);
    Ok(made)
}

const LOCK: &str = "lock";

/// Waits until nobody else fills the cache.
fn lock(hidden: &Path) -> io::Result<File> {
    let path = hidden.join(LOCK);
    loop {
        match fs::DirBuilder::new().mode(0o700).create(hidden) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        let file = match OpenOptions::new().create(true).append(true).open(&path) {
            // Whoever had the lock has just removed the directory.
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            file => file?,
        };
        flock(&file, FlockOperation::LockExclusive)?;
        let number = |it: &fs::Metadata| (it.dev(), it.ino());
        match fs::metadata(&path) {
            Ok(there) if number(&there) == number(&file.metadata()?) => return Ok(file),
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            // It was removed while this waited, and protects nothing any more.
            _ => {}
        }
    }
}

/// Moves what is in a directory into another, except for names that are there.
fn move_entries(from: &Path, to: &Path) -> io::Result<()> {
    let entries = match from.read_dir() {
        // All was moved before the build was killed that did so.
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let name = entry?.file_name();
        let (from, to) = (from.join(&name), to.join(&name));
        match renameat_with(CWD, &from, CWD, &to, RenameFlags::NOREPLACE) {
            Ok(()) | Err(Errno::EXIST | Errno::NOTEMPTY) => {}
            // This filesystem can't look and move at once.
            Err(Errno::INVAL | Errno::NOSYS) => {
                if to.symlink_metadata().is_err() {
                    fs::rename(&from, &to)?;
                }
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// The same, if it is not that there is nothing.
fn absent(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use rustix::fs::Mode;

    use super::*;

    /// A cache that is empty, and a seed with a file and a directory.
    fn cache_and_seed() -> tempfile::TempDir {
        let root = tempfile::TempDir::new().expect("a directory");
        fs::create_dir_all(root.path().join("seed/d/e")).expect("a directory");
        fs::write(root.path().join("seed/d/e/file"), "deep").expect("written");
        fs::write(root.path().join("seed/file"), "seed").expect("written");
        fs::create_dir(root.path().join("cache")).expect("a directory");
        root
    }

    fn filled(root: &Path) -> Mirrored {
        fill(&root.join("cache"), &root.join("seed")).expect("filled")
    }

    /// The names in the cache, and what its file holds.
    fn found(root: &Path) -> (Vec<String>, String) {
        let names = root.join("cache").read_dir().expect("a directory");
        let names = names.map(|it| it.expect("an entry").file_name().into_string().expect("text"));
        let mut names: Vec<_> = names.collect();
        names.sort();
        (names, fs::read_to_string(root.join("cache/file")).unwrap_or_default())
    }

    fn names(names: &[&str], file: &str) -> (Vec<String>, String) {
        (names.iter().map(|it| (*it).to_owned()).collect(), file.to_owned())
    }

    #[test]
    fn an_empty_cache_is_filled_and_nothing_else_is_left_there() {
        let root = cache_and_seed();
        assert!(is_empty(&root.path().join("cache")).expect("read"));
        assert_eq!(filled(root.path()).files_written, 2);
        assert_eq!(found(root.path()), names(&["d", "file"], "seed"));
        assert_eq!(fs::read_to_string(root.path().join("cache/d/e/file")).expect("text"), "deep");
        assert!(!is_empty(&root.path().join("cache")).expect("read"));
    }

    #[test]
    fn a_cache_with_several_directories_has_each_from_the_seed_by_its_name() {
        let root = cache_and_seed();
        let at = |path: &str| root.path().join(path);
        fs::create_dir(at("other")).expect("a directory");
        let report = |names: [&str; 2]| {
            let caches = [(at("cache"), names[0].into()), (at("other"), names[1].into())];
            let report = fill_all(&caches, &at("seed")).expect("filled");
            String::from_utf8(report).expect("text")
        };
        assert_eq!(report(["file", "none"]), "it has no directory `file` or `none`\n");
        rustix::fs::mkfifoat(CWD, at("seed/d/fifo"), Mode::RUSR).expect("a FIFO");
        assert_eq!(report(["d", "none"]), "/d/fifo can't be copied: a FIFO\n");
        assert_eq!(fs::read_to_string(at("cache/e/file")).expect("text"), "deep");
        assert!(is_empty(&at("other")).expect("read"));
        assert_eq!(report(["d", "none"]), "");
    }

    #[test]
    fn what_is_in_a_cache_stays() {
        let root = cache_and_seed();
        fs::write(root.path().join("cache/file"), "mine").expect("written");
        assert_eq!(filled(root.path()).files_written, 0);
        assert_eq!(found(root.path()), names(&["file"], "mine"));
    }

    #[test]
    fn a_copy_that_was_not_finished_counts_as_nothing() {
        let root = cache_and_seed();
        fs::create_dir_all(root.path().join("cache/.hlb-priming/tree/half")).expect("a directory");
        assert!(is_empty(&root.path().join("cache")).expect("read"));
        assert_eq!(filled(root.path()).files_written, 2);
        assert_eq!(found(root.path()), names(&["d", "file"], "seed"));
    }

    #[test]
    fn a_move_that_was_not_finished_is_continued() {
        let root = cache_and_seed();
        let hidden = root.path().join("cache/.hlb-priming");
        fs::create_dir_all(hidden.join("tree/d")).expect("a directory");
        fs::write(hidden.join("moving"), "").expect("written");
        fs::write(root.path().join("cache/file"), "moved").expect("written");
        assert!(is_empty(&root.path().join("cache")).expect("read"));
        assert_eq!(filled(root.path()).files_written, 0);
        assert_eq!(found(root.path()), names(&["d", "file"], "moved"));
        // Killed after everything was moved.
        fs::create_dir_all(&hidden).expect("a directory");
        fs::write(hidden.join("moving"), "").expect("written");
        filled(root.path());
        assert_eq!(found(root.path()), names(&["d", "file"], "moved"));
    }

    #[test]
    fn of_several_that_fill_a_cache_one_copies() {
        for _ in 0..20 {
            let root = cache_and_seed();
            let copied: u64 = thread::scope(|scope| {
                let all: Vec<_> =
                    (0..8).map(|_| scope.spawn(|| filled(root.path()).files_written)).collect();
                all.into_iter().map(|it| it.join().expect("filled")).sum()
            });
            assert_eq!(copied, 2);
            assert_eq!(found(root.path()), names(&["d", "file"], "seed"));
        }
    }
}
