use std::sync::Arc;

use hlb_program::builtin::{Effect, Flow, Kind, Meaning, Origin, Param, Signature};
use hlb_program::program::AliasId;
use hlb_syntax::diagnostic::{Code, Diagnostic};
use hlb_syntax::source::Span;
use llb::{Access, Bind, CacheMount, Mount, MountKind, SecretMount, Sharing, SshMount, State};

use super::mountpoint;
use crate::{Builtin, Call, Cx, Fs, Lower, OptionCall, join};

pub(super) static ROWS: &[&Builtin] = &[
    &MOUNT,
    &READONLY,
    &TMPFS,
    &SOURCE_PATH,
    &CACHE,
    &CACHE_MOUNT,
    &CACHE_MOUNT_ID,
    &CACHE_MOUNT_SHARING,
    &SECRET,
    &SECRET_UID,
    &SECRET_GID,
    &SECRET_MODE,
    &SECRET_INCLUDE,
    &SECRET_EXCLUDE,
    &SSH,
    &SSH_TARGET,
    &SSH_UID,
    &SSH_GID,
    &SSH_MODE,
    &SSH_LOCAL_PATHS,
    &FORWARD,
    &FORWARD_UID,
    &FORWARD_GID,
    &FORWARD_MODE,
];

const fn setting(
    of: &'static str,
    name: &'static str,
    params: &'static [Param],
    doc: &'static str,
) -> Builtin {
    Builtin::new(Signature::new(Kind::option(of), name, params, doc), Lower::Option)
}

pub static MOUNT: Builtin = Builtin::new(
    Signature::new(
            Kind::option("run"),
            "mount",
            const { &[
                Param::new("input", Kind::Fs, "the filesystem to mount"),
                Param::new("mountPoint", Kind::String, "where; relative to the working directory")
                    .about(Meaning::MountPoint),
            ] },
            "Mounts a filesystem while the command runs. What it writes there is kept only under an alias.",
        ).with_effects(const { &[Effect::new("target", Kind::Fs, "the filesystem after the command")] }),
    Lower::Option,
);

static READONLY: Builtin =
    setting("mount", "readonly", &[], "Keeps the command from writing there.");
static TMPFS: Builtin = setting("mount", "tmpfs", &[], "Mounts an empty filesystem in memory.");

static SOURCE_PATH: Builtin = setting(
    "mount",
    "sourcePath",
    const { &[Param::new("path", Kind::String, "a path of the input")] },
    "Mounts this part of the input instead of all of it.",
);

static CACHE: Builtin = setting(
    "mount",
    "cache",
    const {
        &[
            Param::new("id", Kind::String, "names the cache").about(Meaning::CacheId),
            Param::new("sharing", Kind::String, "`shared`, `private` or `locked`")
                .about(Meaning::CacheSharing),
        ]
    },
    "Mounts a directory that outlives the build, on the daemon.",
);

/// The short form of a cache mount.
pub static CACHE_MOUNT: Builtin = Builtin {
    signature: Signature {
        kind: Kind::option("run"),
        name: "cacheMount",
        params: const {
            &[Param::new("mountPoint", Kind::String, "where; relative to the working directory")
                .about(Meaning::CacheMountPoint)]
        },
        effects: &[],
        doc: "Mounts a directory that outlives the build, on the daemon. It is shared with every step and every \
              Dockerfile that mounts a cache of the same id.",
        origin: Origin::Extension,
        instruction: None,
        flow: Flow::Continues,
    },
    lower: Lower::Option,
};

static CACHE_MOUNT_ID: Builtin = Builtin::extension(
    Signature::new(
        Kind::option("cacheMount"),
        "id",
        const { &[Param::new("id", Kind::String, "names the cache").about(Meaning::CacheId)] },
        "Sets the identity of the cache. By default it is the mount point.",
    ),
    Lower::Option,
);

static CACHE_MOUNT_SHARING: Builtin = Builtin::extension(
    Signature::new(
        Kind::option("cacheMount"),
        "sharing",
        const {
            &[Param::new("mode", Kind::String, "`shared`, `private` or `locked`")
                .about(Meaning::CacheSharing)]
        },
        "Says who may use the cache at the same time. By default everybody.",
    ),
    Lower::Option,
);

pub static SECRET: Builtin = setting(
    "run",
    "secret",
    const {
        &[
            Param::new("localPath", Kind::String, "the id of the secret, as in `--secret id=…`"),
            Param::new("mountPoint", Kind::String, "the file that holds it")
                .about(Meaning::SecretMountPoint),
        ]
    },
    "Mounts a secret of the client's.",
);

const UID: Param = Param::new("id", Kind::Int, "a numeric id");
const MODE: Param =
    Param::new("mode", Kind::Int, "permission bits, such as `0o400`").about(Meaning::Mode);
const PATTERN: Param = Param::variadic("pattern", Kind::String, "a pattern as in `.dockerignore`");

static SECRET_UID: Builtin =
    setting("secret", "uid", const { &[UID] }, "Sets the owner of the file.");
static SECRET_GID: Builtin =
    setting("secret", "gid", const { &[UID] }, "Sets the group of the file.");
static SECRET_MODE: Builtin =
    setting("secret", "mode", const { &[MODE] }, "Sets the permissions of the file.");
static SECRET_INCLUDE: Builtin = Builtin::new(
    Signature::new(
        Kind::option("secret"),
        "includePatterns",
        const { &[PATTERN] },
        "Takes only matching files of a directory.",
    ),
    Lower::Unsupported,
);
static SECRET_EXCLUDE: Builtin = Builtin::new(
    Signature::new(
        Kind::option("secret"),
        "excludePatterns",
        const { &[PATTERN] },
        "Leaves out matching files of a directory.",
    ),
    Lower::Unsupported,
);

pub static SSH: Builtin = setting("run", "ssh", &[], "Gives the command the client's SSH agent.");
static SSH_TARGET: Builtin = setting(
    "ssh",
    "target",
    const { &[Param::new("mountPoint", Kind::String, "the path of the socket")] },
    "Sets where the agent's socket is.",
);
static SSH_UID: Builtin = setting("ssh", "uid", const { &[UID] }, "Sets the owner of the socket.");
static SSH_GID: Builtin = setting("ssh", "gid", const { &[UID] }, "Sets the group of the socket.");
static SSH_MODE: Builtin =
    setting("ssh", "mode", const { &[MODE] }, "Sets the permissions of the socket.");
static SSH_LOCAL_PATHS: Builtin = setting(
    "ssh",
    "localPaths",
    const { &[Param::variadic("path", Kind::String, "the id of an agent, as in `--ssh ID=…`")] },
    "Takes the agent of this id instead of the default one.",
);

pub static FORWARD: Builtin = setting(
    "run",
    "forward",
    const {
        &[
            Param::new("src", Kind::String, "the id of a socket, as in `--ssh ID=…`"),
            Param::new("dest", Kind::String, "the path of the socket"),
        ]
    },
    "Gives the command a socket of the client's.",
);
static FORWARD_UID: Builtin =
    setting("forward", "uid", const { &[UID] }, "Sets the owner of the socket.");
static FORWARD_GID: Builtin =
    setting("forward", "gid", const { &[UID] }, "Sets the group of the socket.");
static FORWARD_MODE: Builtin =
    setting("forward", "mode", const { &[MODE] }, "Sets the permissions of the socket.");

/// An alias of something that has no content of its own.
pub static UNBINDABLE: Code = Code::error("HLB0331", "unbindable-mount");
/// One cache id with two sharing modes.
pub static SHARING_CONFLICT: Code = Code::error("HLB0332", "sharing-conflict");

/// The mounts of a `run`.
#[derive(Default)]
pub struct Mounts {
    pub mounts: Vec<Mount>,
    pub bound: Vec<Bound>,
    /// The first agent's socket.
    pub agent: Option<String>,
}

/// A mount whose content an alias names.
pub struct Bound {
    /// Its place among the mounts.
    pub index: usize,
    pub alias: AliasId,
    pub input: Arc<Fs>,
}

/// Whether an option of `run` mounts something; a program may mix them in any order.
fn is_mount(option: &OptionCall) -> bool {
    [&MOUNT, &CACHE_MOUNT, &SECRET, &SSH, &FORWARD].into_iter().any(|row| option.builtin.is(row))
}

/// Collects what a `run` mounts, in the order of its options.
pub fn mounts(cx: &mut Cx<'_>, call: &Call, dir: &str) -> Result<Mounts, Diagnostic> {
    let mut all = Mounts::default();
    let mut sockets = 0;
    for setting in call.options.iter().filter(|it| is_mount(it)) {
        if setting.builtin.is(&MOUNT) {
            bind(cx, setting, dir, &mut all)?;
        } else if setting.builtin.is(&CACHE_MOUNT) {
            let dest = join(dir, setting.string("mountPoint"));
            let id = setting
                .option_call(&CACHE_MOUNT_ID)
                .map_or(dest.clone(), |id| id.string("id").to_owned());
            let sharing = match setting.option_call(&CACHE_MOUNT_SHARING) {
                Some(sharing) => self::sharing(sharing, "mode")?,
                None => Sharing::Shared,
            };
            let kind = cache(cx, setting.name_span, id, sharing, State::Scratch)?;
            all.mounts.push(Mount { dest, kind });
        } else if setting.builtin.is(&SECRET) {
            let kind = MountKind::Secret(SecretMount {
                id: setting.string("localPath").to_owned(),
                uid: id(setting, &SECRET_UID)?,
                gid: id(setting, &SECRET_GID)?,
                mode: bits(setting, &SECRET_MODE, 0o400)?,
                optional: false,
            });
            all.mounts.push(Mount { dest: join(dir, setting.string("mountPoint")), kind });
        } else {
            let mount = socket(setting, dir, sockets)?;
            sockets += 1;
            if setting.builtin.is(&SSH) && all.agent.is_none() {
                all.agent = Some(mount.dest.clone());
            }
            all.mounts.push(mount);
        }
    }
    mountpoint::make(cx, call, &mut all.mounts);
    Ok(all)
}

fn bind(
    cx: &mut Cx<'_>,
    setting: &OptionCall,
    dir: &str,
    all: &mut Mounts,
) -> Result<(), Diagnostic> {
    let Some(input) = setting.fs("input") else { return Ok(()) };
    let dest = join(dir, setting.string("mountPoint"));
    let selector = setting
        .option_call(&SOURCE_PATH)
        .map_or(String::new(), |path| path.string("path").to_owned());
    let bound = !setting.aliases.is_empty();
    let special = setting.option_call(&CACHE).or(setting.option_call(&TMPFS));
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
        let sharing = sharing(option, "sharing")?;
        cache(cx, option.name_span, option.string("id").to_owned(), sharing, input.state.clone())?
    } else if setting.has(&TMPFS) {
        if input.state.edge().is_some() {
            let problem = "a `tmpfs` mount starts empty: expected `scratch`";
            return Err(setting.invalid("input", problem));
        }
        MountKind::Tmpfs { size_bytes: 0 }
    } else {
        let access = match (setting.has(&READONLY), bound) {
            (true, _) => Access::Readonly,
            // An alias decides whether there is an output, not who uses it: the command's vertex is then the same
            // whatever target is built.
            (false, true) => Access::Output,
            (false, false) => Access::Discard,
        };
        MountKind::Bind(Bind { input: input.state.clone(), selector, access, ..Bind::default() })
    };
    for alias in &setting.aliases {
        all.bound.push(Bound { index: all.mounts.len(), alias: *alias, input: input.clone() });
    }
    all.mounts.push(Mount { dest, kind });
    Ok(())
}

/// Makes a cache mount; its id is written as the Dockerfile frontend writes it, so that both share a warm cache
/// (BuildKit 0.32, `frontend/dockerfile/dockerfile2llb/convert_runmount.go`).
fn cache(
    cx: &mut Cx<'_>,
    at: Span,
    id: String,
    sharing: Sharing,
    input: State,
) -> Result<MountKind, Diagnostic> {
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
    Ok(MountKind::Cache(CacheMount { id, sharing, input, ..CacheMount::default() }))
}

/// Reads a sharing mode.
fn sharing(setting: &OptionCall, param: &str) -> Result<Sharing, Diagnostic> {
    setting.one_of(
        param,
        &[("shared", Sharing::Shared), ("private", Sharing::Private), ("locked", Sharing::Locked)],
    )
}

/// An SSH agent or a forwarded socket; `index` counts both.
fn socket(setting: &OptionCall, dir: &str, index: usize) -> Result<Mount, Diagnostic> {
    let ssh = setting.builtin.is(&SSH);
    let [uid, gid, mode] = if ssh {
        [&SSH_UID, &SSH_GID, &SSH_MODE]
    } else {
        [&FORWARD_UID, &FORWARD_GID, &FORWARD_MODE]
    };
    let (name, dest) = if ssh {
        let paths =
            setting.option_call(&SSH_LOCAL_PATHS).map(|paths| paths.strings().collect::<Vec<_>>());
        let name = match paths.as_deref() {
            None | Some([]) => "default",
            Some([one]) => one,
            Some(_) => {
                let problem = "a build takes one agent, by its id";
                return Err(setting
                    .option_call(&SSH_LOCAL_PATHS)
                    .unwrap_or(setting)
                    .invalid("path", problem));
            }
        };
        let dest = match setting.option_call(&SSH_TARGET) {
            Some(target) => join(dir, target.string("mountPoint")),
            None => format!("/run/buildkit/ssh_agent.{index}"),
        };
        (name, dest)
    } else {
        (setting.string("src"), join(dir, setting.string("dest")))
    };
    let kind = MountKind::Ssh(SshMount {
        id: name.to_owned(),
        uid: id(setting, uid)?,
        gid: id(setting, gid)?,
        mode: bits(setting, mode, 0o600)?,
        optional: false,
    });
    Ok(Mount { dest, kind })
}

fn id(setting: &OptionCall, option: &'static Builtin) -> Result<u32, Diagnostic> {
    let Some(option) = setting.option_call(option) else { return Ok(0) };
    let id = option.int("id");
    u32::try_from(id).map_err(|_| {
        option.invalid("id", format!("expected an id from 0 to {}, found `{id}`", u32::MAX))
    })
}

fn bits(setting: &OptionCall, option: &'static Builtin, default: u32) -> Result<u32, Diagnostic> {
    setting.option_call(option).map_or(Ok(default), |option| option.mode("mode"))
}
