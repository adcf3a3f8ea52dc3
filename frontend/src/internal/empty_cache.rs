use std::ffi::OsString;

use llb::{
    Access, Bind, CacheMount, FileAction, Metadata, Mkfile, Mount, MountKind, Platform, State,
};

use super::{InternalMode, OwnProgram};

/// Does nothing: the daemon empties the caches of a step that is to run without cache, before it runs.
pub static EMPTY_CACHE: InternalMode =
    InternalMode { name: "empty-cache", run: |_: Vec<OsString>| Ok(()) };

/// Which caches of an id are meant; the daemon keeps the two apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begins {
    Empty,
    /// With the files of some filesystem. BuildKit 0.13 keeps them all the same; 0.16 and later do not.
    WithFiles,
}

/// The step before which the daemon empties some caches, for a solve of its own.
///
/// It forgets the directories rather than emptying them, so a step that is running keeps what it has (`PruneCacheMounts` in
/// `worker/base/worker.go`, BuildKit 0.13 to 0.32). The ids of one solve are all of one kind (`detectPrunedCacheID` in
/// `solver/llbsolver/vertex.go`). The step itself gets a new directory of each id.
pub fn empty_caches(
    own: &OwnProgram,
    ids: impl IntoIterator<Item = String>,
    begins: Begins,
    platform: &Platform,
) -> State {
    let name = match begins {
        Begins::Empty => "[internal] empty caches",
        Begins::WithFiles => "[internal] empty caches that begin with files",
    };
    let metadata = || Metadata::default().with_name(name.to_owned());
    let input = match begins {
        Begins::Empty => State::Scratch,
        Begins::WithFiles => {
            let file = Mkfile { path: "/emptied".to_owned(), mode: 0o600, ..Mkfile::default() };
            llb::file(State::Scratch, vec![FileAction::Mkfile(file)], metadata())
        }
    };
    let out = Bind { access: Access::Output, ..Bind::default() };
    let mut mounts = vec![Mount { dest: "/out".to_owned(), kind: MountKind::Bind(out) }];
    mounts.extend(ids.into_iter().enumerate().map(|(place, id)| {
        let cache = CacheMount { id, input: input.clone(), ..CacheMount::default() };
        Mount { dest: format!("/caches/{place}"), kind: MountKind::Cache(cache) }
    }));
    let metadata = Metadata { ignore_cache: true, ..metadata() };
    let step = own.vertex(&EMPTY_CACHE, &[], mounts, platform, metadata);
    step.mount(0).map_or(State::Scratch, State::from)
}
