use std::sync::Arc;

use gateway_proto::caps;
use hlb_program::builtin::{ArgSite, Flow, Kind, Param, Signature};
use hlb_syntax::diagnostic::Diagnostic;
use llb::Git;

use super::source::find;
use super::url;
use crate::statement::redacted;
use crate::{Builtin, Call, Cx, Fs, Lower, Source};

pub(super) static ROWS: &[&Builtin] =
    &[&GIT, &KEEP_GIT_DIR, &CHECKSUM, &SKIP_SUBMODULES, &COMMIT_TIMES];

static GIT: Builtin = Builtin::new(
    Signature::new(
        Kind::Fs,
        "git",
        const {
            &[
                Param::new(
                    "remote",
                    Kind::String,
                    "a URL or `user@host:path`, with `#REF:DIRECTORY` at its end for a reference \
                     and a part of the repository",
                )
                .checked_by(|text, site| read_remote(text, site).map(drop)),
                Param::new(
                    "ref",
                    Kind::String,
                    "a branch, tag or commit; if it is empty, that of `remote`, or the default \
                     branch",
                )
                .checked_by(|text, site| read_reference(text, site).map(drop)),
            ]
        },
        "Starts from a checkout of a git repository, with its submodules and without `.git`. The \
         client's secrets `GIT_AUTH_TOKEN` and `GIT_AUTH_HEADER` are used if there are any, and \
         for SSH its agent.",
    )
    .with_flow(Flow::Starts),
    Lower::Fs(lower),
)
.in_dockerfile("`ADD REMOTE#REF DEST`");

static KEEP_GIT_DIR: Builtin = Builtin::new(
    Signature::new(Kind::option("git"), "keepGitDir", &[], "Keeps the directory `.git`."),
    Lower::Option,
)
.in_dockerfile("`ADD --keep-git-dir=true`");

static CHECKSUM: Builtin = Builtin::extension(
    Signature::new(
        Kind::option("git"),
        "checksum",
        const {
            &[Param::new(
                "commit",
                Kind::String,
                "the commit, in hexadecimal, of which the first seven digits are enough",
            )
            .checked_by(check_commit)]
        },
        "Fails the build if the reference is not this commit.",
    ),
    Lower::Option,
)
.needing(caps::SOURCE_GIT_CHECKSUM)
.in_dockerfile("`ADD --checksum=COMMIT`");

static SKIP_SUBMODULES: Builtin = Builtin::extension(
    Signature::new(Kind::option("git"), "skipSubmodules", &[], "Leaves out the submodules."),
    Lower::Option,
)
.needing(caps::SOURCE_GIT_SKIPSUBMODULES)
.in_dockerfile("`ADD REMOTE?submodules=false DEST`");

static COMMIT_TIMES: Builtin = Builtin::extension(
    Signature::new(
        Kind::option("git"),
        "commitTimes",
        &[],
        "Gives the files the time of the commit, instead of that of the checkout.",
    ),
    Lower::Option,
)
.needing(caps::SOURCE_GIT_MTIME)
.in_dockerfile("`ADD REMOTE?mtime=commit DEST`");

fn lower(cx: &mut Cx<'_>, _: Arc<Fs>, call: &Call) -> Result<Fs, Diagnostic> {
    let (remote, fragment) = call.read("remote", read_remote)?;
    let argument = call.read("ref", read_reference)?;
    if !argument.is_empty() && !fragment.reference.is_empty() && argument != fragment.reference {
        let problem =
            format!("its `#{}` is another reference than `{argument}`", fragment.reference);
        return Err(call.invalid("remote", problem).help("give the reference once"));
    }
    let checksum = match call.option_call(&CHECKSUM) {
        None => String::new(),
        Some(setting) => {
            setting.read("commit", check_commit)?;
            setting.string("commit").to_owned()
        }
    };
    let reference = if argument.is_empty() { fragment.reference } else { argument };
    let git = Git {
        subdir: fragment.subdir,
        keep_git_dir: call.has(&KEEP_GIT_DIR),
        checksum,
        skip_submodules: call.has(&SKIP_SUBMODULES),
        commit_mtime: call.has(&COMMIT_TIMES),
        ..git_source(remote, reference)
    };
    let metadata = cx.metadata(call);
    let mut fs = cx.scratch();
    fs.state = llb::git(&git, metadata).into();
    let name = match git.reference.as_str() {
        "" => git.remote.clone(),
        reference => format!("{}#{reference}", git.remote),
    };
    let source = match is_commit(&git.reference) {
        true => Source::Commit(&fs.state),
        false => Source::Reference(&fs.state),
    };
    find(cx, source, &redacted(&name), call.span_of("remote"))?;
    Ok(fs)
}

/// What a remote says after its `#`: `REF`, `REF:DIRECTORY` or `:DIRECTORY`.
struct Fragment {
    reference: String,
    subdir: String,
}

/// Reads a remote, which without a scheme is fetched by `https`.
fn read_remote(text: &str, site: &ArgSite) -> Result<(String, Fragment), Diagnostic> {
    let (remote, fragment) = text.split_once('#').unwrap_or((text, ""));
    if remote.is_empty() {
        return Err(site.invalid("there is no remote"));
    }
    let (reference, subdir) = fragment.split_once(':').unwrap_or((fragment, ""));
    if path_clean::clean(subdir).starts_with("..") {
        return Err(site.invalid(format!("`{subdir}` leads above the repository")));
    }
    let fragment =
        Fragment { reference: read_reference(reference, site)?, subdir: subdir.to_owned() };
    Ok((read_address(remote, site)?, fragment))
}

/// Reads where a remote is, with the scheme that it may leave out.
fn read_address(remote: &str, site: &ArgSite) -> Result<String, Diagnostic> {
    if !remote.contains("://") && is_scp(remote) {
        return match remote.contains(|c: char| c.is_whitespace() || c.is_control()) {
            true => Err(site.invalid(format!("`{remote}` has white space"))),
            false => Ok(remote.to_owned()),
        };
    }
    let url = match remote.split_once("://") {
        Some((scheme, rest)) => format!("{}://{rest}", scheme.to_ascii_lowercase()),
        None => format!("https://{remote}"),
    };
    url::check(&url, &["https", "http", "ssh", "git"], site).map_err(|error| {
        match as_scp(&url) {
            Some(scp) => error.help(format!("write `{scp}`")),
            None => error,
        }
    })?;
    Ok(url)
}

/// What a URL means that has a path where its port would be: many repositories are shown as `host:path`.
fn as_scp(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("://")?;
    let (authority, path) = rest.split_once(':')?;
    let (user, host) = authority.split_once('@').unwrap_or(("git", authority));
    let is_path =
        path.starts_with(|c: char| !c.is_ascii_digit()) && !path.contains([':', '#', ' ']);
    (is_path && !host.is_empty() && !host.contains('/')).then(|| format!("{user}@{host}:{path}"))
}

/// Reads the name of a branch or tag, or a commit, by what git-check-ref-format(1) forbids; an empty one is that of the
/// default branch.
fn read_reference(text: &str, site: &ArgSite) -> Result<String, Diagnostic> {
    let forbidden = |c: char| c.is_whitespace() || c.is_control() || "~^:?*[\\".contains(c);
    match text.starts_with('-') || text.contains("..") || text.contains(forbidden) {
        true => Err(site.invalid(format!("`{text}` can't be the name of a branch, tag or commit"))),
        false => Ok(text.to_owned()),
    }
}

/// Checks a commit, of which at least seven digits are there, as git itself shortens one.
fn check_commit(text: &str, site: &ArgSite) -> Result<(), Diagnostic> {
    match (7..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        true => Ok(()),
        false => Err(site.invalid(format!("expected a commit in hexadecimal, found `{text}`"))),
    }
}

/// Whether a reference is the whole name of a commit, which a daemon does not look for in the repository.
fn is_commit(reference: &str) -> bool {
    matches!(reference.len(), 40 | 64) && reference.bytes().all(|byte| byte.is_ascii_hexdigit())
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
