use gateway_proto::caps;
use hlb_program::builtin::{ArgSite, Effect, Kind, Meaning, Param, Signature};
use hlb_syntax::diagnostic::{Code, Diagnostic};
use llb::{Access, Bind, CacheMount, Mount, MountKind, Part};

use super::cache_mount::{self, CACHE, Source};
use super::cache_seed::{Place, PortableCache, SEED};
use super::mounts::{Bound, Mounts, Process, check_mount_point};
use super::part::taken;
use crate::{Builtin, Cx, Lower, OptionCall, join};

pub(super) static ROWS: &[&Builtin] = &[&MOUNT, &READONLY, &TMPFS, &TMPFS_SIZE, &SOURCE_PATH];

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

/// An alias of something that has no content of its own.
pub static UNBINDABLE: Code = Code::error("HLB0331", "unbindable-mount");

/// Adds a `mount`.
pub fn bind(
    cx: &mut Cx<'_>,
    setting: &OptionCall,
    process: &Process<'_>,
    all: &mut Mounts,
) -> Result<(), Diagnostic> {
    setting.read("mountPoint", check_mount_point)?;
    let Some(input) = setting.fs("input") else { return Ok(()) };
    let dest = join(process.dir, setting.string("mountPoint"));
    let source_path = setting.option_call(&SOURCE_PATH);
    let selector = source_path.map_or(String::new(), |path| path.string("path").to_owned());
    let bound = !setting.aliases.is_empty();
    let tmpfs = setting.option_call(&TMPFS);
    let cache = setting.option_call(&CACHE);
    if let Some(tmpfs) = tmpfs.filter(|_| bound && cache.is_none()) {
        let span = setting.as_span.unwrap_or(setting.span);
        return Err(UNBINDABLE
            .at(span, "a `tmpfs` mount has no content that an alias can name")
            .label(tmpfs.name_span, "made a `tmpfs` mount here")
            .help("bind another mount, and have the command copy there what is wanted"));
    }
    let kind = if let Some(option) = cache {
        let places = vec![Place { name: "", index: all.len() }];
        all.portable.extend(PortableCache::of(setting, &SEED, places, Some(input.clone())));
        let source = Source { input: input.state.clone(), selector };
        let cache = cache_mount::of_mount(cx, option, source, process)?;
        MountKind::Cache(CacheMount { readonly: setting.has(&READONLY), ..cache })
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
    for (_, alias) in setting.aliases.iter().filter(|_| cache.is_none()) {
        all.bound.push(Bound { index: all.len(), alias: *alias, input: input.clone() });
    }
    all.push(Mount { dest, kind }, setting.span_of("mountPoint"))
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
