use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use gateway_proto::caps::{
    Caps, FRONTEND_INPUTS, GATEWAY_EVALUATE, GATEWAY_SOLVE_EVALUATE, GATEWAY_WARNINGS, List,
    SOURCE_METARESOLVER,
};
use gateway_proto::channel::{check_size, client, max_request};
use gateway_proto::frontend::llb_bridge_client::LlbBridgeClient;
use gateway_proto::{frontend, pb, rpc};
use llb::{CacheImport, ImageRef};
use llb::{ResolveMode, Store};
use tokio_util::task::TaskTracker;
use tonic::transport::Channel;

use crate::ContainerCalls;

use super::{
    Answer, Bridge, BridgeError, Daemon, ImageMeta, ImageRequest, Ref, Solve, SolveRequest, Solved,
    Stat,
};

/// How long the daemon may take to say what it can do; it has started us, so it is there.
const PING_TIMEOUT: Duration = Duration::from_secs(15);

/// The bridge to BuildKit.
pub struct GrpcBridge {
    client: LlbBridgeClient<Channel>,
    daemon: Daemon,
    /// The containers that are not released yet.
    containers: TaskTracker,
}

impl GrpcBridge {
    /// Asks the daemon what it can do, and keeps the answer.
    pub async fn connect(channel: Channel) -> Result<Self, BridgeError> {
        let mut client = client(channel);
        let ping = client.ping(frontend::PingRequest {});
        let pong = match tokio::time::timeout(PING_TIMEOUT, ping).await {
            Ok(pong) => pong?.into_inner(),
            Err(_) => return Err(BridgeError::Malformed("no reply to a ping".to_owned())),
        };
        let daemon = Daemon { caps: Caps::of(&pong) };
        Ok(Self { client, daemon, containers: TaskTracker::new() })
    }

    /// A client of one call; they share the connection.
    fn client(&self) -> LlbBridgeClient<Channel> {
        self.client.clone()
    }
}

impl Bridge for GrpcBridge {
    fn daemon(&self) -> &Daemon {
        &self.daemon
    }

    fn solve(&self, request: SolveRequest) -> Answer<'_, Solved> {
        Box::pin(async move {
            let emulate = request.evaluate && !self.daemon.caps.supports(GATEWAY_SOLVE_EVALUATE);
            let message = solve_request(request, emulate);
            check_caps(&self.daemon.caps, &message)?;
            check_size(&message, max_request(&self.daemon.caps))?;
            let solved = solved(self.client().solve(message).await?.into_inner())?;
            if emulate {
                for reference in
                    std::iter::once(&solved.reference).chain(solved.references.values())
                {
                    self.evaluate(reference).await?;
                }
            }
            Ok(solved)
        })
    }

    fn evaluate<'a>(&'a self, reference: &'a Ref) -> Answer<'a, ()> {
        Box::pin(async move {
            if reference.is_scratch() {
                return Ok(());
            }
            if self.daemon.caps.supports(GATEWAY_EVALUATE) {
                let request = frontend::EvaluateRequest { r#ref: reference.id.clone() };
                self.client().evaluate(request).await?;
            } else {
                // To look at any file, a daemon before 0.11 has to run everything.
                self.stat_file(reference, ".").await?;
            }
            Ok(())
        })
    }

    fn resolve_image(&self, request: ImageRequest) -> Answer<'_, ImageMeta> {
        Box::pin(async move {
            if self.daemon.caps.supports(SOURCE_METARESOLVER) {
                let answer =
                    self.client().resolve_source_meta(source_meta_request(&request)).await?;
                image_of_source(&request, answer.into_inner())
            } else {
                let answer =
                    self.client().resolve_image_config(image_config_request(&request)).await?;
                image_of_config(&request, answer.into_inner())
            }
        })
    }

    fn read_range<'a>(
        &'a self,
        reference: &'a Ref,
        path: &'a str,
        offset: u64,
        length: u64,
    ) -> Answer<'a, Vec<u8>> {
        Box::pin(async move {
            let range = frontend::FileRange {
                offset: i64::try_from(offset).unwrap_or(i64::MAX),
                length: i64::try_from(length).unwrap_or(i64::MAX),
            };
            let request = frontend::ReadFileRequest {
                r#ref: reference.id.clone(),
                file_path: path.to_owned(),
                range: Some(range),
                mount_index: 0,
            };
            Ok(self.client().read_file(request).await?.into_inner().data)
        })
    }

    fn stat_file<'a>(&'a self, reference: &'a Ref, path: &'a str) -> Answer<'a, Stat> {
        Box::pin(async move {
            let request = frontend::StatFileRequest {
                r#ref: reference.id.clone(),
                path: path.to_owned(),
                mount_index: 0,
            };
            let answer = self.client().stat_file(request).await?.into_inner();
            answer.stat.ok_or_else(|| BridgeError::Malformed("a stat without content".to_owned()))
        })
    }

    fn read_dir<'a>(
        &'a self,
        reference: &'a Ref,
        path: &'a str,
        pattern: Option<&'a str>,
    ) -> Answer<'a, Vec<Stat>> {
        Box::pin(async move {
            let request = frontend::ReadDirRequest {
                r#ref: reference.id.clone(),
                dir_path: path.to_owned(),
                include_pattern: pattern.unwrap_or_default().to_owned(),
                mount_index: 0,
            };
            Ok(self.client().read_dir(request).await?.into_inner().entries)
        })
    }

    fn inputs(&self) -> Answer<'_, BTreeMap<String, pb::Definition>> {
        Box::pin(async move {
            if !self.daemon.caps.supports(FRONTEND_INPUTS) {
                return Ok(BTreeMap::new());
            }
            let answer = self.client().inputs(frontend::InputsRequest {}).await?.into_inner();
            Ok(answer.definitions.into_iter().collect())
        })
    }

    fn containers(&self) -> Result<ContainerCalls, BridgeError> {
        ContainerCalls::new(self.client(), &self.daemon.caps, &self.containers)
    }

    fn warn(&self, warning: frontend::WarnRequest) -> Answer<'_, ()> {
        Box::pin(async move {
            if self.daemon.caps.supports(GATEWAY_WARNINGS) {
                self.client().warn(warning).await?;
            }
            Ok(())
        })
    }

    fn return_result(&self, outcome: Result<frontend::Result, rpc::Status>) -> Answer<'_, ()> {
        Box::pin(async move {
            let (result, error) = match outcome {
                Ok(result) => (Some(result), None),
                Err(status) => (None, Some(status)),
            };
            let request = frontend::ReturnRequest { result, error };
            check_size(&request, max_request(&self.daemon.caps))?;
            self.client().r#return(request).await?;
            Ok(())
        })
    }
}

/// Messages with all that old daemons lack left to the caller; `emulate` leaves the evaluation to it, too.
fn solve_request(request: SolveRequest, emulate: bool) -> frontend::SolveRequest {
    let cache_imports = request.cache_imports.into_iter().map(cache_options).collect();
    let mut message = frontend::SolveRequest {
        allow_result_return: true,
        allow_result_array_ref: true,
        cache_imports,
        evaluate: request.evaluate && !emulate,
        ..frontend::SolveRequest::default()
    };
    match request.what {
        Solve::Definition(definition) => message.definition = Some(definition),
        Solve::Frontend { frontend, options, inputs } => {
            message.frontend = frontend;
            message.frontend_opt = options.into_iter().collect();
            message.frontend_inputs = inputs.into_iter().collect();
        }
    }
    message
}

/// Refuses a definition that the daemon would refuse, in words that say which release has what it needs.
fn check_caps(caps: &Caps, message: &frontend::SolveRequest) -> Result<(), BridgeError> {
    let Some(definition) = &message.definition else { return Ok(()) };
    let needed: BTreeSet<&String> =
        definition.metadata.values().flat_map(|op| op.caps.keys()).collect();
    for id in needed {
        caps.check_id(List::Llb, id)
            .map_err(|error| BridgeError::Unsupported(error.to_string()))?;
    }
    Ok(())
}

fn cache_options(import: CacheImport) -> frontend::CacheOptionsEntry {
    frontend::CacheOptionsEntry { r#type: import.kind, attrs: import.attrs.into_iter().collect() }
}

fn solved(response: frontend::SolveResponse) -> Result<Solved, BridgeError> {
    use frontend::result::Result as Refs;

    let Some(result) = response.result else {
        return Err(BridgeError::Malformed("a solve without a result".to_owned()));
    };
    let mut solved =
        Solved { metadata: result.metadata.into_iter().collect(), ..Solved::default() };
    match result.result {
        None => {}
        Some(Refs::Ref(reference)) => solved.reference = Ref::from(reference),
        Some(Refs::Refs(map)) => solved.references = references(map.refs),
        Some(Refs::RefDeprecated(id)) => solved.reference = Ref { id, definition: None },
        Some(Refs::RefsDeprecated(map)) => {
            let refs = map.refs.into_iter();
            solved.references = refs.map(|(key, id)| (key, Ref { id, definition: None })).collect();
        }
    }
    Ok(solved)
}

fn references(refs: HashMap<String, frontend::Ref>) -> BTreeMap<String, Ref> {
    refs.into_iter().map(|(platform, reference)| (platform, Ref::from(reference))).collect()
}

impl From<frontend::Ref> for Ref {
    fn from(reference: frontend::Ref) -> Self {
        Self { id: reference.id, definition: reference.def }
    }
}

fn source_meta_request(request: &ImageRequest) -> frontend::ResolveSourceMetaRequest {
    let mut attrs = BTreeMap::new();
    let scheme = match &request.layout {
        None => DOCKER_IMAGE,
        Some(Store { session, id }) => {
            // An attribute without a value must not be written.
            let pairs = [("oci.session", session), ("oci.store", id)];
            let pairs = pairs.into_iter().filter(|(_, value)| !value.is_empty());
            attrs.extend(pairs.map(|(key, value)| (key.to_owned(), value.clone())));
            OCI_LAYOUT
        }
    };
    if request.layout.is_none() && request.resolve_mode != ResolveMode::Default {
        attrs.insert("image.resolvemode".to_owned(), mode(request.resolve_mode).to_owned());
    }
    frontend::ResolveSourceMetaRequest {
        source: Some(pb::SourceOp { identifier: format!("{scheme}{}", request.image), attrs }),
        platform: request.platform.as_ref().map(pb::Platform::from),
        log_name: request.log_name.clone(),
        resolve_mode: mode(request.resolve_mode).to_owned(),
        ..frontend::ResolveSourceMetaRequest::default()
    }
}

fn image_config_request(request: &ImageRequest) -> frontend::ResolveImageConfigRequest {
    const REGISTRY: i32 = 0;
    const LAYOUT: i32 = 1;
    let (session_id, store_id) = match &request.layout {
        Some(layout) => (layout.session.clone(), layout.id.clone()),
        None => Default::default(),
    };
    frontend::ResolveImageConfigRequest {
        r#ref: request.image.to_string(),
        platform: request.platform.as_ref().map(pb::Platform::from),
        resolve_mode: mode(request.resolve_mode).to_owned(),
        log_name: request.log_name.clone(),
        resolver_type: if request.layout.is_some() { LAYOUT } else { REGISTRY },
        session_id,
        store_id,
        ..frontend::ResolveImageConfigRequest::default()
    }
}

/// The word for a resolve mode in requests.
fn mode(mode: ResolveMode) -> &'static str {
    match mode {
        ResolveMode::Default => "default",
        ResolveMode::ForcePull => "pull",
        ResolveMode::PreferLocal => "local",
    }
}

/// Makes sense of the newer answer; a source policy may have put another source in place of the one asked for.
fn image_of_source(
    request: &ImageRequest,
    answer: frontend::ResolveSourceMetaResponse,
) -> Result<ImageMeta, BridgeError> {
    let given = answer.source.map(|source| source.identifier).unwrap_or_default();
    let scheme = if request.layout.is_some() { OCI_LAYOUT } else { DOCKER_IMAGE };
    match (answer.image, given.strip_prefix(scheme)) {
        (Some(image), Some(reference)) => image_meta(reference, image.digest, image.config),
        _ => Err(BridgeError::NoImage { asked: request.image.familiar(), given }),
    }
}

/// Makes sense of the older answer, which has no reference before BuildKit 0.12.
fn image_of_config(
    request: &ImageRequest,
    answer: frontend::ResolveImageConfigResponse,
) -> Result<ImageMeta, BridgeError> {
    let asked = request.image.to_string();
    let reference = if answer.r#ref.is_empty() { asked } else { answer.r#ref };
    image_meta(&reference, answer.digest, answer.config)
}

fn image_meta(reference: &str, digest: String, config: Vec<u8>) -> Result<ImageMeta, BridgeError> {
    let malformed = |error| BridgeError::Malformed(format!("`{reference}`: {error}"));
    let image = ImageRef::parse(reference).map_err(malformed)?;
    let image = match image.digest() {
        Some(_) => image,
        None => image.pinned(&digest).map_err(malformed)?,
    };
    Ok(ImageMeta { image, digest, config })
}

const DOCKER_IMAGE: &str = "docker-image://";
const OCI_LAYOUT: &str = "oci-layout://";
