use std::sync::Arc;

use gateway_proto::caps;
use hlb_program::builtin::{Kind, Param, Signature};
use hlb_syntax::diagnostic::Diagnostic;
use llb::{CopyMode, FileAction, FileCopy, Part, State};

use super::file::{act, chown_signature, created_time_signature};
use super::merge::lay_over;
use super::mode::{MODE, Mode};
use super::owner::{created_time, owner};
use super::part::taken;
use super::pattern::{self, PATTERN, patterns};
use crate::capability::MISSING_CAPABILITY;
use crate::{Builtin, Call, Cx, Fs, Lower, OptionCall, join};

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
    &REQUIRED_PATHS,
    &LINK,
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
                    "the file or directory to copy; relative to the working directory of `input`",
                ),
                Param::new(
                    "dst",
                    Kind::String,
                    "the destination, relative to the working directory; with a `/` at its end \
                     it is a directory to copy into",
                ),
            ]
        },
        "Copies a file or directory from another filesystem. A directory is copied as a \
         directory if the destination exists, and becomes the destination otherwise. Owners and \
         permissions stay what they are.",
    ),
    Lower::Fs(lower),
)
.known_as("COPY");

const fn flag(name: &'static str, doc: &'static str) -> Builtin {
    Builtin::flag("copy", name, doc)
}

static FOLLOW_SYMLINKS: Builtin = flag(
    "followSymlinks",
    "Copies what the source points to if it is a symbolic link, instead of \
     the link.",
)
.in_dockerfile("what `COPY` always does");
static CONTENTS_ONLY: Builtin = flag(
    "contentsOnly",
    "Copies what is in the source directory, instead of the directory itself.",
)
.in_dockerfile("what `COPY` does with a directory");
static UNPACK: Builtin = flag(
    "unpack",
    "Extracts the source into the destination if it is a tar archive, \
     compressed or not. Anything else is copied.",
)
.in_dockerfile("`ADD ARCHIVE`, `ADD --unpack=true`");
static CREATE_DEST_PATH: Builtin = flag(
    "createDestPath",
    "Makes the missing directories above the destination. Without it they \
     must exist.",
)
.in_dockerfile("what `COPY` always does");
static ALLOW_WILDCARD: Builtin = Builtin::new(
    Signature::new(
        Kind::option("copy"),
        "allowWildcard",
        &[],
        "Reads `*`, `?` and `[…]` in the source as wildcards and copies all that match. If nothing \
         matches, it is an error.",
    )
    .judging("src", pattern::check),
    Lower::Option,
)
.in_dockerfile("what `COPY` always does");
static ALLOW_EMPTY_WILDCARD: Builtin = flag(
    "allowEmptyWildcard",
    "With `allowWildcard`: copies nothing if nothing matches, instead of \
     failing.",
);
static CHOWN: Builtin =
    Builtin::new(chown_signature("copy"), Lower::Option).in_dockerfile("`COPY --chown=OWNER`");
static CREATED_TIME: Builtin = Builtin::new(created_time_signature("copy"), Lower::Option);

static CHMOD: Builtin = Builtin::new(
    Signature::new(
        Kind::option("copy"),
        "chmod",
        const { &[MODE] },
        "Sets the permissions of all files and directories that are copied.",
    ),
    Lower::Option,
)
.sometimes_needing(caps::EXEC_VALIDEXITCODE, "for letters")
.in_dockerfile("`COPY --chmod=MODE`");

static INCLUDE_PATTERNS: Builtin = Builtin::new(
    Signature::new(
        Kind::option("copy"),
        "includePatterns",
        const { &[PATTERN] },
        "Copies only the files of the source that match one of the patterns, at their paths \
         below the source. Several calls add up.",
    ),
    Lower::Option,
)
.needing(caps::FILE_COPY_INCLUDEEXCLUDEPATTERNS)
.in_dockerfile("`COPY --parents` with wildcards");

static EXCLUDE_PATTERNS: Builtin = Builtin::new(
    Signature::new(
        Kind::option("copy"),
        "excludePatterns",
        const { &[PATTERN] },
        "Leaves out the files of the source that match one of the patterns. Several calls add up.",
    ),
    Lower::Option,
)
.needing(caps::FILE_COPY_INCLUDEEXCLUDEPATTERNS)
.in_dockerfile("`COPY --exclude=PATTERN`");

static REQUIRED_PATHS: Builtin =
    Builtin::extension(
        Signature::new(
            Kind::option("copy"),
            "requiredPaths",
            const {
                &[Param::variadic(
                    "path",
                    Kind::String,
                    "a path in the source, without wildcards",
                )]
            },
            "Fails the build if one of the paths is not among what `includePatterns` and \
             `excludePatterns` select. Without it, patterns that match nothing copy nothing.",
        ),
        Lower::Option,
    )
    .needing(caps::FILE_COPY_REQUIREDPATHS);

static LINK: Builtin = Builtin::extension(
    Signature::new(
        Kind::option("copy"),
        "link",
        &[],
        "Copies into a layer of its own, which stays cached when what is below it changes. The \
         directories above the destination are made, no symbolic link there is followed, and \
         owners must be ids. Where the daemon has no `mergeop`, it is a copy like any other.",
    ),
    Lower::Option,
)
.in_dockerfile("`COPY --link`");

fn lower(cx: &mut Cx<'_>, fs: Arc<Fs>, call: &Call) -> Result<Fs, Diagnostic> {
    let is_linked = call.has(&LINK);
    let input = call.fs("input");
    let src =
        input.map_or_else(|| call.string("src").to_owned(), |input| input.path(call.string("src")));
    if call.has(&ALLOW_WILDCARD) {
        call.read("src", pattern::check)?;
    }
    let dest = destination(&fs, call.string("dst"));
    let mode = match call.option_call(&CHMOD) {
        None => CopyMode::Keep,
        Some(setting) => match Mode::of(setting)? {
            Mode::Bits(bits) => CopyMode::Bits(bits),
            Mode::Symbolic(symbolic) => {
                symbolic_modes(cx, setting)?;
                CopyMode::Expression(symbolic.into_text())
            }
        },
    };
    let include_patterns = patterns(call, &INCLUDE_PATTERNS)?;
    let exclude_patterns = patterns(call, &EXCLUDE_PATTERNS)?;
    let part = match call.has(&ALLOW_WILDCARD) {
        true => Part::matching(&src),
        false => Part::of(&src).including(&include_patterns).excluding(&exclude_patterns),
    };
    let from = match input {
        Some(input) => taken(cx, &input.state, &part, call.span_of("src"))?,
        None => State::Scratch,
    };
    let copy = FileCopy {
        from,
        src: src.clone(),
        dest: dest.clone(),
        owner: owner(call, &CHOWN, if is_linked { &State::Scratch } else { &fs.state })?,
        mode,
        timestamp: created_time(call, &CREATED_TIME)?,
        follow_symlink: call.has(&FOLLOW_SYMLINKS),
        dir_copy_contents: call.has(&CONTENTS_ONLY),
        attempt_unpack: call.has(&UNPACK),
        create_dest_path: call.has(&CREATE_DEST_PATH) || is_linked,
        allow_wildcard: call.has(&ALLOW_WILDCARD),
        allow_empty_wildcard: call.has(&ALLOW_EMPTY_WILDCARD),
        include_patterns,
        exclude_patterns,
        required_paths: required_paths(call, &src),
        ..FileCopy::default()
    };
    let (copy, history) = (FileAction::Copy(copy), format!("COPY {src} {dest}"));
    if is_linked && cx.host.settings.caps.supports(caps::MERGEOP) {
        let layer = llb::file(State::Scratch, vec![copy], cx.metadata(call));
        let metadata = cx.internal_metadata(call.span, &format!("link {dest}"));
        let layers = [fs.state.clone(), layer];
        let mut linked = fs.with_state(lay_over(cx, call, &layers, metadata)?);
        linked.image.history.layer(history);
        return Ok(linked);
    }
    Ok(act(cx, fs, call, copy, history))
}

/// The paths that must be there, as paths of the input.
fn required_paths(call: &Call, src: &str) -> Vec<String> {
    let paths = call.option_calls(&REQUIRED_PATHS).flat_map(|option| option.strings());
    paths.map(|path| join(src, path.trim_start_matches('/'))).collect()
}

/// Whether the daemon can change modes by what each file has. The field came with BuildKit 0.17 and has no capability of
/// its own; that of another one of the same release stands for it.
fn symbolic_modes(cx: &Cx<'_>, setting: &OptionCall) -> Result<(), Diagnostic> {
    if cx.host.settings.caps.supports(caps::EXEC_VALIDEXITCODE) {
        return Ok(());
    }
    let message = "`chmod` needs BuildKit 0.17 or later for a symbolic mode";
    Err(MISSING_CAPABILITY
        .at(setting.span_of("mode"), message)
        .help("write the bits, such as `0o755`, or build with BuildKit 0.17 or later"))
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
