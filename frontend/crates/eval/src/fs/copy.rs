use std::sync::Arc;

use hlb_program::builtin::{Kind, Meaning, Param, Signature};
use hlb_syntax::diagnostic::Diagnostic;
use llb::{CopyMode, FileAction, FileCopy, State};

use super::file::{act, chown_signature, created_time_signature};
use super::owner::{created_time, owner};
use crate::{Builtin, Call, Cx, Fs, Lower};

pub(super) static ROWS: &[&Builtin] = &[
    &COPY,
    &FOLLOW_SYMLINKS,
    &CONTENTS_ONLY,
    &UNPACK,
    &CREATE_DEST_PATH,
    &ALLOW_WILDCARD,
    &ALLOW_EMPTY_WILDCARD,
    &CHOWN,
    &CHMOD,
    &CREATED_TIME,
    &INCLUDE_PATTERNS,
    &EXCLUDE_PATTERNS,
];

static COPY: Builtin = Builtin::new(
    Signature::new(
        Kind::Fs,
        "copy",
        const {
            &[
                Param::new("input", Kind::Fs, "the filesystem to copy from"),
                Param::new(
                    "src",
                    Kind::String,
                    "what to copy; relative to the input's working directory",
                ),
                Param::new(
                    "dst",
                    Kind::String,
                    "where to; with a `/` at the end it is a directory to copy into",
                ),
            ]
        },
        "Copies a file or directory from another filesystem.",
    ),
    Lower::Fs(lower),
);

const fn flag(name: &'static str, doc: &'static str) -> Builtin {
    Builtin::flag("copy", name, doc)
}

static FOLLOW_SYMLINKS: Builtin =
    flag("followSymlinks", "Copies what a symbolic link points to, not the link.");
static CONTENTS_ONLY: Builtin =
    flag("contentsOnly", "Copies what is in a directory, not the directory.");
static UNPACK: Builtin = flag("unpack", "Extracts an archive instead of copying it.");
static CREATE_DEST_PATH: Builtin =
    flag("createDestPath", "Makes the directories above the destination.");
static ALLOW_WILDCARD: Builtin =
    flag("allowWildcard", "Reads `*`, `?` and `[…]` of the source as wildcards.");
static ALLOW_EMPTY_WILDCARD: Builtin =
    flag("allowEmptyWildcard", "It is no error if a wildcard matches nothing.");
static CHOWN: Builtin = Builtin::new(chown_signature("copy"), Lower::Option);
static CREATED_TIME: Builtin = Builtin::new(created_time_signature("copy"), Lower::Option);

static CHMOD: Builtin = Builtin::new(
    Signature::new(
        Kind::option("copy"),
        "chmod",
        const {
            &[Param::new("mode", Kind::Int, "permission bits, such as `0o755`")
                .about(Meaning::Mode)]
        },
        "Sets the permissions of all files and directories that are copied.",
    ),
    Lower::Option,
);

static INCLUDE_PATTERNS: Builtin = Builtin::new(
    Signature::new(
        Kind::option("copy"),
        "includePatterns",
        const { &[Param::variadic("pattern", Kind::String, "a pattern as in `.dockerignore`")] },
        "Copies only what matches.",
    ),
    Lower::Option,
);

static EXCLUDE_PATTERNS: Builtin = Builtin::new(
    Signature::new(
        Kind::option("copy"),
        "excludePatterns",
        const { &[Param::variadic("pattern", Kind::String, "a pattern as in `.dockerignore`")] },
        "Leaves out what matches.",
    ),
    Lower::Option,
);

fn lower(cx: &mut Cx<'_>, fs: Arc<Fs>, call: &Call) -> Result<Fs, Diagnostic> {
    let input = call.fs("input");
    let src =
        input.map_or_else(|| call.string("src").to_owned(), |input| input.path(call.string("src")));
    let dest = destination(&fs, call.string("dst"));
    let mode = match call.option_call(&CHMOD) {
        None => CopyMode::Keep,
        Some(setting) => CopyMode::Bits(setting.mode("mode")?),
    };
    let copy = FileCopy {
        from: input.map_or(State::Scratch, |input| input.state.clone()),
        src: src.clone(),
        dest: dest.clone(),
        owner: owner(call, &CHOWN)?,
        mode,
        timestamp: created_time(call, &CREATED_TIME)?,
        follow_symlink: call.has(&FOLLOW_SYMLINKS),
        dir_copy_contents: call.has(&CONTENTS_ONLY),
        attempt_unpack: call.has(&UNPACK),
        create_dest_path: call.has(&CREATE_DEST_PATH),
        allow_wildcard: call.has(&ALLOW_WILDCARD),
        allow_empty_wildcard: call.has(&ALLOW_EMPTY_WILDCARD),
        include_patterns: patterns(call, &INCLUDE_PATTERNS),
        exclude_patterns: patterns(call, &EXCLUDE_PATTERNS),
        ..FileCopy::default()
    };
    Ok(act(cx, fs, call, FileAction::Copy(copy), format!("COPY {src} {dest}")))
}

/// The patterns of all calls of an option together.
fn patterns(call: &Call, option: &'static Builtin) -> Vec<String> {
    let patterns = call.option_calls(option).flat_map(|option| option.strings());
    patterns.map(|pattern| pattern.to_string()).collect()
}

/// The destination keeps a `/` or `/.` at its end, which says that it is a directory (language spec, section 5.1).
fn destination(fs: &Fs, dst: &str) -> String {
    let path = fs.path(dst);
    let end = if dst.ends_with("/.") || dst == "." {
        "/."
    } else if dst.ends_with('/') {
        "/"
    } else {
        ""
    };
    if path == "/" { path } else { format!("{path}{end}") }
}
