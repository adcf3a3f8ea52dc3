use hlb_program::builtin::{Kind, Param, Signature};

use crate::{Builtin, Lower};

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

const fn of_client(name: &'static str, params: &'static [Param], doc: &'static str) -> Builtin {
    Builtin::new(Signature::new(Kind::String, name, params, doc), Lower::Unsupported)
}

const fn flag(name: &'static str, doc: &'static str) -> Builtin {
    Builtin::flag("localRun", name, doc)
}

static LOCAL_ARCH: Builtin = of_client("localArch", &[], "The architecture of the client.");
static LOCAL_OS: Builtin = of_client("localOs", &[], "The operating system of the client.");
static LOCAL_CWD: Builtin = of_client("localCwd", &[], "The working directory of the client.");
static LOCAL_ENV: Builtin = of_client(
    "localEnv",
    const { &[Param::new("key", Kind::String, "the variable")] },
    "A variable of the client's environment.",
);
static LOCAL_RUN: Builtin = of_client(
    "localRun",
    const {
        &[
            Param::new("command", Kind::String, "a line for `/bin/sh`, or a program"),
            Param::variadic("args", Kind::String, "the program's arguments"),
        ]
    },
    "What a command on the client prints.",
);
static IGNORE_ERROR: Builtin = flag("ignoreError", "It is no error if the command fails.");
static ONLY_STDERR: Builtin =
    flag("onlyStderr", "Takes what the command prints on standard error.");
static INCLUDE_STDERR: Builtin =
    flag("includeStderr", "Takes what the command prints on standard error too.");
static SHLEX: Builtin =
    flag("shlex", "Splits the one argument into words, and runs them without a shell.");
