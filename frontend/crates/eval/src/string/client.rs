//! What the first implementation read on the client's machine, which a build sees nothing of.

use hlb_program::builtin::{Kind, Param, Signature};
use hlb_syntax::diagnostic::{Code, Diagnostic};

use crate::{Builtin, Call, Cx, Lower};

pub(super) static ROWS: &[&Builtin] = &[
    &LOCAL_ARCH,
    &LOCAL_OS,
    &LOCAL_CWD,
    &LOCAL_ENV,
    &LOCAL_RUN,
    &IGNORE_ERROR,
    &ONLY_STDERR,
    &INCLUDE_STDERR,
    &SHLEX,
];

type Lowering = fn(&mut Cx<'_>, &Call) -> Result<String, Diagnostic>;

const fn of_client(
    name: &'static str,
    params: &'static [Param],
    doc: &'static str,
    lower: Lowering,
) -> Builtin {
    Builtin::new(Signature::new(Kind::String, name, params, doc), Lower::String(lower))
}

const fn flag(name: &'static str, doc: &'static str) -> Builtin {
    Builtin::flag("localRun", name, doc)
}

static LOCAL_ARCH: Builtin = of_client(
    "localArch",
    &[],
    "The architecture of the platform that the build runs on, such as `amd64` or `arm64`.",
    |cx, _| Ok(cx.host.settings.build_platform.architecture.clone()),
)
.in_dockerfile("`BUILDARCH`");
static LOCAL_OS: Builtin = of_client(
    "localOs",
    &[],
    "The operating system of the platform that the build runs on, such as `linux`.",
    |cx, _| Ok(cx.host.settings.build_platform.os.clone()),
)
.in_dockerfile("`BUILDOS`");
/// Not `/`: what `local` and `download` read is relative, and so is what programs join to it.
static LOCAL_CWD: Builtin =
    of_client("localCwd", &[], "The root of the build context, which is `.`.", |_, _| {
        Ok(".".to_owned())
    });

pub static LOCAL_ENV: Builtin = of_client(
    "localEnv",
    const {
        &[Param::new(
            "key",
            Kind::String,
            "the name of the build argument, as in `--build-arg NAME=VALUE`",
        )]
    },
    "The value of a build argument; empty if the client does not set it.",
    |cx, call| Ok(cx.host.settings.build_args.get(call.string("key")).cloned().unwrap_or_default()),
)
.in_dockerfile("`ARG NAME`");

static LOCAL_RUN: Builtin = of_client(
    "localRun",
    const {
        &[
            Param::new("command", Kind::String, "a line for `/bin/sh`, or with `args` a program"),
            Param::variadic("args", Kind::String, "the arguments of the program"),
        ]
    },
    "What a command prints on the machine of the client. It is an error, since a build has \
     no access to that.",
    |_, call| Err(no_client(call)),
);
static IGNORE_ERROR: Builtin =
    flag("ignoreError", "Takes the output of a command that fails, too.");
static ONLY_STDERR: Builtin = flag(
    "onlyStderr",
    "Takes what the command prints on standard error, instead of standard \
     output.",
);
static INCLUDE_STDERR: Builtin =
    flag("includeStderr", "Takes what the command prints on standard error, too.");
static SHLEX: Builtin = flag(
    "shlex",
    "Splits the one argument into words as a shell does, and runs these \
     without a shell.",
);

/// A command for the client's machine.
pub static CLIENT_COMMAND: Code = Code::error("HLB0336", "client-command");

fn no_client(call: &Call) -> Diagnostic {
    CLIENT_COMMAND
        .at(call.name_span, "`localRun` runs on the client's machine, which a build has no access to")
        .help(
            "run the command in a step that writes its output to a file, and read that with `fileContent`",
        )
        .help("or take the text as a parameter, for `--build-arg`")
}
