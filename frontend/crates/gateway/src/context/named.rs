use std::fmt;

use hlb_syntax::diagnostic::{Code, Diagnostic};
use llb::{GitRef, ImageRef, InvalidGitRef};
use llb::{Http, Image, Metadata, OciLayout, Platform, State, Store, http, image, oci_layout};

use super::build_context::{git_context, is_http};
use super::inputs::{INPUT, Inputs, config_of};
use super::main_context::IgnoreSource;
use super::{ContextSource, DOCKERIGNORE, Directory, LoadError};
use crate::bridge::{Bridge, ImageRequest};
use crate::options::Options;

/// A named context that stands for a name of the program can't be used.
pub static INVALID_CONTEXT: Code = Code::error("HLB0608", "invalid-named-context");

/// What the client puts in place of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedContext {
    /// As it is shown, with `::` and a platform if the client gave it for that platform.
    pub name: String,
    pub kind: NamedKind,
}

/// What a named context is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NamedKind {
    Scratch,
    Image(ImageRef),
    /// A content store of the client; the reference has the context's name and the digest.
    Layout {
        reference: ImageRef,
        store: String,
    },
    Git(GitRef),
    Http {
        url: String,
    },
    /// A directory of the client.
    Local {
        local: String,
    },
    /// What another build has made, by the name of the frontend input.
    Input {
        key: String,
    },
}

/// A named context after the daemon was asked about it.
#[derive(Clone, Debug)]
pub struct ContextImage {
    pub source: ContextSource,
    /// The config of an image, as JSON; directories have none.
    pub config: Option<Vec<u8>>,
}

impl ContextImage {
    fn new(state: State, config: Option<Vec<u8>>) -> Self {
        Self { source: ContextSource::remote(state), config }
    }
}

/// Why a named context can't be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InvalidContext {
    /// The value has no kind.
    Specifier {
        value: String,
        name: String,
    },
    /// A kind that this frontend does not know.
    Unsupported {
        kind: String,
        name: String,
    },
    /// A reference to an image that is none, or lacks the digest that its kind needs.
    Reference {
        value: String,
        name: String,
        problem: String,
    },
    Git {
        name: String,
        error: InvalidGitRef,
    },
    /// A frontend input that is not there.
    NoInput {
        key: String,
        name: String,
    },
    /// A frontend input, or what is said about it, that can't be read.
    Input {
        input: String,
        problem: String,
    },
}

impl fmt::Display for InvalidContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Specifier { value, name } => {
                write!(f, "invalid context specifier {value} for {name}")
            }
            Self::Unsupported { kind, name } => {
                write!(f, "unsupported context source {kind} for {name}")
            }
            Self::Reference { value, name, problem } => {
                write!(f, "invalid context {value} for {name}: {problem}")
            }
            Self::Git { name, error } => write!(f, "invalid context for {name}: {error}"),
            Self::NoInput { key, name } => write!(f, "invalid input {key} for {name}"),
            Self::Input { input, problem } => write!(f, "invalid input {input}: {problem}"),
        }
    }
}

impl std::error::Error for InvalidContext {}

impl InvalidContext {
    /// What is shown to the user.
    pub fn diagnostic(&self) -> Diagnostic {
        let found = INVALID_CONTEXT.without_span(self.to_string());
        match self {
            // What buildx leaves as it is.
            Self::Unsupported { kind, .. } if kind == "target" => found.help(
                "a target that makes nothing can't be a context: write `docker-image://scratch`",
            ),
            Self::Specifier { .. } | Self::Unsupported { .. } => found.help(
                "write a directory, a git or HTTP URL, `docker-image://…` or `oci-layout://…`",
            ),
            Self::Reference { .. }
            | Self::Git { .. }
            | Self::NoInput { .. }
            | Self::Input { .. } => found,
        }
    }
}

/// What the client puts in place of an image or target, if anything; one for the platform wins.
///
/// BuildKit 0.32, `frontend/dockerui/config.go`, `NamedContext`.
pub fn named_context(
    options: &Options,
    image: &ImageRef,
    platform: &Platform,
) -> Result<Option<NamedContext>, InvalidContext> {
    let name = image.context_name();
    let contexts = &options.context.named;
    let with_platform = format!("{name}::{platform}");
    let found = [with_platform, name.clone()].into_iter();
    let mut found = found.filter_map(|key| contexts.get(&key).map(|value| (key, value)));
    let Some((shown, value)) = found.next() else { return Ok(None) };
    let kind = kind(&name, &shown, value)?;
    Ok(Some(NamedContext { name: shown, kind }))
}

/// Reads the value of a named context.
///
/// BuildKit 0.32, `frontend/dockerui/namedcontext.go`, `load`.
fn kind(name: &str, shown: &str, value: &str) -> Result<NamedKind, InvalidContext> {
    let (owned, shown) = (value.to_owned(), shown.to_owned());
    let Some((kind, rest)) = value.split_once(':') else {
        return Err(InvalidContext::Specifier { value: owned, name: shown });
    };
    let (key, rest) = (rest, rest.strip_prefix("//").unwrap_or(rest));
    let reference =
        |problem: String| InvalidContext::Reference { value: owned, name: shown.clone(), problem };
    match kind {
        "docker-image" if rest == "scratch" => Ok(NamedKind::Scratch),
        "docker-image" => {
            let image = ImageRef::parse(rest).map_err(|error| reference(error.to_string()))?;
            Ok(NamedKind::Image(image.or_latest()))
        }
        "oci-layout" => {
            let Some((store, digest)) = rest.split_once('@') else {
                return Err(reference("it has no digest".to_owned()));
            };
            let pinned = ImageRef::parse(name).and_then(|name| name.untagged().pinned(digest));
            let layout = pinned.map_err(|error| reference(error.to_string()))?;
            Ok(NamedKind::Layout { reference: layout, store: without_tag(store).to_owned() })
        }
        "local" => Ok(NamedKind::Local { local: rest.to_owned() }),
        INPUT => Ok(NamedKind::Input { key: key.to_owned() }),
        _ => match GitRef::parse(value) {
            Some(Ok(git)) => Ok(NamedKind::Git(git)),
            Some(Err(error)) => Err(InvalidContext::Git { name: shown, error }),
            None if is_http(value) => Ok(NamedKind::Http { url: value.to_owned() }),
            None => Err(InvalidContext::Unsupported { kind: kind.to_owned(), name: shown }),
        },
    }
}

/// The name of a content store, from a reference that may have a tag.
fn without_tag(reference: &str) -> &str {
    match reference.rsplit_once(':') {
        Some((store, tag)) if !tag.contains('/') => store,
        _ => reference,
    }
}

/// Makes a filesystem of a named context, with the config of an image.
pub async fn resolve_named(
    bridge: &dyn Bridge,
    options: &Options,
    inputs: &Inputs,
    context: &NamedContext,
    platform: &Platform,
) -> Result<ContextImage, LoadError> {
    let NamedContext { name, kind } = context;
    let plain = |state: State| Ok(ContextImage::new(state, None));
    match kind {
        NamedKind::Scratch => plain(State::Scratch),
        NamedKind::Image(image) => named_image(bridge, options, name, image, platform).await,
        NamedKind::Layout { reference, store } => {
            named_layout(bridge, options, name, (reference, store), platform).await
        }
        NamedKind::Git(reference) => {
            let shown = format!("[internal] load git source {}", reference.remote);
            plain(git_context(bridge, options, reference, Metadata::named(shown)).into())
        }
        NamedKind::Http { url } => {
            let source =
                Http { url: url.clone(), filename: "context".to_owned(), ..Http::default() };
            plain(http(&source, Metadata::named(format!("[context {name}] {url}"))).into())
        }
        NamedKind::Local { local } => named_local(bridge, options, name, local).await,
        NamedKind::Input { key } => Ok(named_input(options, inputs, name, key)?),
    }
}

async fn named_image(
    bridge: &dyn Bridge,
    options: &Options,
    name: &str,
    asked: &ImageRef,
    platform: &Platform,
) -> Result<ContextImage, LoadError> {
    let mode = options.resolve_mode;
    let request = ImageRequest {
        log_name: format!("[context {name}] load metadata for {asked}"),
        ..ImageRequest::new(asked.clone(), Some(platform.clone()), mode)
    };
    let meta = bridge.resolve_image(request).await?;
    let source =
        Image { reference: meta.image.to_string(), resolve_mode: mode, ..Image::default() };
    let shown = Metadata::named(format!("[context {name}] {asked}"));
    Ok(ContextImage::new(image(&source, platform, shown).into(), Some(meta.config)))
}

async fn named_layout(
    bridge: &dyn Bridge,
    options: &Options,
    name: &str,
    (reference, store): (&ImageRef, &str),
    platform: &Platform,
) -> Result<ContextImage, LoadError> {
    let store = Store { session: options.session_id.clone(), id: store.to_owned() };
    let request = ImageRequest {
        log_name: format!("[context {name}] load metadata for {reference}"),
        layout: Some(store.clone()),
        ..ImageRequest::new(reference.clone(), Some(platform.clone()), options.resolve_mode)
    };
    let meta = bridge.resolve_image(request).await?;
    let source = OciLayout { reference: reference.to_string(), store, ..OciLayout::default() };
    let shown = Metadata::named(format!("[context {name}] OCI load from client"));
    Ok(ContextImage::new(oci_layout(&source, platform, shown).into(), Some(meta.config)))
}

fn named_input(
    options: &Options,
    inputs: &Inputs,
    name: &str,
    key: &str,
) -> Result<ContextImage, InvalidContext> {
    let missing = || InvalidContext::NoInput { key: key.to_owned(), name: name.to_owned() };
    let state = inputs.state(key)?.ok_or_else(missing)?;
    let metadata = options.context.input_metadata.get(key);
    let config = metadata.map_or(Ok(None), |metadata| config_of(metadata));
    let config =
        config.map_err(|problem| InvalidContext::Input { input: key.to_owned(), problem })?;
    Ok(ContextImage::new(state, config))
}

async fn named_local(
    bridge: &dyn Bridge,
    options: &Options,
    name: &str,
    directory: &str,
) -> Result<ContextImage, LoadError> {
    let session = options.session_of(directory);
    let ignore = IgnoreSource {
        local: directory,
        session,
        hint: format!("context:{name}-{DOCKERIGNORE}"),
        shown: format!("[context {name}] load {DOCKERIGNORE}"),
    };
    let shown = format!("`{DOCKERIGNORE}` of build context `{name}`");
    let ignore = ignore.load(bridge, &shown).await?;
    // The key goes by the name alone, the hint by all that distinguishes the context from others.
    let bare = name.split_once("::").map_or(name, |(bare, _)| bare);
    let key = options.context.shared_keys.get(bare).map_or("", String::as_str);
    let directory = Directory {
        name: directory.to_owned(),
        session: session.to_owned(),
        hint: format!("context:{name}-{key}"),
        shown: format!("[context {name}] load from client"),
    };
    Ok(ContextImage { source: ContextSource::directory(directory, ignore), config: None })
}
