use hlb_program::builtin::{Kind, Param, Signature};
use hlb_syntax::diagnostic::Diagnostic;
use llb::{Mount, MountKind, SshMount};

use super::mode::{MOUNT_MODE, Of};
use super::mounts::{Mounts, check_mount_point};
use super::secret::{ID, is_given, mode, owner_id};
use crate::needs::{Needed, Needs};
use crate::{Builtin, Cx, Lower, OptionCall, join};

pub(super) static ROWS: &[&Builtin] = &[
    &SSH,
    &SSH_TARGET,
    &SSH_UID,
    &SSH_GID,
    &SSH_MODE,
    &SSH_LOCAL_PATHS,
    &SSH_OPTIONAL,
    &FORWARD,
    &FORWARD_UID,
    &FORWARD_GID,
    &FORWARD_MODE,
    &FORWARD_OPTIONAL,
];

static SSH: Builtin = Builtin::option(
    "run",
    "ssh",
    &[],
    "Gives the command the SSH agent of the client, and sets `SSH_AUTH_SOCK`.",
)
.in_dockerfile("`RUN --mount=type=ssh,required=true`");
static SSH_TARGET: Builtin = Builtin::option(
    "ssh",
    "target",
    const {
        &[Param::new(
            "mountPoint",
            Kind::String,
            "the path of the socket in the command's filesystem",
        )
        .checked_by(check_mount_point)]
    },
    "Sets where the socket is. Without it, that is `/run/buildkit/ssh_agent.0`, and so on.",
)
.in_dockerfile("`RUN --mount=type=ssh,target=PATH`");
static SSH_UID: Builtin = Builtin::option(
    "ssh",
    "uid",
    const { &[ID] },
    "Sets the owner of the socket. Without it, that is root.",
)
.in_dockerfile("`RUN --mount=type=ssh,uid=ID`");
static SSH_GID: Builtin = Builtin::option(
    "ssh",
    "gid",
    const { &[ID] },
    "Sets the group of the socket. Without it, that is root.",
)
.in_dockerfile("`RUN --mount=type=ssh,gid=ID`");
static SSH_MODE: Builtin = Builtin::option(
    "ssh",
    "mode",
    const { &[MOUNT_MODE] },
    "Sets the permissions of the socket. Without it, these are `0o600`.",
)
.in_dockerfile("`RUN --mount=type=ssh,mode=MODE`");
static SSH_LOCAL_PATHS: Builtin = Builtin::option(
    "ssh",
    "localPaths",
    const {
        &[Param::variadic(
            "path",
            Kind::String,
            "the id of an agent, as in `--ssh ID=SOCKET`; one is taken",
        )]
    },
    "Takes the agent with this id, instead of the one with the id `default`.",
)
.in_dockerfile("`RUN --mount=type=ssh,id=ID`");
static SSH_OPTIONAL: Builtin = Builtin::extension(
    Signature::new(
        Kind::option("ssh"),
        "optional",
        &[],
        "Runs the command without the agent if the client does not give it: there is no socket, \
         and `SSH_AUTH_SOCK` is not set.",
    ),
    Lower::Option,
)
.in_dockerfile("`RUN --mount=type=ssh`, without `required`");

static FORWARD: Builtin = Builtin::option(
    "run",
    "forward",
    const {
        &[
            Param::new("src", Kind::String, "the id of a socket, as in `--ssh ID=SOCKET`"),
            Param::new("dest", Kind::String, "the path of the socket in the command's filesystem")
                .checked_by(check_mount_point),
        ]
    },
    "Gives the command a socket of the client.",
);
static FORWARD_UID: Builtin = Builtin::option(
    "forward",
    "uid",
    const { &[ID] },
    "Sets the owner of the socket. Without it, that is root.",
);
static FORWARD_GID: Builtin = Builtin::option(
    "forward",
    "gid",
    const { &[ID] },
    "Sets the group of the socket. Without it, that is root.",
);
static FORWARD_MODE: Builtin = Builtin::option(
    "forward",
    "mode",
    const { &[MOUNT_MODE] },
    "Sets the permissions of the socket. Without it, these are `0o600`.",
);
static FORWARD_OPTIONAL: Builtin = Builtin::extension(
    Signature::new(
        Kind::option("forward"),
        "optional",
        &[],
        "It is no error if the client gives no such socket: there is none then.",
    ),
    Lower::Option,
);

/// The two options that give a command a socket of the client's.
#[derive(Clone, Copy)]
pub enum Socket {
    Ssh,
    Forward,
}

impl Socket {
    /// Which of them an option is, if it is one.
    pub fn of(setting: &OptionCall) -> Option<Self> {
        if setting.builtin.is(&SSH) {
            return Some(Self::Ssh);
        }
        setting.builtin.is(&FORWARD).then_some(Self::Forward)
    }

    /// The options for owner, group and mode, and that which says that it may be missing.
    fn rows(self) -> [&'static Builtin; 4] {
        match self {
            Self::Ssh => [&SSH_UID, &SSH_GID, &SSH_MODE, &SSH_OPTIONAL],
            Self::Forward => [&FORWARD_UID, &FORWARD_GID, &FORWARD_MODE, &FORWARD_OPTIONAL],
        }
    }

    fn needs(self) -> Needs {
        match self {
            Self::Ssh => Needs::Agent,
            Self::Forward => Needs::Socket,
        }
    }
}

/// Adds an SSH agent or a forwarded socket; `index` counts both.
pub fn mount(
    cx: &mut Cx<'_>,
    setting: &OptionCall,
    socket: Socket,
    dir: &str,
    index: usize,
    all: &mut Mounts,
) -> Result<(), Diagnostic> {
    let (id, span, dest) = match socket {
        Socket::Ssh => {
            let paths = setting.option_call(&SSH_LOCAL_PATHS);
            let ids = paths.map(|paths| paths.strings().collect::<Vec<_>>());
            let id = match ids.as_deref() {
                None | Some([]) => "default",
                Some([one]) => one,
                Some(_) => {
                    let problem = "a build takes one agent, by its id";
                    return Err(paths.unwrap_or(setting).invalid("path", problem));
                }
            };
            let dest = match setting.option_call(&SSH_TARGET) {
                Some(target) => {
                    target.read("mountPoint", check_mount_point)?;
                    join(dir, target.string("mountPoint"))
                }
                None => format!("/run/buildkit/ssh_agent.{index}"),
            };
            (id, paths.map_or(setting.name_span, |paths| paths.span_of("path")), dest)
        }
        Socket::Forward => {
            setting.read("dest", check_mount_point)?;
            (setting.string("src"), setting.span_of("src"), join(dir, setting.string("dest")))
        }
    };
    // An empty id is the default one's.
    let given = if id.is_empty() { "default" } else { id };
    let [uid, gid, mode_row, optional_row] = socket.rows();
    let optional = setting.has(optional_row);
    if optional && !is_given(cx, socket.needs(), given) {
        return Ok(());
    }
    if matches!(socket, Socket::Ssh) && all.agent.is_none() {
        all.agent = Some(dest.clone());
    }
    let kind = MountKind::Ssh(SshMount {
        id: id.to_owned(),
        uid: owner_id(setting, uid)?,
        gid: owner_id(setting, gid)?,
        mode: mode(setting, mode_row, Of::PrivateFile)?,
        optional,
    });
    if !optional {
        all.needed.push(Needed { what: socket.needs(), id: given.to_owned(), span });
    }
    all.push(Mount { dest, kind }, setting.name_span)
}
