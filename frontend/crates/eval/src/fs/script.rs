//! Scripts that say themselves by which program they are run.

use hlb_syntax::source::Span;
use llb::{Access, Bind, FileAction, Mkfile, Mount, MountKind, State};

use crate::Cx;

/// Where such a script is; the directory is in a filesystem of the container's own, so that no trace of it is left.
///
/// docker/dockerfile has its heredocs there, too (BuildKit 0.32, `frontend/dockerfile/dockerfile2llb/convert.go`,
/// `dispatchRun`).
const DIRECTORY: &str = "/dev/pipes";

/// The name of its file.
const NAME: &str = "script";

/// Whether a text is such a script.
pub fn is_script(text: &str) -> bool {
    text.starts_with("#!")
}

/// The command that runs a script, and the mount that has it.
pub fn script(cx: &mut Cx<'_>, text: &str, span: Span) -> (String, Mount) {
    let file = FileAction::Mkfile(Mkfile {
        path: format!("/{NAME}"),
        mode: 0o755,
        data: text.as_bytes().to_vec(),
        ..Mkfile::default()
    });
    let metadata = cx.internal_metadata(span, "write the script of a `run`");
    let input = llb::file(State::Scratch, vec![file], metadata);
    let bind = Bind { input, access: Access::Readonly, ..Bind::default() };
    let mount = Mount { dest: DIRECTORY.to_owned(), kind: MountKind::Bind(bind) };
    (format!("{DIRECTORY}/{NAME}"), mount)
}
