use std::collections::BTreeSet;

use hlb_syntax::diagnostic::{Code, Diagnostic};
use llb::{Local, Metadata, Part, State, Transfer, local, marshal};

use super::LoadError;
use super::build_context::{BuildContext, CONTEXT};
use super::ignore::parse_ignore;
use super::{BuildFile, differ};
use crate::bridge::{Bridge, SolveRequest, read_optional_file};
use crate::options::Options;

/// An ignore file has a line that is no pattern.
pub static INVALID_IGNORE_FILE: Code = Code::error("HLB0607", "invalid-ignore-file");

/// The ignore file of a whole directory.
pub(super) const DOCKERIGNORE: &str = ".dockerignore";

/// A context: the files that a program may take from where it is built, or from a named context.
///
/// Plain data, to be handed to what makes vertices. A build should use one op for all that it needs of a local context:
/// ops with other patterns under the same hint undo each other's transfers.
#[derive(Clone, Debug)]
pub struct ContextSource {
    kind: Kind,
    /// Paths that stay with the client, in the syntax of ignore files.
    pub exclude: Vec<String>,
}

#[derive(Clone, Debug)]
enum Kind {
    Local(Directory),
    /// A git commit or a download, which is there as a whole.
    Remote(State),
}

/// A directory of the client.
#[derive(Clone, Debug)]
pub(super) struct Directory {
    /// As the client knows it.
    pub name: String,
    /// The one that serves it.
    pub session: String,
    /// The shared key hint of a transfer of all of it.
    pub hint: String,
    /// The line of progress.
    pub shown: String,
}

/// The hint of the main context. Not that of a Dockerfile's build, which transfers other files of the same directory:
/// each would undo what the other has transferred, even in one build that starts from a Dockerfile's stage.
const HINT: &str = "context-hlb";

impl ContextSource {
    /// The main context, a directory of the client that `session` serves.
    pub fn local(session: &str) -> Self {
        let directory = Directory {
            name: CONTEXT.to_owned(),
            session: session.to_owned(),
            hint: HINT.to_owned(),
            shown: "[internal] load build context".to_owned(),
        };
        Self::directory(directory, Vec::new())
    }

    pub(super) fn directory(directory: Directory, exclude: Vec<String>) -> Self {
        Self { kind: Kind::Local(directory), exclude }
    }

    /// A filesystem that is there already.
    pub(super) fn remote(state: State) -> Self {
        Self { kind: Kind::Remote(state), exclude: Vec::new() }
    }

    /// Whether it is a directory of the client, of which parts can be transferred and to which ignore files apply.
    pub fn is_local(&self) -> bool {
        matches!(self.kind, Kind::Local(_))
    }

    /// All of the context.
    pub fn whole(&self) -> State {
        match &self.kind {
            Kind::Remote(state) => state.clone(),
            Kind::Local(directory) => {
                self.transfer(directory, Transfer::default(), &directory.hint)
            }
        }
    }

    /// The context with at least some parts; a remote one always comes as a whole.
    ///
    /// `apart` keeps the transfer apart from others of the same directory.
    pub fn parts(&self, parts: &BTreeSet<Part>, apart: &str) -> State {
        match &self.kind {
            Kind::Remote(state) => state.clone(),
            Kind::Local(directory) => {
                let hint = format!("{}-{apart}", directory.hint);
                self.transfer(directory, Transfer::of(parts), &hint)
            }
        }
    }

    /// BuildKit 0.32, `frontend/dockerui/config.go`, `MainContext`.
    fn transfer(&self, directory: &Directory, transfer: Transfer, hint: &str) -> State {
        let Directory { name, session, shown, .. } = directory;
        let Transfer { follow_paths, follow_patterns, include, exclude } = transfer;
        let source = Local {
            name: name.clone(),
            session: session.clone(),
            exclude_patterns: [self.exclude.clone(), exclude].concat(),
            include_patterns: include,
            follow_paths,
            follow_patterns,
            shared_key_hint: hint.to_owned(),
            ..Local::default()
        };
        local(&source, Metadata::named(shown.clone())).into()
    }
}

/// Loads the patterns of the paths that stay with the client.
///
/// The build file's own ignore file wins over that of the directory. A context that is not a directory of the client has
/// none. To be asked only when the context is used: a client need not offer one.
pub async fn load_ignore_patterns(
    bridge: &dyn Bridge,
    options: &Options,
    context: &BuildContext,
    build_file: &BuildFile,
) -> Result<Vec<String>, LoadError> {
    if !context.main.is_local() {
        return Ok(Vec::new());
    }
    if let Some(content) = &build_file.ignore {
        let name = format!("{}{DOCKERIGNORE}", build_file.name);
        return Ok(patterns(&name, content)?);
    }
    let load = IgnoreFile {
        local: CONTEXT,
        session: options.session_of(CONTEXT),
        hint: format!("{CONTEXT}-{DOCKERIGNORE}"),
        shown: format!("[internal] load {DOCKERIGNORE}"),
    };
    load.patterns(bridge).await
}

/// The ignore file of a directory of the client.
pub(super) struct IgnoreFile<'a> {
    pub local: &'a str,
    pub session: &'a str,
    /// Of its own, so that the transfer does not undo that of the directory.
    pub hint: String,
    /// The line of progress.
    pub shown: String,
}

impl IgnoreFile<'_> {
    /// Loads the file and reads it; there are no patterns if it is missing.
    pub async fn patterns(self, bridge: &dyn Bridge) -> Result<Vec<String>, LoadError> {
        let source = Local {
            name: self.local.to_owned(),
            session: self.session.to_owned(),
            follow_paths: vec![DOCKERIGNORE.to_owned()],
            shared_key_hint: self.hint,
            differ: differ(bridge),
            ..Local::default()
        };
        let edge = local(&source, Metadata::named(self.shown));
        let solved = bridge.solve(SolveRequest::definition(marshal(&edge))).await?;
        match read_optional_file(bridge, &solved.reference, DOCKERIGNORE).await? {
            Some(content) => Ok(patterns(DOCKERIGNORE, &content)?),
            None => Ok(Vec::new()),
        }
    }
}

fn patterns(name: &str, content: &[u8]) -> Result<Vec<String>, Diagnostic> {
    parse_ignore(content).map_err(|error| {
        INVALID_IGNORE_FILE.without_span(format!("failed parsing `{name}`: {error}"))
    })
}
