use std::sync::Arc;

use hlb_program::builtin::{Flow, Kind, Param, Signature};
use hlb_syntax::diagnostic::Diagnostic;
use llb::Git;

use crate::{Builtin, Call, Cx, Fs, Lower};

pub(super) static ROWS: &[&Builtin] = &[&GIT, &KEEP_GIT_DIR];

static GIT: Builtin = Builtin::new(
    Signature::new(
        Kind::Fs,
        "git",
        const {
            &[
                Param::new("remote", Kind::String, "a URL, or `user@host:path`"),
                Param::new(
                    "ref",
                    Kind::String,
                    "a branch, tag or commit; empty for the default branch",
                ),
            ]
        },
        "Starts from a checkout of a git repository.",
    )
    .with_flow(Flow::Starts),
    Lower::Fs(lower),
);

static KEEP_GIT_DIR: Builtin = Builtin::new(
    Signature::new(Kind::option("git"), "keepGitDir", &[], "Keeps the `.git` directory."),
    Lower::Option,
);

fn lower(cx: &mut Cx<'_>, _: Arc<Fs>, call: &Call) -> Result<Fs, Diagnostic> {
    let remote = call.string("remote");
    let remote = remote.split_once('#').map_or(remote, |(remote, _)| remote);
    if remote.is_empty() {
        return Err(call.invalid("remote", "there is no remote"));
    }
    let scheme = if remote.contains("://") || is_scp(remote) { "" } else { "https://" };
    let git = Git {
        keep_git_dir: call.has(&KEEP_GIT_DIR),
        ..git_source(format!("{scheme}{remote}"), call.string("ref").to_owned())
    };
    let metadata = cx.metadata(call);
    let mut fs = cx.scratch();
    fs.state = llb::git(&git, metadata).into();
    Ok(fs)
}

/// A repository with the credentials that the client has for it, if any.
pub fn git_source(remote: String, reference: String) -> Git {
    let ssh = is_scp(&remote) || remote.starts_with("ssh://");
    Git {
        remote,
        reference,
        // The secrets that every BuildKit client looks for (BuildKit 0.32, `client/llb/source.go`, `Git`).
        auth_token_secret: "GIT_AUTH_TOKEN".to_owned(),
        auth_header_secret: "GIT_AUTH_HEADER".to_owned(),
        ssh_agent: if ssh { "default".to_owned() } else { String::new() },
        ..Git::default()
    }
}

/// Whether a remote has the form `user@host:path`.
fn is_scp(remote: &str) -> bool {
    let parts = remote.split_once('@');
    parts.is_some_and(|(user, rest)| !user.contains('/') && rest.contains(':'))
}
