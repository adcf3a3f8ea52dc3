//! Import URIs (language spec, section 6.2).

use hlb_syntax::diagnostic::{Code, Diagnostic};
use hlb_syntax::source::Span;

/// An import URI whose scheme is none of HLB's.
pub static UNKNOWN_SCHEME: Code = Code::error("HLB0104", "unknown-scheme");

/// An import URI of git that lacks a host or a path.
pub static MALFORMED_GIT_URI: Code = Code::error("HLB0106", "malformed-git-uri");

/// What an import's string names.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Uri {
    /// A file beside the importing one, as written.
    File(String),
    Git(GitUri),
}

/// `TRANSPORT://[USER@]HOST[:PORT]/PATH[@REF][:FILE]`
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GitUri {
    pub transport: Transport,
    pub user: Option<String>,
    /// With the port, if there is one.
    pub host: String,
    /// Without a slash in front.
    pub path: String,
    /// A branch, tag or commit; `None` is the remote's default branch.
    pub reference: Option<String>,
    /// The module inside the repository.
    pub file: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Transport {
    Https,
    Ssh,
    /// ssh if the client can, else https.
    Either,
}

/// Why a string names no module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum BadUri {
    Scheme(String),
    Git(&'static str),
}

impl Uri {
    pub(super) fn parse(text: &str) -> Result<Self, BadUri> {
        let Some((scheme, rest)) = split_scheme(text) else {
            return Ok(Self::File(text.to_owned()));
        };
        let git = |transport| GitUri::parse(transport, rest).map(Self::Git).map_err(BadUri::Git);
        match scheme {
            "file" => Ok(Self::File(rest.to_owned())),
            "git" => git(Transport::Either),
            "git+https" => git(Transport::Https),
            "git+ssh" => git(Transport::Ssh),
            _ => Err(BadUri::Scheme(scheme.to_owned())),
        }
    }
}

impl GitUri {
    /// The URI without the file, by which people know the repository.
    pub fn repository(&self) -> String {
        let scheme = match self.transport {
            Transport::Https => "git+https",
            Transport::Ssh => "git+ssh",
            Transport::Either => "git",
        };
        let user = self.user.as_ref().map(|user| format!("{user}@")).unwrap_or_default();
        let reference = self.reference.as_ref().map(|it| format!("@{it}")).unwrap_or_default();
        format!("{scheme}://{user}{}/{}{reference}", self.host, self.path)
    }

    fn parse(transport: Transport, rest: &str) -> Result<Self, &'static str> {
        let (authority, path) = rest.split_once('/').ok_or("expected a path after the host")?;
        let (user, host) = match authority.rsplit_once('@') {
            Some((user, host)) => (Some(user.to_owned()), host),
            None => (None, authority),
        };
        let (path, file) = path.rsplit_once(':').unwrap_or((path, DEFAULT_FILE));
        let (path, reference) = match path.split_once('@') {
            Some((path, reference)) => (path, Some(reference.to_owned())),
            None => (path, None),
        };
        match (host, path, file, reference.as_deref()) {
            ("", ..) => return Err("expected a host"),
            (_, "", ..) => return Err("expected a path after the host"),
            (_, _, "", _) => return Err("expected a file after `:`"),
            (.., Some("")) => return Err("expected a branch, tag or commit after `@`"),
            _ => {}
        }
        let (host, path, file) = (host.to_owned(), path.to_owned(), file.to_owned());
        Ok(Self { transport, user, host, path, reference, file })
    }
}

impl BadUri {
    /// `import` is the name that the import declares.
    pub(super) fn at(&self, import: &str, span: Span) -> Diagnostic {
        match self {
            Self::Scheme(scheme) => UNKNOWN_SCHEME
                .at(
                    span,
                    format!(
                        "import `{import}`: expected a path or the scheme `file`, `git`, `git+https` or `git+ssh`, \
                         found `{scheme}`"
                    ),
                )
                .help("write `from fs { … }` for a filesystem with a `module.hlb` at its root"),
            Self::Git(problem) => MALFORMED_GIT_URI
                .at(span, format!("import `{import}`: {problem}"))
                .help("write `git+https://host/path@ref:file.hlb`, or without `@ref` and `:file.hlb`"),
        }
    }
}

/// The file that a git URI without one means.
const DEFAULT_FILE: &str = "build.hlb";

/// The scheme before `://`, if the text before that can be one (RFC 3986, section 3.1).
fn split_scheme(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once("://")?;
    let mut bytes = scheme.bytes();
    let starts = bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic());
    (starts && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte)))
        .then_some((scheme, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files() {
        for (text, path) in [
            ("./a.hlb", "./a.hlb"),
            ("file://sub/x.hlb", "sub/x.hlb"),
            ("file:///x.hlb", "/x.hlb"),
            ("./odd://x.hlb", "./odd://x.hlb"),
        ] {
            assert_eq!(Uri::parse(text), Ok(Uri::File(path.to_owned())), "{text}");
        }
    }

    #[test]
    fn git() {
        let full = GitUri {
            transport: Transport::Ssh,
            user: Some("me".into()),
            host: "h.example:22".into(),
            path: "o/r.git".into(),
            reference: Some("v1@x".into()),
            file: "d/m.hlb".into(),
        };
        let parsed = Uri::parse("git+ssh://me@h.example:22/o/r.git@v1@x:d/m.hlb");
        assert_eq!(parsed, Ok(Uri::Git(full)));
        let Ok(Uri::Git(short)) = Uri::parse("git://h.example/r") else { panic!("no git URI") };
        assert_eq!((short.reference, short.file.as_str()), (None, "build.hlb"));
        for text in ["git://h.example", "git:///r", "git://h/", "git://h/r@", "git://h/r:"] {
            assert!(matches!(Uri::parse(text), Err(BadUri::Git(_))), "{text}");
        }
    }

    #[test]
    fn other_schemes() {
        assert_eq!(Uri::parse("https://h/x"), Err(BadUri::Scheme("https".into())));
    }
}
