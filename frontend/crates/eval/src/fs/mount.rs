use gateway_proto::caps;
use hlb_program::builtin::{ArgSite, Effect, Kind, Meaning, Param, Signature};
use hlb_syntax::diagnostic::{Code, Diagnostic};
use hlb_syntax::source::Span;
use llb::{Access, Bind, CacheMount, Mount, MountKind, Part, Sharing};

use super::mounts::{Bound, Mounts, check_mount_point};
use super::part::taken;
use crate::{Builtin, Cx, Lower, OptionCall, join};

pub(super) static ROWS: &[&Builtin] = &[
    &MOUNT,
    &READONLY,
    &TMPFS,
    &TMPFS_SIZE,
    &SOURCE_PATH,
    &CACHE,
    &CACHE_MOUNT,
    &CACHE_MOUNT_ID,
    &CACHE_MOUNT_SHARING,
];

pub static MOUNT: Builtin =
    Builtin::new(
        Signature::new(
            Kind::option("run"),
            "mount",
            const {
                &[
                    Param::new("input", Kind::Fs, "the filesystem to mount"),
                    Param::new(
                        "mountPoint",
                        Kind::String,
                        "the directory or file that it is mounted at; relative to the working \
                         directory",
                    )
                    .about(Meaning::MountPoint)
                    .checked_by(check_mount_point),
                ]
            },
            "Mounts a filesystem while the command runs. What the command writes there is \
             dropped, unless `as` gives it a name.",
        )
        .with_effects(
            const {
                &[Effect::new(
                    "target",
                    Kind::Fs,
                    "the mounted filesystem as the command leaves it",
                )]
            },
        ),
        Lower::Option,
    )
    .in_dockerfile("`RUN --mount=type=bind,from=INPUT,target=PATH,rw`");

static READONLY: Builtin =
    Builtin::option("mount", "readonly", &[], "Keeps the command from writing to the mount.")
        .in_dockerfile("`RUN --mount=type=bind`, without `rw`");
static TMPFS: Builtin = Builtin::option(
    "mount",
    "tmpfs",
    &[],
    "Mounts an empty filesystem in memory. The input must be `scratch`.",
)
.in_dockerfile("`RUN --mount=type=tmpfs,target=PATH`");

/// The most that a filesystem in memory holds.
static TMPFS_SIZE: Builtin = Builtin::extension(
    Signature::new(
        Kind::option("tmpfs"),
        "size",
        const {
            &[Param::new(
                "size",
                Kind::String,
                "a number of bytes, or one with a unit, such as `64m`",
            )
            .checked_by(|text, site| size_bytes(text, site).map(drop))]
        },
        "Limits the size of the filesystem. Without it, the daemon decides.",
    ),
    Lower::Option,
)
.needing(caps::EXEC_MOUNT_TMPFS_SIZE)
.in_dockerfile("`RUN --mount=type=tmpfs,size=BYTES`");

static SOURCE_PATH: Builtin = Builtin::option(
    "mount",
    "sourcePath",
    const { &[Param::new("path", Kind::String, "a directory or file of the input")] },
    "Mounts a part of the input, instead of all of it.",
)
.in_dockerfile("`RUN --mount=type=bind,source=PATH`");

const CACHE_ID: Param = Param::new(
    "id",
    Kind::String,
    "the identity of the cache; mounts with one identity have one directory",
)
.about(Meaning::CacheId)
.checked_by(check_cache_id);

static CACHE: Builtin = Builtin::option(
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

/// An alias of something that has no content of its own.
pub static UNBINDABLE: Code = Code::error("HLB0331", "unbindable-mount");
/// One cache id with two sharing modes.
pub static SHARING_CONFLICT: Code = Code::error("HLB0332", "sharing-conflict");

/// Adds a `mount`.
pub fn bind(
    cx: &mut Cx<'_>,
    setting: &OptionCall,
    dir: &str,
    all: &mut Mounts,
) -> Result<(), Diagnostic> {
    setting.read("mountPoint", check_mount_point)?;
    let Some(input) = setting.fs("input") else { return Ok(()) };
    let dest = join(dir, setting.string("mountPoint"));
    let source_path = setting.option_call(&SOURCE_PATH);
    let selector = source_path.map_or(String::new(), |path| path.string("path").to_owned());
    let bound = !setting.aliases.is_empty();
    let tmpfs = setting.option_call(&TMPFS);
    let special = setting.option_call(&CACHE).or(tmpfs);
    if let Some(special) = special.filter(|_| bound) {
        let what = special.builtin.signature.name;
        return Err(UNBINDABLE
            .at(
                setting.as_span.unwrap_or(setting.span),
                format!("a `{what}` mount has no content that an alias can name"),
            )
            .label(special.name_span, format!("made a `{what}` mount here"))
            .help("bind another mount, and have the command copy there what is wanted"));
    }
    let kind = if let Some(option) = setting.option_call(&CACHE) {
        option.read("id", check_cache_id)?;
        let sharing = option.read("sharing", sharing)?;
        let mount = CacheMount {
            id: option.string("id").to_owned(),
            sharing,
            input: input.state.clone(),
            selector,
            readonly: setting.has(&READONLY),
        };
        cache(cx, option.name_span, mount)?
    } else if let Some(tmpfs) = tmpfs {
        if input.state.edge().is_some() {
            let problem = "a `tmpfs` mount starts empty: expected `scratch`";
            return Err(setting.invalid("input", problem));
        }
        let size = tmpfs.option_call(&TMPFS_SIZE).map(|option| option.read("size", size_bytes));
        MountKind::Tmpfs { size_bytes: size.transpose()?.unwrap_or_default() }
    } else {
        let access = match (setting.has(&READONLY), bound) {
            (true, _) => Access::Readonly,
            // An alias decides whether there is an output, not who uses it: the command's vertex is then the same
            // whatever target is built.
            (false, true) => Access::Output,
            (false, false) => Access::Discard,
        };
        let input = match access {
            // With what the command writes there, it becomes a filesystem as a whole.
            Access::Output => input.state.clone(),
            Access::Readonly | Access::Discard => {
                let span = source_path.map_or(setting.span, |option| option.span_of("path"));
                taken(cx, &input.state, &Part::of(&join("/", &selector)), span)?
            }
        };
        MountKind::Bind(Bind { input, selector, access, ..Bind::default() })
    };
    for (_, alias) in &setting.aliases {
        all.bound.push(Bound { index: all.len(), alias: *alias, input: input.clone() });
    }
    all.push(Mount { dest, kind }, setting.span_of("mountPoint"))
}

/// Adds a `cacheMount`.
pub fn cache_mount(
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

/// Makes a cache mount; its id is written as the Dockerfile frontend writes it, so that both share a warm cache
/// (BuildKit 0.32, `frontend/dockerfile/dockerfile2llb/convert_runmount.go`).
fn cache(cx: &mut Cx<'_>, at: Span, mount: CacheMount) -> Result<MountKind, Diagnostic> {
    let CacheMount { ref id, sharing, .. } = mount;
    let id = format!("{}/{id}", cx.host.settings.cache_namespace);
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

/// Reads a size as docker's `--shm-size` takes it, in bytes: a number and perhaps a unit, in powers of 1024.
fn size_bytes(text: &str, site: &ArgSite) -> Result<i64, Diagnostic> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let shift = match unit.trim_start().to_ascii_lowercase().as_str() {
        "" | "b" => Some(0),
        "k" | "kb" | "kib" => Some(10),
        "m" | "mb" | "mib" => Some(20),
        "g" | "gb" | "gib" => Some(30),
        "t" | "tb" | "tib" => Some(40),
        _ => None,
    };
    let number = number.parse::<i64>().ok().filter(|number| *number > 0);
    let bytes = number.zip(shift).and_then(|(number, shift)| number.checked_mul(1 << shift));
    bytes.ok_or_else(|| site.invalid(format!("expected a size such as `64m`, found `{text}`")))
}
