//! Directories of the daemon that persist between builds.

use hlb_program::builtin::{ArgSite, Kind, Meaning, Param, Signature};
use hlb_syntax::diagnostic::Diagnostic;
use hlb_syntax::source::Span;
use llb::{CacheMount, Mount, MountKind, Sharing, State};

use super::cache_id::{CACHE_ID, check_cache_id, scope_of, scoped};
use super::cache_owner::{NewDirectory, OwnerRows};
use super::cache_seed::{Place, PortableCache, SEED, SNAPSHOT};
use super::cache_use;
use super::mounts::{Mounts, Process, check_mount_point};
use crate::{Builtin, Cx, Lower, OptionCall, join};

pub(super) static ROWS: &[&Builtin] = &[
    &CACHE,
    &CACHE_SCOPE,
    &CACHE_OWNER.uid,
    &CACHE_OWNER.gid,
    &CACHE_OWNER.mode,
    &CACHE_MOUNT,
    &CACHE_MOUNT_ID,
    &CACHE_MOUNT_SCOPE,
    &CACHE_MOUNT_SHARING,
    &CACHE_MOUNT_READONLY,
    &CACHE_MOUNT_OWNER.uid,
    &CACHE_MOUNT_OWNER.gid,
    &CACHE_MOUNT_OWNER.mode,
];

const fn sharing_param(name: &'static str) -> Param {
    Param::new(
        name,
        Kind::String,
        "`shared`: any number of commands at the same time; `private`: another directory for each; `locked`: one after \
         another",
    )
    .about(Meaning::CacheSharing)
    .checked_by(|text, site| sharing(text, site).map(drop))
}

/// Makes a `mount` one of a cache.
pub static CACHE: Builtin = Builtin::option(
    "mount",
    "cache",
    const { &[CACHE_ID, sharing_param("sharing")] },
    "Mounts a directory of the daemon that persists between builds. The input is what is in \
     it at first.",
)
.in_dockerfile("`RUN --mount=type=cache,from=INPUT,id=ID,sharing=MODE`");

static CACHE_SCOPE: Builtin = scope_of("cache");
static CACHE_OWNER: OwnerRows = OwnerRows::of("cache");

/// The short form of a cache mount.
pub static CACHE_MOUNT: Builtin = Builtin::extension(
    Signature::new(
        Kind::option("run"),
        "cacheMount",
        const {
            &[Param::new(
                "mountPoint",
                Kind::String,
                "the directory that it is mounted at; relative to the working directory",
            )
            .about(Meaning::CacheMountPoint)
            .checked_by(check_mount_point)]
        },
        "Mounts a directory of the daemon that persists between builds. Every command and every \
         Dockerfile that mounts a cache of the same identity has the same directory.",
    )
    .with_effects(const { &[SNAPSHOT] }),
    Lower::Option,
)
.in_dockerfile("`RUN --mount=type=cache,target=PATH`");

static CACHE_MOUNT_ID: Builtin = Builtin::extension(
    Signature::new(
        Kind::option("cacheMount"),
        "id",
        const { &[CACHE_ID] },
        "Sets the identity of the cache. Without it, that is the mount point.",
    ),
    Lower::Option,
)
.in_dockerfile("`RUN --mount=type=cache,id=ID`");

static CACHE_MOUNT_SCOPE: Builtin = scope_of("cacheMount");

static CACHE_MOUNT_SHARING: Builtin = Builtin::extension(
    Signature::new(
        Kind::option("cacheMount"),
        "sharing",
        const { &[sharing_param("mode")] },
        "Says who may use the cache at the same time. Without it, that is `shared`.",
    ),
    Lower::Option,
)
.in_dockerfile("`RUN --mount=type=cache,sharing=MODE`");

static CACHE_MOUNT_READONLY: Builtin = Builtin::extension(
    Signature::new(
        Kind::option("cacheMount"),
        "readonly",
        &[],
        "Keeps the command from writing to the cache. A `locked` cache is locked all the same.",
    ),
    Lower::Option,
)
.in_dockerfile("`RUN --mount=type=cache,ro`");

static CACHE_MOUNT_OWNER: OwnerRows = OwnerRows::of("cacheMount");

/// A part of a filesystem.
pub struct Source {
    pub input: State,
    /// The file or directory of it; empty for its root.
    pub selector: String,
}

/// The cache that a `mount` with the option `cache` mounts: it starts with the source.
pub fn of_mount(
    cx: &mut Cx<'_>,
    option: &OptionCall,
    source: Source,
    process: &Process<'_>,
) -> Result<CacheMount, Diagnostic> {
    option.read("id", check_cache_id)?;
    let sharing = option.read("sharing", sharing)?;
    let id = scoped(option, &CACHE_SCOPE, option.string("id"))?;
    let source = match source.input.edge().is_none() && source.selector.is_empty() {
        true => new_directory(cx, option, &CACHE_OWNER, process)?,
        false => {
            let problem =
                "a cache that starts with files has the owner and the mode that these have";
            CACHE_OWNER.refuse(option, problem)?;
            source
        }
    };
    let Source { input, selector } = source;
    let mount = CacheMount { id, sharing, input, selector, readonly: false };
    cache(cx, option.name_span, mount)
}

/// The cache that a `cacheMount` mounts, and where.
pub fn cache_mount(
    cx: &mut Cx<'_>,
    setting: &OptionCall,
    process: &Process<'_>,
) -> Result<(String, CacheMount), Diagnostic> {
    setting.read("mountPoint", check_mount_point)?;
    let dest = join(process.dir, setting.string("mountPoint"));
    let own = match setting.option_call(&CACHE_MOUNT_ID) {
        None => &dest,
        Some(option) => {
            option.read("id", check_cache_id)?;
            option.string("id")
        }
    };
    let id = scoped(setting, &CACHE_MOUNT_SCOPE, own)?;
    let sharing = match setting.option_call(&CACHE_MOUNT_SHARING) {
        Some(option) => option.read("mode", sharing)?,
        None => Sharing::Shared,
    };
    let Source { input, selector } = new_directory(cx, setting, &CACHE_MOUNT_OWNER, process)?;
    let readonly = setting.has(&CACHE_MOUNT_READONLY);
    let mount = CacheMount { id, sharing, input, selector, readonly };
    Ok((dest, cache(cx, setting.name_span, mount)?))
}

/// Adds a `cacheMount`.
pub fn bind(
    cx: &mut Cx<'_>,
    setting: &OptionCall,
    process: &Process<'_>,
    all: &mut Mounts,
) -> Result<(), Diagnostic> {
    let (dest, mount) = cache_mount(cx, setting, process)?;
    let kind = MountKind::Cache(mount);
    let place = Place { name: "", index: all.len() };
    all.portable.extend(PortableCache::of(setting, &SEED, vec![place], None));
    all.push(Mount { dest, kind }, setting.span_of("mountPoint"))
}

/// What a cache without files starts with.
pub fn new_directory(
    cx: &Cx<'_>,
    setting: &OptionCall,
    rows: &'static OwnerRows,
    process: &Process<'_>,
) -> Result<Source, Diagnostic> {
    Ok(match rows.directory(setting, process.user)? {
        None => Source { input: State::Scratch, selector: String::new() },
        Some(directory) => {
            let metadata = cx.internal_metadata(setting.span, "set the owner of a new cache");
            let selector = NewDirectory::SELECTOR.to_owned();
            Source { input: directory.input(metadata), selector }
        }
    })
}

/// A cache with its id as the daemon gets it.
pub fn cache(cx: &mut Cx<'_>, at: Span, mount: CacheMount) -> Result<CacheMount, Diagnostic> {
    cache_use::take(cx, at, &mount)?;
    let id = cx.host.settings.cache_id(&mount.id);
    Ok(CacheMount { id, ..mount })
}

/// Reads a sharing mode.
fn sharing(text: &str, site: &ArgSite) -> Result<Sharing, Diagnostic> {
    site.one_of(
        text,
        &[("shared", Sharing::Shared), ("private", Sharing::Private), ("locked", Sharing::Locked)],
    )
}
