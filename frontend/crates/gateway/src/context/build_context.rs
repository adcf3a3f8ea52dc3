use gateway_proto::caps::SOURCE_GIT_MTIME;
use hlb_syntax::diagnostic::Code;
use llb::{Edge, FileAction, FileCopy, Git, Http, Metadata, State, file, git, http, marshal};
use llb::{GitMtime, GitRef};

use super::archive::{SNIFF_BYTES, is_archive};
use super::{ContextSource, Inputs, LoadError, as_loaded_before};
use crate::bridge::{Bridge, BridgeError, SolveRequest};
use crate::options::Options;

/// The git URL of a context that contradicts itself.
pub static INVALID_GIT_CONTEXT: Code = Code::error("HLB0606", "invalid-git-context");

/// The local with the main context.
pub(super) const CONTEXT: &str = "context";
/// The local with the build file. Both names are those of frontend inputs as well.
const DOCKERFILE: &str = "dockerfile";

/// The name of the single file that an HTTP context is downloaded to.
const DOWNLOAD: &str = "context";

/// Where the files of a build are: the build file with its modules, and the main context.
#[derive(Clone, Debug)]
pub struct BuildContext {
    pub build_file: BuildFileSource,
    /// The files that a program takes with `local`.
    pub main: ContextSource,
    /// The build file's name if the client has no say in it: that of a download.
    pub filename: Option<String>,
    /// What other builds have made for this one.
    pub inputs: Inputs,
}

/// Where the build file is, and the modules beside it.
#[derive(Clone, Debug)]
pub enum BuildFileSource {
    /// A directory of the client, by its local name and the session that serves it.
    Local { name: String, session: String },
    /// A filesystem that is known already, such as a git commit.
    State(State),
}

/// A context that is not a directory of the client.
struct Remote {
    context: State,
    /// Set if the context is nothing but the build file.
    filename: Option<String>,
}

impl BuildContext {
    /// Finds where the files are: at the URL that is the context, else in frontend inputs, else with the client.
    ///
    /// Only for an HTTP context is anything solved, since it may be an archive or a file.
    /// BuildKit 0.32, `frontend/dockerui/context.go`, `initContext`.
    pub async fn locate(bridge: &dyn Bridge, options: &Options) -> Result<Self, LoadError> {
        let remote = remote(bridge, options).await?;
        let named = options.context.named.values();
        let inputs = match remote.is_none() || named.into_iter().any(|it| Inputs::is_meant(it)) {
            true => Inputs::load(bridge).await?,
            false => Inputs::default(),
        };
        let Some(Remote { context, filename }) = remote else {
            let build_file = inputs.state(DOCKERFILE)?.map(BuildFileSource::State);
            let main = inputs.state(CONTEXT)?;
            return Ok(Self {
                build_file: BuildFileSource::unless_forced(options, build_file),
                main: match main {
                    Some(context) => ContextSource::remote(scoped(options, context)),
                    None => ContextSource::local(options.session_of(CONTEXT)),
                },
                filename: None,
                inputs,
            });
        };
        // The build file is beside the whole context, whatever part of it the build is given.
        let build_file = Some(BuildFileSource::State(context.clone()));
        Ok(Self {
            build_file: BuildFileSource::unless_forced(options, build_file),
            main: ContextSource::remote(scoped(options, context)),
            filename: filename.filter(|_| options.context.dockerfile_key.is_none()),
            inputs,
        })
    }
}

impl BuildFileSource {
    /// Where the build file is found, unless the client says that it has the file itself.
    fn unless_forced(options: &Options, found: Option<Self>) -> Self {
        let found = found.filter(|_| options.context.dockerfile_key.is_none());
        found.unwrap_or_else(|| Self::local(options))
    }

    fn local(options: &Options) -> Self {
        let name = options.context.dockerfile_key.as_deref().filter(|name| !name.is_empty());
        let name = name.unwrap_or(DOCKERFILE).to_owned();
        Self::Local { session: options.session_of(&name).to_owned(), name }
    }
}

async fn remote(bridge: &dyn Bridge, options: &Options) -> Result<Option<Remote>, LoadError> {
    let Some(url) = options.context.url.as_deref() else { return Ok(None) };
    match GitRef::parse(url) {
        Some(Ok(reference)) => {
            let name = format!("[internal] load git source {url}");
            let context = git_context(bridge, options, &reference, Metadata::named(name));
            let context = as_loaded_before(bridge, &context).into();
            Ok(Some(Remote { context, filename: None }))
        }
        Some(Err(error)) => {
            Err(INVALID_GIT_CONTEXT.without_span(format!("context `{url}`: {error}")).into())
        }
        None if is_http(url) => http_context(bridge, url).await.map(Some),
        None => Ok(None),
    }
}

pub(super) fn is_http(url: &str) -> bool {
    url.starts_with("http://") || url.starts_with("https://")
}

/// The filesystem of a git reference that is a context.
pub(super) fn git_context(
    bridge: &dyn Bridge,
    options: &Options,
    reference: &GitRef,
    metadata: Metadata,
) -> Edge {
    let text = |part: &Option<String>| part.clone().unwrap_or_default();
    let keep_git_dir = reference.keep_git_dir.or(options.context.keep_git_dir);
    let commit_mtime = match reference.mtime {
        Some(mtime) => mtime == GitMtime::Commit,
        // Asked for by nobody, so it is none of the reasons to refuse a daemon.
        None => options.source_date.is_some() && bridge.daemon().caps.supports(SOURCE_GIT_MTIME),
    };
    let source = Git {
        remote: reference.remote.clone(),
        reference: text(&reference.reference),
        subdir: text(&reference.subdir),
        checksum: text(&reference.checksum),
        keep_git_dir: keep_git_dir.unwrap_or(false),
        skip_submodules: reference.submodules == Some(false),
        fetch_by_commit: reference.fetch_by_commit.unwrap_or(false),
        commit_mtime,
        auth_token_secret: "GIT_AUTH_TOKEN".to_owned(),
        auth_header_secret: "GIT_AUTH_HEADER".to_owned(),
        ..Git::default()
    };
    git(&source, metadata)
}

/// Downloads a context and looks at it: an archive is unpacked, any other file is the build file.
async fn http_context(bridge: &dyn Bridge, url: &str) -> Result<Remote, LoadError> {
    let name = "[internal] load remote build context".to_owned();
    let source = Http { url: url.to_owned(), filename: DOWNLOAD.to_owned(), ..Http::default() };
    let download = as_loaded_before(bridge, &http(&source, Metadata::named(name)));
    let header = download_header(bridge, &download).await;
    let header = header.map_err(|error| error.context("failed to read downloaded context"))?;
    let context = State::from(download);
    Ok(match is_archive(&header) {
        true => Remote { context: unpacked(context), filename: None },
        false => Remote { context, filename: Some(DOWNLOAD.to_owned()) },
    })
}

/// The first bytes of a download, which is always a regular file.
async fn download_header(bridge: &dyn Bridge, download: &Edge) -> Result<Vec<u8>, BridgeError> {
    let solved = bridge.solve(SolveRequest::definition(marshal(download))).await?;
    bridge.read_range(&solved.reference, DOWNLOAD, 0, SNIFF_BYTES).await
}

fn unpacked(archive: State) -> State {
    copied(FileCopy {
        from: archive,
        src: format!("/{DOWNLOAD}"),
        dest: "/".to_owned(),
        attempt_unpack: true,
        ..FileCopy::default()
    })
}

/// The part of a context that the client wants.
fn scoped(options: &Options, context: State) -> State {
    match options.context.subdir.as_deref() {
        None => context,
        Some(subdir) => directory(context, subdir),
    }
}

/// What is in a directory of a context.
fn directory(context: State, path: &str) -> State {
    copied(FileCopy {
        from: context,
        src: format!("/{}", path.trim_start_matches('/')),
        dest: "/".to_owned(),
        dir_copy_contents: true,
        ..FileCopy::default()
    })
}

fn copied(copy: FileCopy) -> State {
    file(State::Scratch, vec![FileAction::Copy(copy)], Metadata::default())
}
