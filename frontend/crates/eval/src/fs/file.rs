use std::sync::Arc;

use gateway_proto::caps;
use hlb_program::builtin::{ArgSite, Kind, Meaning, Param, Signature};
use hlb_syntax::diagnostic::Diagnostic;
use llb::{FileAction, Mkdir, Mkfile, Rm};

use super::mode::{BITS, Mode};
use super::owner::{created_time, owner, read_owner, read_time};
use super::pattern;
use crate::{Builtin, Call, Cx, Fs, Lower, join};

pub(super) static ROWS: &[&Builtin] = &[
    &MKDIR,
    &CREATE_PARENTS,
    &MKDIR_CHOWN,
    &MKDIR_CREATED_TIME,
    &MKFILE,
    &MKFILE_CHOWN,
    &MKFILE_CREATED_TIME,
    &RM,
    &ALLOW_NOT_FOUND,
    &ALLOW_WILDCARD,
];

static MKDIR: Builtin = Builtin::new(
    Signature::new(
        Kind::Fs,
        "mkdir",
        const {
            &[
                Param::new(
                    "path",
                    Kind::String,
                    "the directory; relative to the working directory",
                ),
                BITS,
            ]
        },
        "Makes a directory. The one above it must exist, unless `createParents` is given.",
    ),
    Lower::Fs(mkdir),
)
.in_dockerfile("`RUN mkdir`, `WORKDIR`");

static CREATE_PARENTS: Builtin = Builtin::new(
    Signature::new(
        Kind::option("mkdir"),
        "createParents",
        &[],
        "Makes the missing directories above it, too. If the directory exists, it is no error.",
    ),
    Lower::Option,
)
.in_dockerfile("`RUN mkdir -p`");

static MKDIR_CHOWN: Builtin =
    Builtin::new(chown_signature("mkdir"), Lower::Option).in_dockerfile("`RUN chown`");
static MKDIR_CREATED_TIME: Builtin = Builtin::new(created_time_signature("mkdir"), Lower::Option);

static MKFILE: Builtin = Builtin::new(
    Signature::new(
        Kind::Fs,
        "mkfile",
        const {
            &[
                Param::new("path", Kind::String, "the file; relative to the working directory")
                    .checked_by(check_file),
                BITS,
                Param::new("content", Kind::String, "the content, as UTF-8 text")
                    .about(Meaning::Recorded),
            ]
        },
        "Writes a file, in place of one that is there. Its directory must exist.",
    ),
    Lower::Fs(mkfile),
)
.in_dockerfile("`COPY <<EOF PATH`");

static MKFILE_CHOWN: Builtin =
    Builtin::new(chown_signature("mkfile"), Lower::Option).in_dockerfile("`COPY --chown=OWNER`");
static MKFILE_CREATED_TIME: Builtin = Builtin::new(created_time_signature("mkfile"), Lower::Option);

static RM: Builtin = Builtin::new(
    Signature::new(
        Kind::Fs,
        "rm",
        const {
            &[Param::new(
                "path",
                Kind::String,
                "the file or directory; relative to the working directory",
            )
            .checked_by(check_removed)]
        },
        "Removes a file, or a directory with all that is in it. If there is none, it is an error.",
    ),
    Lower::Fs(rm),
)
.in_dockerfile("`RUN rm -r`");

static ALLOW_NOT_FOUND: Builtin = Builtin::new(
    Signature::new(
        Kind::option("rm"),
        "allowNotFound",
        &[],
        "Does nothing if there is no such file, instead of failing.",
    ),
    Lower::Option,
)
.in_dockerfile("`RUN rm -f`");

static ALLOW_WILDCARD: Builtin = Builtin::new(
    Signature::new(
        Kind::option("rm"),
        "allowWildcard",
        &[],
        "Reads `*`, `?` and `[…]` in the path as wildcards and removes all that match.",
    )
    .judging("path", pattern::check),
    Lower::Option,
)
.needing(caps::FILE_RM_WILDCARD)
.in_dockerfile("`RUN rm`");

/// `chown` of a builtin that makes files.
pub(super) const fn chown_signature(of: &'static str) -> Signature {
    Signature::new(
        Kind::option(of),
        "chown",
        const {
            &[Param::new("owner", Kind::String, "`USER` or `USER:GROUP`, each a name or an id")
                .checked_by(|text, site| read_owner(text, site).map(drop))]
        },
        "Sets the owner of what is made. Names are looked up in the `/etc/passwd` and \
         `/etc/group` of the filesystem. Without it, that is root, or with `copy` the owner in \
         the source.",
    )
}

/// `createdTime` of a builtin that makes files.
pub(super) const fn created_time_signature(of: &'static str) -> Signature {
    Signature::new(
        Kind::option(of),
        "createdTime",
        const {
            &[Param::new(
                "created",
                Kind::String,
                "a time as RFC 3339 has it, such as `2024-05-01T12:00:00Z`",
            )
            .checked_by(|text, site| read_time(text, site).map(drop))]
        },
        "Sets the modification time of what is made. Without it, that is the time of the build, \
         or with `copy` the one in the source.",
    )
}

/// Whether an absolute path can be that of a file; where a relative one leads is not known yet.
pub fn check_file(text: &str, site: &ArgSite) -> Result<(), Diagnostic> {
    match is_root(text) {
        true => Err(site.invalid("the root is no file")),
        false => Ok(()),
    }
}

/// The same for what is removed.
fn check_removed(text: &str, site: &ArgSite) -> Result<(), Diagnostic> {
    match is_root(text) {
        true => Err(site.invalid("the root can't be removed")),
        false => Ok(()),
    }
}

fn is_root(path: &str) -> bool {
    path.starts_with('/') && join("/", path) == "/"
}

fn mkdir(cx: &mut Cx<'_>, fs: Arc<Fs>, call: &Call) -> Result<Fs, Diagnostic> {
    let path = fs.path(call.string("path"));
    let action = FileAction::Mkdir(Mkdir {
        path: path.clone(),
        mode: Mode::of_new(call)?,
        make_parents: call.has(&CREATE_PARENTS),
        owner: owner(call, &MKDIR_CHOWN, &fs.state)?,
        timestamp: created_time(call, &MKDIR_CREATED_TIME)?,
    });
    Ok(act(cx, fs, call, action, format!("MKDIR {path}")))
}

fn mkfile(cx: &mut Cx<'_>, fs: Arc<Fs>, call: &Call) -> Result<Fs, Diagnostic> {
    let path = fs.path(call.string("path"));
    check_file(&path, &call.site("path"))?;
    let action = FileAction::Mkfile(Mkfile {
        path: path.clone(),
        mode: Mode::of_new(call)?,
        data: call.string("content").as_bytes().to_vec(),
        owner: owner(call, &MKFILE_CHOWN, &fs.state)?,
        timestamp: created_time(call, &MKFILE_CREATED_TIME)?,
    });
    Ok(act(cx, fs, call, action, format!("MKFILE {path}")))
}

fn rm(cx: &mut Cx<'_>, fs: Arc<Fs>, call: &Call) -> Result<Fs, Diagnostic> {
    if call.has(&ALLOW_WILDCARD) {
        call.read("path", pattern::check)?;
    }
    let path = fs.path(call.string("path"));
    check_removed(&path, &call.site("path"))?;
    let action = FileAction::Rm(Rm {
        path: path.clone(),
        allow_not_found: call.has(&ALLOW_NOT_FOUND),
        allow_wildcard: call.has(&ALLOW_WILDCARD),
    });
    Ok(act(cx, fs, call, action, format!("RM {path}")))
}

/// Makes the vertex of one action, and the history entry of its layer.
pub(super) fn act(
    cx: &mut Cx<'_>,
    fs: Arc<Fs>,
    call: &Call,
    action: FileAction,
    history: String,
) -> Fs {
    let metadata = cx.metadata(call);
    let mut fs = Arc::unwrap_or_clone(fs);
    fs.state = llb::file(fs.state, vec![action], metadata);
    fs.image.history.layer(history);
    fs
}
