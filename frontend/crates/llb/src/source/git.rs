use gateway_proto::caps;

use super::{Source, flag};
use crate::metadata::Metadata;
use crate::vertex::Edge;

/// A commit of a git repository (`git://`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Git {
    /// The URL to fetch from, without fragment or query: `https://host/path`, `ssh://user@host/path` or `user@host:path`.
    /// Without a scheme it is fetched by `https`.
    pub remote: String,
    /// A branch, tag, full ref or commit; the remote's `HEAD` if empty.
    pub reference: String,
    /// The directory of the repository that becomes the root.
    pub subdir: String,
    /// Keeps `.git`.
    pub keep_git_dir: bool,
    /// The id of a secret with a token; asked for with the host's name too, and optional.
    pub auth_token_secret: String,
    /// The id of a secret with the value of the header `Authorization`; likewise.
    pub auth_header_secret: String,
    /// The contents of a `known_hosts` file; for ssh only.
    pub known_ssh_hosts: String,
    /// The id of an ssh agent, `default` if empty; for ssh only.
    pub ssh_agent: String,
    /// The commit, possibly shortened, that the reference must lead to.
    pub checksum: String,
    /// Leaves submodules out.
    pub skip_submodules: bool,
    /// Gives files the time of the commit instead of that of the checkout.
    pub commit_mtime: bool,
    /// Fetches the full commit in `checksum` and only calls it by the reference.
    pub fetch_by_commit: bool,
}

/// Builds the vertex of a commit of a git repository.
///
/// BuildKit 0.32, `client/llb/source.go`, `Git`.
pub fn git(git: &Git, metadata: Metadata) -> Edge {
    let remote = Remote::of(&git.remote);
    let fragment = match (git.reference.as_str(), git.subdir.as_str()) {
        ("", "") => String::new(),
        (reference, "") => format!("#{reference}"),
        (reference, subdir) => format!("#{reference}:{subdir}"),
    };
    let identifier = format!("git://{}{fragment}", remote.name);
    let mut source = Source::new(identifier, caps::SOURCE_GIT);
    source.set_needing(caps::SOURCE_GIT_FULLURL, "git.fullurl", &remote.url);
    if !git.subdir.is_empty() {
        source.capabilities.insert(caps::SOURCE_GIT_SUBDIR);
    }
    let keep = flag(git.keep_git_dir);
    source.set_needing(caps::SOURCE_GIT_KEEPGITDIR, "git.keepgitdir", keep);
    let id = caps::SOURCE_GIT_HTTPAUTH;
    source.set_needing(id, "git.authtokensecret", &git.auth_token_secret);
    source.set_needing(id, "git.authheadersecret", &git.auth_header_secret);
    if remote.transport == Transport::Ssh {
        let hosts = lines(&git.known_ssh_hosts);
        source.set_needing(caps::SOURCE_GIT_KNOWNSSHHOSTS, "git.knownsshhosts", &hosts);
        let agent = if git.ssh_agent.is_empty() { "default" } else { &git.ssh_agent };
        source.set_needing(caps::SOURCE_GIT_MOUNTSSHSOCK, "git.mountsshsock", agent);
    }
    source.set_needing(caps::SOURCE_GIT_CHECKSUM, "git.checksum", &git.checksum);
    let skip = flag(git.skip_submodules);
    source.set_needing(caps::SOURCE_GIT_SKIPSUBMODULES, "git.skipsubmodules", skip);
    let mtime = if git.commit_mtime { "commit" } else { "" };
    source.set_needing(caps::SOURCE_GIT_MTIME, "git.mtime", mtime);
    let by_commit = flag(git.fetch_by_commit);
    source.set_needing(caps::SOURCE_GIT_FETCHBYCOMMIT, "git.fetchbycommit", by_commit);
    source.build(None, metadata)
}

/// A text whose last line ends too, unless there is none.
fn lines(text: &str) -> String {
    if text.is_empty() || text.ends_with('\n') { text.to_owned() } else { format!("{text}\n") }
}

/// A git URL: what is fetched, and the name that is the same for every way to fetch it.
struct Remote {
    url: String,
    /// Host and path, without scheme and user.
    name: String,
    transport: Transport,
}

#[derive(PartialEq, Eq)]
enum Transport {
    Ssh,
    Other,
}

impl Remote {
    fn of(url: &str) -> Self {
        if let Some((scheme, rest)) = url.split_once("://") {
            let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
            let transport = if scheme == "ssh" { Transport::Ssh } else { Transport::Other };
            return Self { url: url.to_owned(), name: name(authority, path), transport };
        }
        match url.split_once(':') {
            Some((authority, path)) if authority.contains('@') && !authority.contains('/') => {
                Self { url: url.to_owned(), name: name(authority, path), transport: Transport::Ssh }
            }
            _ => Self::of(&format!("https://{url}")),
        }
    }
}

fn name(authority: &str, path: &str) -> String {
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let path = path_clean::clean(format!("/{path}")).display().to_string();
    // A host without a path has no slash either.
    format!("{host}{}", path.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_fetch_a_repository_gives_it_the_same_name() {
        for (url, name, fetched) in [
            ("https://h.example/o/r.git", "h.example/o/r.git", "https://h.example/o/r.git"),
            ("ssh://git@h.example:22/o/r", "h.example:22/o/r", "ssh://git@h.example:22/o/r"),
            (
                "https://u:p@h.example/o//x/../r/",
                "h.example/o/r",
                "https://u:p@h.example/o//x/../r/",
            ),
            ("git@h.example:o/r.git", "h.example/o/r.git", "git@h.example:o/r.git"),
            ("h.example/o/r", "h.example/o/r", "https://h.example/o/r"),
            ("h.example:8080/o/r", "h.example:8080/o/r", "https://h.example:8080/o/r"),
            ("https://h.example", "h.example", "https://h.example"),
            ("", "", "https://"),
        ] {
            let remote = Remote::of(url);
            assert_eq!((remote.name.as_str(), remote.url.as_str()), (name, fetched), "{url}");
        }
    }
}
