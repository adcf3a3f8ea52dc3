//! Directories of the daemon that persist between builds.

use hlb_program::builtin::{ArgSite, Kind, Meaning, Param, Signature};
use hlb_syntax::diagnostic::{Code, Diagnostic};
use hlb_syntax::source::Span;
use llb::{CacheMount, Mount, MountKind, Sharing, State};

use super::mounts::{Mounts, check_mount_point};
use crate::{Builtin, Cx, Lower, OptionCall, join};

pub(super) static ROWS: &[&Builtin] =
    &[&CACHE, &CACHE_MOUNT, &CACHE_MOUNT_ID, &CACHE_MOUNT_SHARING];

const CACHE_ID: Param = Param::new(
    "id",
    Kind::String,
    "the identity of the cache; mounts with one identity have one directory",
)
.about(Meaning::CacheId)
.checked_by(check_cache_id);

/// Makes a `mount` one of a cache.
pub static CACHE: Builtin = Builtin::option(
    "mount",
    "cache",
    const {
        &[
            CACHE_ID,
            Param::new(
                "sharing",
                Kind::String,
                "`shared`: any number of commands at the same time; `private`: another \
                 directory for each; `locked`: one after another",
            )
            .about(Meaning::CacheSharing)
            .checked_by(|text, site| sharing(text, site).map(drop)),
        ]
    },
    "Mounts a directory of the daemon that persists between builds. The input is what is in \
     it at first.",
)
.in_dockerfile("`RUN --mount=type=cache,from=INPUT,id=ID,sharing=MODE`");

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
    ),
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

static CACHE_MOUNT_SHARING: Builtin = Builtin::extension(
    Signature::new(
        Kind::option("cacheMount"),
        "sharing",
        const {
            &[Param::new(
                "mode",
                Kind::String,
                "`shared`: any number of commands at the same time; `private`: another \
                 directory for each; `locked`: one after another",
            )
            .about(Meaning::CacheSharing)
            .checked_by(|text, site| sharing(text, site).map(drop))]
        },
        "Says who may use the cache at the same time. Without it, that is `shared`.",
    ),
    Lower::Option,
)
.in_dockerfile("`RUN --mount=type=cache,sharing=MODE`");

/// One cache id with two sharing modes.
pub static SHARING_CONFLICT: Code = Code::error("HLB0332", "sharing-conflict");

/// Makes a `mount` with the option `cache` one of a cache, which starts with the input.
pub fn of_mount(
    cx: &mut Cx<'_>,
    option: &OptionCall,
    input: State,
    selector: String,
    readonly: bool,
) -> Result<MountKind, Diagnostic> {
    option.read("id", check_cache_id)?;
    let sharing = option.read("sharing", sharing)?;
    let id = option.string("id").to_owned();
    cache(cx, option.name_span, CacheMount { id, sharing, input, selector, readonly })
}

/// Adds a `cacheMount`.
pub fn bind(
    cx: &mut Cx<'_>,
    setting: &OptionCall,
    dir: &str,
    all: &mut Mounts,
) -> Result<(), Diagnostic> {
    setting.read("mountPoint", check_mount_point)?;
    let dest = join(dir, setting.string("mountPoint"));
    let id = match setting.option_call(&CACHE_MOUNT_ID) {
        None => dest.clone(),
        Some(option) => {
            option.read("id", check_cache_id)?;
            option.string("id").to_owned()
        }
    };
    let sharing = match setting.option_call(&CACHE_MOUNT_SHARING) {
        Some(option) => option.read("mode", sharing)?,
        None => Sharing::Shared,
    };
    let mount = CacheMount { id, sharing, ..CacheMount::default() };
    let kind = cache(cx, setting.name_span, mount)?;
    all.push(Mount { dest, kind }, setting.span_of("mountPoint"))
}

/// Makes a cache mount.
fn cache(cx: &mut Cx<'_>, at: Span, mount: CacheMount) -> Result<MountKind, Diagnostic> {
    let CacheMount { ref id, sharing, .. } = mount;
    let id = cx.host.settings.cache_id(id);
    match cx.output.cache_ids.get(&*id) {
        Some((known, place)) if *known != sharing => {
            let message = format!("cache `{}` has two sharing modes", id.trim_start_matches('/'));
            return Err(SHARING_CONFLICT
                .at(at, message)
                .label(*place, "its other mode is set here")
                .help("give it the same mode everywhere"));
        }
        _ => cx.output.cache_ids.insert_mut(id.as_str().into(), (sharing, at)),
    };
    Ok(MountKind::Cache(CacheMount { id, ..mount }))
}

fn check_cache_id(text: &str, site: &ArgSite) -> Result<(), Diagnostic> {
    match text.is_empty() {
        true => Err(site.invalid("expected the id of a cache, found an empty string")),
        false => Ok(()),
    }
}

/// Reads a sharing mode.
fn sharing(text: &str, site: &ArgSite) -> Result<Sharing, Diagnostic> {
    site.one_of(
        text,
        &[("shared", Sharing::Shared), ("private", Sharing::Private), ("locked", Sharing::Locked)],
    )
}
