use std::collections::BTreeSet;
use std::mem;
use std::sync::Arc;

use hlb_syntax::diagnostic::{Code, Diagnostic};
use llb::{Local, Metadata, Part, State, Transfer, local, marshal};

use super::LoadError;
use super::build_context::{BuildContext, CONTEXT};
use super::exclude::exclude_patterns;
use super::{BuildFile, IgnoreFile, differ};
use crate::bridge::{Bridge, SolveRequest, read_optional_file};
use crate::options::Options;

/// An ignore file has a line that is no pattern.
pub static INVALID_IGNORE_FILE: Code = Code::error("HLB0607", "invalid-ignore-file");

/// The ignore file of a whole directory.
pub(super) const DOCKERIGNORE: &str = ".dockerignore";

/// A context: the files that a program may take from where it is built, or from a named context.
///
/// Plain data, to be handed to what makes vertices. A build should ask once for all that it needs of a local context: ops with
/// other patterns under the same hint undo each other's transfers.
#[derive(Clone, Debug)]
pub struct ContextSource {
    kind: Kind,
    /// Which of its paths stay with the client.
    pub ignore: Arc<IgnoreFile>,
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
        Self::directory(directory, IgnoreFile::default())
    }

    pub(super) fn directory(directory: Directory, ignore: IgnoreFile) -> Self {
        Self { kind: Kind::Local(directory), ignore: Arc::new(ignore) }
    }

    /// A filesystem that is there already.
    pub(super) fn remote(state: State) -> Self {
        Self { kind: Kind::Remote(state), ignore: Arc::default() }
    }

    /// Whether it is a directory of the client, of which parts can be transferred and to which ignore files apply.
    pub fn is_local(&self) -> bool {
        matches!(self.kind, Kind::Local(_))
    }

    /// Which line of its ignore file leaves out a path, with everything below it, as it is shown.
    pub fn excluding(&self, path: &str) -> Option<String> {
        let line = self.ignore.line_excluding(path)?;
        Some(format!("{}, line {line}", self.ignore.name()))
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

    /// The context with at least some parts each; a remote one always comes as a whole.
    ///
    /// `apart` keeps the transfers apart from others of the same directory.
    pub fn parts(&self, parts: &BTreeSet<Part>, apart: &str) -> Vec<(BTreeSet<Part>, State)> {
        let Kind::Local(directory) = &self.kind else { return vec![(parts.clone(), self.whole())] };
        let transfers = Transfer::of(parts).into_iter().map(|mut transfer| {
            let colon = if transfer.directory.is_empty() { "" } else { ":" };
            let hint = format!("{}-{apart}{colon}{}", directory.hint, transfer.directory);
            let parts = mem::take(&mut transfer.parts);
            (parts, self.transfer(directory, transfer, &hint))
        });
        transfers.collect()
    }

    /// BuildKit 0.32, `frontend/dockerui/config.go`, `MainContext`.
    fn transfer(&self, directory: &Directory, transfer: Transfer, hint: &str) -> State {
        let Directory { name, session, shown, .. } = directory;
        let exclude_patterns = exclude_patterns(&self.ignore, &transfer);
        let Transfer { follow_paths, follow_patterns, include, .. } = transfer;
        let source = Local {
            name: name.clone(),
            session: session.clone(),
            exclude_patterns,
            include_patterns: include,
            follow_paths,
            follow_patterns,
            shared_key_hint: hint.to_owned(),
            ..Local::default()
        };
        local(&source, Metadata::named(shown.clone())).into()
    }
}

/// Loads the file that says which paths stay with the client.
///
/// The build file's own ignore file wins over that of the directory. A context that is not a directory of the client has
/// none. To be asked only when the context is used: a client need not offer one.
pub async fn load_ignore_file(
    bridge: &dyn Bridge,
    options: &Options,
    context: &BuildContext,
    build_file: &BuildFile,
) -> Result<IgnoreFile, LoadError> {
    if !context.main.is_local() {
        return Ok(IgnoreFile::default());
    }
    if let Some(content) = &build_file.ignore {
        return Ok(parse(&format!("`{}{DOCKERIGNORE}`", build_file.name), content)?);
    }
    let source = IgnoreSource {
        local: CONTEXT,
        session: options.session_of(CONTEXT),
        hint: format!("{CONTEXT}-{DOCKERIGNORE}"),
        shown: format!("[internal] load {DOCKERIGNORE}"),
    };
    source.load(bridge, &format!("`{DOCKERIGNORE}`")).await
}

/// Where the ignore file of a directory of the client is.
pub(super) struct IgnoreSource<'a> {
    pub local: &'a str,
    pub session: &'a str,
    /// Of its own, so that the transfer does not undo that of the directory.
    pub hint: String,
    /// The line of progress.
    pub shown: String,
}

impl IgnoreSource<'_> {
    /// Loads the file, which is shown by `name`; it says nothing if it is missing.
    pub async fn load(self, bridge: &dyn Bridge, name: &str) -> Result<IgnoreFile, LoadError> {
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
            Some(content) => Ok(parse(name, &content)?),
            None => Ok(IgnoreFile::default()),
        }
    }
}

fn parse(name: &str, content: &[u8]) -> Result<IgnoreFile, Diagnostic> {
    IgnoreFile::parse(name, content).map_err(|error| {
        INVALID_IGNORE_FILE.without_span(format!("failed parsing {name}: {error}"))
    })
}
