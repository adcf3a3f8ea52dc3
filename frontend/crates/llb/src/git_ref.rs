//! References to git repositories, as contexts are given: `https://github.com/a/b.git#v1:dir`.

use std::fmt;

use super::go_bool::go_bool;

/// A repository on a git server and what of it is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GitRef {
    /// The URL to fetch from, in URL or scp form, without fragment and query.
    pub remote: String,
    /// A branch, tag, full ref or commit; the remote's `HEAD` if absent.
    pub reference: Option<String>,
    /// The directory of the repository that becomes the root.
    pub subdir: Option<String>,
    /// A commit, possibly shortened, that the reference must resolve to.
    pub checksum: Option<String>,
    pub keep_git_dir: Option<bool>,
    pub submodules: Option<bool>,
    pub fetch_by_commit: Option<bool>,
    pub mtime: Option<GitMtime>,
}

/// Which times the files of a checkout get (`git.mtime`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GitMtime {
    Checkout,
    Commit,
}

/// What is wrong with a text that is a git reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InvalidGitRef {
    UnknownQuery(String),
    RepeatedQuery(String),
    /// The key, and the value that it can't have.
    QueryValue(String, String),
    /// Two parts of the text say different things about the same.
    Conflict(&'static str, &'static str),
}

impl GitRef {
    /// Reads a git reference; `None` if the text is none, such as a path or the URL of a file.
    ///
    /// BuildKit 0.32, `frontend/dockerfile/dfgitutil/git_ref.go`, `ParseGitRef`.
    pub fn parse(text: &str) -> Option<Result<Self, InvalidGitRef>> {
        let (rest, fragment) = cut(text, '#');
        let (address, query) = cut(rest, '?');
        let remote = if address.starts_with("github.com/") {
            format!("https://{address}")
        } else if is_git_url(address) || is_scp(address) {
            address.to_owned()
        } else {
            return None;
        };
        let mut found = Self { remote, ..Self::default() };
        if let Some(fragment) = fragment {
            let (reference, subdir) = cut(fragment, ':');
            found.reference = non_empty(reference);
            found.subdir = subdir.and_then(non_empty);
        }
        Some(found.with_query(query.unwrap_or_default()))
    }

    fn with_query(mut self, query: &str) -> Result<Self, InvalidGitRef> {
        let mut seen: Vec<String> = Vec::new();
        let mut by_ref_key: Option<&'static str> = None;
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = cut(pair, '=');
            let (key, value) = (percent_decode(key), percent_decode(value.unwrap_or_default()));
            if seen.contains(&key) {
                return Err(InvalidGitRef::RepeatedQuery(key));
            }
            match key.as_str() {
                "ref" => self.refer("ref", value, &mut by_ref_key)?,
                "tag" => self.refer("tag", format!("refs/tags/{value}"), &mut by_ref_key)?,
                "branch" => self.refer("branch", format!("refs/heads/{value}"), &mut by_ref_key)?,
                "subdir" => match &self.subdir {
                    Some(subdir) if *subdir != value => {
                        return Err(InvalidGitRef::Conflict("subdir", "the fragment"));
                    }
                    _ => self.subdir = Some(value),
                },
                "checksum" | "commit" if self.checksum.is_some() => {
                    return Err(InvalidGitRef::Conflict("checksum", "commit"));
                }
                "checksum" | "commit" => self.checksum = Some(value),
                "keep-git-dir" => self.keep_git_dir = Some(flag(&key, &value)?),
                "submodules" => self.submodules = Some(flag(&key, &value)?),
                "fetch-by-commit" => self.fetch_by_commit = Some(flag(&key, &value)?),
                "mtime" => {
                    self.mtime = Some(match value.as_str() {
                        "checkout" => GitMtime::Checkout,
                        "commit" => GitMtime::Commit,
                        _ => return Err(InvalidGitRef::QueryValue(key, value)),
                    });
                }
                _ => return Err(InvalidGitRef::UnknownQuery(key)),
            }
            seen.push(key);
        }
        Ok(self)
    }

    /// Takes the reference that a query key gives; another one must say the same.
    fn refer(
        &mut self,
        key: &'static str,
        value: String,
        earlier: &mut Option<&'static str>,
    ) -> Result<(), InvalidGitRef> {
        match &self.reference {
            Some(reference) if *reference != value => {
                Err(InvalidGitRef::Conflict(key, earlier.unwrap_or("the fragment")))
            }
            _ => {
                self.reference = Some(value);
                *earlier = Some(key);
                Ok(())
            }
        }
    }
}

impl fmt::Display for InvalidGitRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownQuery(key) => write!(f, "unexpected query `{key}`"),
            Self::RepeatedQuery(key) => write!(f, "query `{key}` has multiple values"),
            Self::QueryValue(key, value) => write!(f, "invalid value `{value}` of query `{key}`"),
            Self::Conflict(key, other) => write!(f, "query `{key}` contradicts {other}"),
        }
    }
}

impl std::error::Error for InvalidGitRef {}

fn cut(text: &str, separator: char) -> (&str, Option<&str>) {
    match text.split_once(separator) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

fn non_empty(text: &str) -> Option<String> {
    Some(text.to_owned()).filter(|text| !text.is_empty())
}

/// An absent value of a switch means "on".
fn flag(key: &str, value: &str) -> Result<bool, InvalidGitRef> {
    if value.is_empty() {
        return Ok(true);
    }
    go_bool(value).ok_or_else(|| InvalidGitRef::QueryValue(key.to_owned(), value.to_owned()))
}

/// A URL of a protocol that git speaks; over HTTP only a path that ends in `.git` can be told from a download.
fn is_git_url(address: &str) -> bool {
    match address.split_once("://") {
        Some(("git" | "ssh", _)) => true,
        Some(("http" | "https", rest)) => rest.contains('/') && rest.ends_with(".git"),
        _ => false,
    }
}

/// `user@host:path`, as ssh's copy command takes it.
fn is_scp(address: &str) -> bool {
    let Some((user, rest)) = address.split_once('@') else { return false };
    let Some((host, _)) = rest.split_once(':') else { return false };
    let word = |c: char| c.is_ascii_alphanumeric() || c == '-';
    !user.is_empty()
        && user.chars().all(|c| word(c) || c == '_')
        && !host.is_empty()
        && host.chars().all(|c| word(c) || c == '.')
}

fn percent_decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        let hex = |byte: &u8| char::from(*byte).to_digit(16);
        bytes.push(match (first, tail) {
            (b'+', _) => b' ',
            (b'%', [high, low, after @ ..]) => match (hex(high), hex(low)) {
                (Some(high), Some(low)) => {
                    rest = after;
                    (high * 16 + low) as u8
                }
                _ => b'%',
            },
            (byte, _) => *byte,
        });
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> GitRef {
        GitRef::parse(text).expect("is a git reference").expect("valid")
    }

    #[test]
    fn forms_of_addresses() {
        for (text, remote) in [
            ("github.com/a/b", "https://github.com/a/b"),
            ("https://example.com/a/b.git", "https://example.com/a/b.git"),
            ("http://example.com/b.git", "http://example.com/b.git"),
            ("git://example.com/b", "git://example.com/b"),
            ("ssh://git@example.com:22/b", "ssh://git@example.com:22/b"),
            ("git@github.com:a/b.git", "git@github.com:a/b.git"),
        ] {
            assert_eq!(parse(text), GitRef { remote: remote.to_owned(), ..GitRef::default() });
        }
        for text in [
            "",
            ".",
            "./github.com/a",
            "../a@b:c",
            "https://example.com/a.tar.gz",
            "https://example.git",
            "https://example.com/a?x=.git",
            "ftp://example.com/a.git",
            "host:path",
            "docker-image://alpine",
        ] {
            assert_eq!(GitRef::parse(text), None, "{text}");
        }
    }

    #[test]
    fn fragments_and_queries() {
        let fragment = parse("https://h/a.git#v1:sub/dir");
        assert_eq!(fragment.reference.as_deref(), Some("v1"));
        assert_eq!(fragment.subdir.as_deref(), Some("sub/dir"));
        assert_eq!(parse("https://h/a.git#:sub").reference, None);
        let query = parse(
            "https://h/a.git?tag=v1&subdir=a%2Fb&commit=0123abc&keep-git-dir&submodules=0&mtime=commit",
        );
        assert_eq!(
            query,
            GitRef {
                remote: "https://h/a.git".to_owned(),
                reference: Some("refs/tags/v1".to_owned()),
                subdir: Some("a/b".to_owned()),
                checksum: Some("0123abc".to_owned()),
                keep_git_dir: Some(true),
                submodules: Some(false),
                fetch_by_commit: None,
                mtime: Some(GitMtime::Commit),
            }
        );
    }

    #[test]
    fn contradictions_and_unknown_queries_are_refused() {
        for (text, message) in [
            ("https://h/a.git?x=1", "unexpected query `x`"),
            ("https://h/a.git?ref=a&ref=a", "query `ref` has multiple values"),
            ("https://h/a.git?ref=a#b", "query `ref` contradicts the fragment"),
            ("https://h/a.git?tag=a&branch=a", "query `branch` contradicts tag"),
            ("https://h/a.git?subdir=a#:b", "query `subdir` contradicts the fragment"),
            ("https://h/a.git?submodules=maybe", "invalid value `maybe` of query `submodules`"),
            ("https://h/a.git?mtime=now", "invalid value `now` of query `mtime`"),
        ] {
            let error = GitRef::parse(text).expect("is a git reference").expect_err("invalid");
            assert_eq!(error.to_string(), message);
        }
    }
}
