use gateway_proto::caps;
use hlb_program::builtin::{ArgSite, Kind, Meaning, Param, Signature};
use hlb_syntax::diagnostic::{Code, Diagnostic};
use llb::{KeyText, Mount, MountKind, SecretEnv, SecretMount};

use super::env::check_variable;
use super::mode::{MOUNT_MODE, Mode, Of};
use super::mounts::{Mounts, check_mount_point};
use super::owner;
use super::pattern::PATTERN;
use super::secret_keyed::{KEYED, key_text};
use crate::needs::{Needed, Needs};
use crate::{Answer, Builtin, Cx, Lower, OptionCall, join};

pub(super) static ROWS: &[&Builtin] = &[
    &SECRET,
    &UID,
    &GID,
    &MODE,
    &ENV,
    &OPTIONAL,
    &VERSION,
    &KEYED,
    &INCLUDE_PATTERNS,
    &EXCLUDE_PATTERNS,
];

pub static SECRET: Builtin = Builtin::option(
    "run",
    "secret",
    const {
        &[
            Param::new("localPath", Kind::String, "the id of the secret, as in `--secret id=ID`")
                .about(Meaning::SecretId)
                .checked_by(check_id),
            Param::optional(
                "mountPoint",
                Kind::String,
                "the file that has it; without it, `/run/secrets/` and the id",
            )
            .about(Meaning::SecretMountPoint)
            .checked_by(check_mount_point),
        ]
    },
    "Mounts a secret of the client as a file while the command runs. Its value is in no \
     cache and no image.",
)
.in_dockerfile("`RUN --mount=type=secret,id=ID,target=PATH,required=true`");

/// The parameter for the owner of what is mounted.
pub const ID: Param = Param::new("id", Kind::Int, "a number")
    .ints_checked_by(|found, site| owner::id(found, site).map(drop));

static UID: Builtin = Builtin::option(
    "secret",
    "uid",
    const { &[ID] },
    "Sets the owner of the file. Without it, that is root.",
)
.in_dockerfile("`RUN --mount=type=secret,uid=ID`");
static GID: Builtin = Builtin::option(
    "secret",
    "gid",
    const { &[ID] },
    "Sets the group of the file. Without it, that is root.",
)
.in_dockerfile("`RUN --mount=type=secret,gid=ID`");
static MODE: Builtin = Builtin::option(
    "secret",
    "mode",
    const { &[MOUNT_MODE] },
    "Sets the permissions of the file. Without it, these are `0o400`.",
)
.in_dockerfile("`RUN --mount=type=secret,mode=MODE`");

static ENV: Builtin = Builtin::extension(
    Signature::new(
        Kind::option("secret"),
        "env",
        const {
            &[Param::new("name", Kind::String, "the name of the variable")
                .checked_by(check_variable)]
        },
        "Gives the command the secret as an environment variable. There is a file only if a \
         mount point is written.",
    ),
    Lower::Option,
)
.needing(caps::EXEC_SECRETENV)
.in_dockerfile("`RUN --mount=type=secret,env=NAME`");

static OPTIONAL: Builtin = Builtin::extension(
    Signature::new(
        Kind::option("secret"),
        "optional",
        &[],
        "Runs the command without the secret if the client does not give it: there is no file, \
         and the variable is not set.",
    ),
    Lower::Option,
)
.in_dockerfile("`RUN --mount=type=secret`, without `required`");

static VERSION: Builtin = Builtin::extension(
    Signature::new(
        Kind::option("secret"),
        "version",
        const { &[Param::new("text", Kind::String, "anything but the secret itself")] },
        "Runs the command again when the text is another. A secret alone never does, unless it is `keyed`.",
    ),
    Lower::Option,
)
.in_dockerfile("an `ARG` with a version before the `RUN`");

static INCLUDE_PATTERNS: Builtin = Builtin::option(
    "secret",
    "includePatterns",
    const { &[PATTERN] },
    "Takes only the matching files of a directory. It is an error, since a secret of a build \
     is one file.",
);
static EXCLUDE_PATTERNS: Builtin = Builtin::option(
    "secret",
    "excludePatterns",
    const { &[PATTERN] },
    "Leaves out the matching files of a directory. It is an error, since a secret of a build \
     is one file.",
);

/// Patterns that choose among the files of a secret.
pub static SECRET_DIRECTORY: Code = Code::error("HLB0358", "secret-directory");

/// Where a secret is that the program gives no mount point (docker/dockerfile's `RUN --mount=type=secret`).
const SECRETS: &str = "/run/secrets";

/// Adds a secret.
pub fn secret(
    cx: &mut Cx<'_>,
    setting: &OptionCall,
    dir: &str,
    all: &mut Mounts,
) -> Result<(), Diagnostic> {
    if let Some(patterns) =
        setting.option_call(&INCLUDE_PATTERNS).or(setting.option_call(&EXCLUDE_PATTERNS))
    {
        return Err(SECRET_DIRECTORY
            .at(patterns.name_span, "a secret of the client is one file, of which patterns choose nothing")
            .help("give the build each file as a secret of its own, as in `--secret id=NAME,src=FILE`"));
    }
    setting.read("localPath", check_id)?;
    let id = setting.string("localPath");
    let optional = setting.has(&OPTIONAL);
    let variable = setting.option_call(&ENV);
    if let Some(variable) = variable {
        variable.read("name", check_variable)?;
        let name = variable.string("name").to_owned();
        // The daemon makes an empty variable of a secret that is missing, which is not the same as none (BuildKit 0.13 and
        // 0.32, `solver/llbsolver/ops/exec.go`, `loadSecretEnv`).
        if !optional || is_given(cx, Needs::Secret, id) {
            all.secret_env.push(SecretEnv { id: id.to_owned(), name, optional });
        }
    }
    let dest = if setting.is_given("mountPoint") {
        setting.read("mountPoint", check_mount_point)?;
        Some(join(dir, setting.string("mountPoint")))
    } else {
        let name = id.trim_end_matches('/').rsplit('/').next().unwrap_or(id);
        variable.is_none().then(|| join(SECRETS, name))
    };
    if let Some(dest) = dest {
        let kind = MountKind::Secret(SecretMount {
            id: id.to_owned(),
            uid: owner_id(setting, &UID)?,
            gid: owner_id(setting, &GID)?,
            mode: mode(setting, &MODE, Of::SecretFile)?,
            optional,
        });
        let param = if setting.is_given("mountPoint") { "mountPoint" } else { "localPath" };
        all.push(Mount { dest, kind }, setting.span_of(param))?;
    }
    if let Some(version) = setting.option_call(&VERSION) {
        all.key_only.push(KeyText::new(&format!("secret {id}"), version.string("text")));
    }
    all.key_only.extend(key_text(cx, setting, id)?);
    if !optional {
        let span = setting.span_of("localPath");
        all.needed.push(Needed { what: Needs::Secret, id: id.to_owned(), span });
    }
    Ok(())
}

/// Whether the client gives something; where that can't be known, it is left to the daemon.
pub fn is_given(cx: &mut Cx<'_>, what: Needs, id: &str) -> bool {
    !matches!(cx.is_given(what, id), Answer::Ready(false))
}

/// The id that an option gives, of root if there is none.
pub fn owner_id(setting: &OptionCall, option: &'static Builtin) -> Result<u32, Diagnostic> {
    setting.option_call(option).map_or(Ok(0), |option| option.read_int("id", owner::id))
}

/// The mode that an option gives.
pub fn mode(setting: &OptionCall, option: &'static Builtin, of: Of) -> Result<u32, Diagnostic> {
    let default = Ok(of.initial());
    setting.option_call(option).map_or(default, |option| Mode::of_mount(option, of))
}

/// Checks the id of a secret.
pub fn check_id(text: &str, site: &ArgSite) -> Result<(), Diagnostic> {
    match text.is_empty() {
        true => Err(site.invalid("expected the id of a secret, found an empty string")),
        false => Ok(()),
    }
}
