use std::ffi::OsString;
use std::fs::{self, Metadata as Found, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use hlb_eval::Normalized;
use llb::{Bind, Mount, MountKind, Platform, State};

use super::{InternalMode, OwnProgram};

/// Gives the files of its mount the modes that a umask of 022 does.
pub static NORMALIZE: InternalMode = InternalMode { name: "normalize", run };

/// Where the step has the files.
const TREE: &str = "/tree";

/// What comes of the step that does so. A file whose mode is right is not touched, so it is not copied either.
pub fn normalize(own: &OwnProgram, normalized: &Normalized, platform: &Platform) -> State {
    let Normalized { of, metadata } = normalized;
    let bind = Bind { input: of.clone(), ..Bind::default() };
    let mounts = vec![Mount { dest: TREE.to_owned(), kind: MountKind::Bind(bind) }];
    let step = own.vertex(&NORMALIZE, &[], mounts, platform, metadata.clone());
    step.mount(0).map_or(State::Scratch, State::from)
}

fn run(arguments: Vec<OsString>) -> anyhow::Result<()> {
    if !arguments.is_empty() {
        bail!("expected no argument");
    }
    normalize_tree(Path::new(TREE))
}

fn normalize_tree(root: &Path) -> anyhow::Result<()> {
    let mut open: Vec<PathBuf> = vec![root.to_owned()];
    while let Some(path) = open.pop() {
        let found = fs::symlink_metadata(&path);
        let found = found.with_context(|| format!("can't look at {}", path.display()))?;
        set_mode(&path, &found).with_context(|| format!("can't change {}", path.display()))?;
        if found.is_dir() {
            let entries = fs::read_dir(&path);
            for entry in entries.with_context(|| format!("can't list {}", path.display()))? {
                open.push(entry?.path());
            }
        }
    }
    Ok(())
}

fn set_mode(path: &Path, found: &Found) -> std::io::Result<()> {
    let is = found.permissions().mode() & 0o7777;
    match normal_mode(found).filter(|mode| *mode != is) {
        Some(mode) => fs::set_permissions(path, Permissions::from_mode(mode)),
        None => Ok(()),
    }
}

/// Those of git, which knows of a file only whether its owner may execute it. A symbolic link has none that counts.
fn normal_mode(found: &Found) -> Option<u32> {
    let executable = found.permissions().mode() & 0o100 != 0;
    match (found.is_dir(), found.is_file()) {
        (true, _) => Some(0o755),
        (_, true) => Some(if executable { 0o755 } else { 0o644 }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn modes_are_those_of_a_umask_of_022() {
        let folder = tempfile::tempdir().expect("a folder");
        let tree = folder.path().join("tree");
        let path = |name: &str| tree.join(name);
        let mode = |name: &str| fs::metadata(path(name)).expect(name).permissions().mode() & 0o7777;
        fs::create_dir_all(path("inner/deep")).expect("directories");
        symlink("../outside", path("link")).expect("a link");
        fs::write(folder.path().join("outside"), "").expect("a file");
        fs::set_permissions(folder.path().join("outside"), Permissions::from_mode(0o600))
            .expect("a mode");
        for (name, mode) in
            [("plain", 0o660), ("inner/run", 0o4710), ("others", 0o655), ("fine", 0o644)]
        {
            fs::write(path(name), "").expect("a file");
            fs::set_permissions(path(name), Permissions::from_mode(mode)).expect("a mode");
        }
        fs::set_permissions(path("inner"), Permissions::from_mode(0o2700)).expect("a mode");
        normalize_tree(&tree).expect("normalized");
        let found = ["plain", "inner/run", "others", "fine", "inner", "inner/deep"].map(mode);
        assert_eq!(found, [0o644, 0o755, 0o644, 0o644, 0o755, 0o755]);
        assert_eq!(mode("../outside"), 0o600);
    }
}
