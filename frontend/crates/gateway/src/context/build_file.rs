use hlb_syntax::diagnostic::{Code, Diagnostic};
use llb::{Differ, Edge, Local, Metadata, State, local, marshal};

use super::build_context::{BuildContext, BuildFileSource};
use super::{LoadError, as_loaded_before, differ};
use crate::bridge::{
    Bridge, BridgeError, Ref, SolveRequest, Unreadable, read_file, read_optional_file,
};
use crate::options::Options;

/// None of the names that a build file may have is there.
pub static BUILD_FILE_MISSING: Code = Code::error("HLB0601", "build-file-missing");
/// The build file's name is that of a directory, or of something else that is not a regular file.
pub static BUILD_FILE_DIRECTORY: Code = Code::error("HLB0602", "build-file-directory");
/// The build file is larger than a program may be.
pub static BUILD_FILE_TOO_LARGE: Code = Code::error("HLB0603", "build-file-too-large");
/// The build file holds nothing but spaces.
pub static BUILD_FILE_EMPTY: Code = Code::error("HLB0604", "build-file-empty");
/// The build file is not UTF-8.
pub static BUILD_FILE_NOT_TEXT: Code = Code::error("HLB0605", "build-file-not-text");

/// What a build file is called if nobody says otherwise.
const DOCKERFILE: &str = "Dockerfile";
/// What it is called in HLB's own tradition.
const BUILD_HLB: &str = "build.hlb";

/// A build file, with what else was found beside it.
#[derive(Clone, Debug)]
pub struct BuildFile {
    /// The path by which people know it.
    pub name: String,
    pub text: String,
    /// The ignore file of this build file alone, if there is one; it may be empty.
    pub ignore: Option<Vec<u8>>,
    /// What it was read from.
    pub reference: Ref,
    /// The digest of the vertex that loaded it, under which warnings are shown.
    pub digest: String,
}

/// The names under which a build file is looked for.
struct Names {
    /// The one that progress shows.
    shown: String,
    /// In the order in which they are tried, each with its ignore file.
    tried: Vec<Tried>,
}

struct Tried {
    path: String,
    ignore: String,
}

/// Loads the build file and its ignore file.
///
/// The daemon's Dockerfile frontend has mostly just loaded the same file by the same op, so that it costs nothing.
pub async fn load_build_file(
    bridge: &dyn Bridge,
    options: &Options,
    context: &BuildContext,
) -> Result<BuildFile, LoadError> {
    let names = Names::of(options, context);
    let state = match &context.build_file {
        BuildFileSource::Local { name, session } => {
            let file = local_build_file(name, session, &names, differ(bridge));
            State::from(as_loaded_before(bridge, &file))
        }
        BuildFileSource::State(state) => state.clone(),
    };
    let (reference, digest) = match state.edge() {
        None => (Ref::default(), String::new()),
        Some(edge) => {
            let solved = bridge.solve(SolveRequest::definition(marshal(edge))).await?;
            (solved.reference, edge.vertex.digest().to_owned())
        }
    };
    for Tried { path, ignore } in &names.tried {
        let (content, ignore) = tokio::join!(
            read_file(bridge, &reference, path),
            read_optional_file(bridge, &reference, ignore)
        );
        let content = match content {
            Err(BridgeError::Unreadable { why: Unreadable::Missing, .. }) => continue,
            Err(error) => return Err(unreadable(path, error)),
            Ok(content) => content,
        };
        let (name, text) = (path.clone(), text(path, content)?);
        return Ok(BuildFile { name, text, ignore: ignore?, reference, digest });
    }
    Err(missing(&names).into())
}

impl Names {
    fn of(options: &Options, context: &BuildContext) -> Self {
        let given = context.filename.as_ref().or(options.filename.as_ref());
        // Where a syntax directive led to us, the file with the directive is the default one.
        let shown = match given {
            Some(name) => name.clone(),
            None => DOCKERFILE.to_owned(),
        };
        let mut tried = vec![Tried::new(shown.clone(), &shown)];
        if let Some(lower) = lower_case_dockerfile(&shown) {
            tried.push(Tried::new(lower, &shown));
        }
        if given.is_none() && options.cmdline.is_none() {
            tried.push(Tried::new(BUILD_HLB.to_owned(), BUILD_HLB));
        }
        Self { shown, tried }
    }

    /// The paths that are transferred, in the order that BuildKit's own frontend has them in.
    fn follow_paths(&self) -> Vec<String> {
        let mut paths = Vec::new();
        for Tried { path, ignore } in &self.tried {
            let is_new = |path: &String| !paths.contains(path);
            let new: Vec<_> = [path, ignore].into_iter().filter(|it| is_new(it)).cloned().collect();
            paths.extend(new);
        }
        paths
    }
}

impl Tried {
    /// The ignore file goes by the name that was asked for, in whichever case the file is found.
    fn new(path: String, asked: &str) -> Self {
        Self { path, ignore: format!("{asked}.dockerignore") }
    }
}

/// The other way to write the default name; Docker has allowed both since moby#10858.
fn lower_case_dockerfile(path: &str) -> Option<String> {
    match path.rsplit_once('/') {
        Some((directory, DOCKERFILE)) => Some(format!("{directory}/dockerfile")),
        None if path == DOCKERFILE => Some("dockerfile".to_owned()),
        _ => None,
    }
}

/// Byte for byte the op of the Dockerfile frontend.
///
/// BuildKit 0.32, `frontend/dockerui/config.go`, `ReadEntrypoint`.
fn local_build_file(name: &str, session: &str, names: &Names, differ: Differ) -> Edge {
    let source = Local {
        name: name.to_owned(),
        session: session.to_owned(),
        follow_paths: names.follow_paths(),
        shared_key_hint: name.to_owned(),
        differ,
        ..Local::default()
    };
    let shown = format!("[internal] load build definition from {}", names.shown);
    local(&source, Metadata::named(shown))
}

fn text(path: &str, content: Vec<u8>) -> Result<String, Diagnostic> {
    let text = String::from_utf8(content).map_err(|error| {
        let before = error.as_bytes().iter().take(error.utf8_error().valid_up_to());
        let line = before.filter(|byte| **byte == b'\n').count() + 1;
        BUILD_FILE_NOT_TEXT
            .without_span(format!("line {line} of build file `{path}` is not UTF-8"))
            .help("save it as UTF-8")
    })?;
    if text.trim().is_empty() {
        return Err(BUILD_FILE_EMPTY
            .without_span(format!("build file `{path}` is empty"))
            .help("declare a target, such as `fs default() { … }`"));
    }
    Ok(text)
}

fn unreadable(path: &str, error: BridgeError) -> LoadError {
    let BridgeError::Unreadable { why, .. } = error else { return error.into() };
    let message = format!("build file `{path}` {why}");
    let found = match why {
        Unreadable::TooLarge { .. } => BUILD_FILE_TOO_LARGE
            .without_span(message)
            .help("move data out of it, into files of the build context"),
        _ => BUILD_FILE_DIRECTORY.without_span(message).help("name a file with `--file`"),
    };
    found.into()
}

fn missing(names: &Names) -> Diagnostic {
    let tried: Vec<_> = names.tried.iter().map(|it| format!("`{}`", it.path)).collect();
    BUILD_FILE_MISSING
        .without_span(format!("no build file: {} not found", tried.join(", ")))
        .help("name the build file with `--file`")
}
