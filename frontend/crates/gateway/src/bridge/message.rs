//! The messages of calls: from requests in our own types, and back to what the caller gets.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use gateway_proto::caps::{Caps, List};
use gateway_proto::{frontend, pb};
use llb::{CacheImport, ImageRef, ResolveMode, Store};
use visible::visible_line;

use super::{BridgeError, ImageMeta, ImageRequest, Ref, Solve, SolveRequest, Solved};

/// Messages with all that old daemons lack left to the caller; `emulate` leaves the evaluation to it, too.
pub(super) fn solve_request(request: SolveRequest, emulate: bool) -> frontend::SolveRequest {
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
pub(super) fn check_caps(caps: &Caps, message: &frontend::SolveRequest) -> Result<(), BridgeError> {
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

pub(super) fn solved(response: frontend::SolveResponse) -> Result<Solved, BridgeError> {
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

pub(super) fn source_meta_request(request: &ImageRequest) -> frontend::ResolveSourceMetaRequest {
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
        log_name: visible_line(&request.log_name).into_owned(),
        resolve_mode: mode(request.resolve_mode).to_owned(),
        ..frontend::ResolveSourceMetaRequest::default()
    }
}

pub(super) fn image_config_request(request: &ImageRequest) -> frontend::ResolveImageConfigRequest {
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
        log_name: visible_line(&request.log_name).into_owned(),
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

/// Reads the newer reply; a source policy may have put another source in place of the one asked for.
pub(super) fn image_of_source(
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

/// Reads the older reply, which has no reference before BuildKit 0.12.
pub(super) fn image_of_config(
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
        // An engine without the containerd image store has images by their configs, without a digest (Docker Engine 20.10 to
        // 28, `builder/builder-next/adapters/containerimage/pull.go`, `ResolveImageConfig`).
        None if digest.is_empty() => image,
        None => image.pinned(&digest).map_err(malformed)?,
    };
    Ok(ImageMeta { image, digest, config })
}

const DOCKER_IMAGE: &str = "docker-image://";
const OCI_LAYOUT: &str = "oci-layout://";
