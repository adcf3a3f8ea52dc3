//! The digest of an image that an engine has without one.

use hlb_gateway::bridge::{BridgeError, ImageMeta, ImageRequest};
use llb::{ImageRef, ResolveMode, Unpinned};

use super::super::cache_hosts::longest;
use super::super::failure::Failure;
use super::super::request::Build;
use super::registries::Registries;

/// Asks the registry for the digest of an image that the engine has. A graph driver takes what the engine has before anything
/// else, and states no digest of it, be it pulled or built (Moby 26.1 and 28.5, `builder-next/adapters/containerimage/pull.go`,
/// `ResolveImageConfig`). It is the registry's image if both have one config, which names all layers by their contents; else it
/// is another one, and nothing is known of it.
///
/// # Errors
/// If the build is canceled.
pub async fn pin(
    cx: &Build<'_>,
    registries: &Registries,
    source: &Unpinned,
) -> Result<Option<String>, Failure> {
    let name = source.identifier.strip_prefix("docker-image://");
    let Some(image) = name.and_then(|name| ImageRef::parse(name).ok()) else { return Ok(None) };
    let resolve = async |mode: ResolveMode, log_name: String| {
        let platform = Some(source.platform.clone());
        let request = ImageRequest { log_name, ..ImageRequest::new(image.clone(), platform, mode) };
        answer(cx.bridge.resolve_image(request).await)
    };
    let line = format!("[internal] load metadata for {image}");
    let Some(own) = resolve(cx.options.resolve_mode, line).await? else { return Ok(None) };
    // Boxed: it is large, and moves from here to there.
    let line = format!("[internal] find digest of {image}");
    let asking = Box::pin(resolve(ResolveMode::ForcePull, line));
    let asked = registries.ask(image.domain(), longest(cx.options), asking).await;
    let Some(registrys) = asked.transpose()?.flatten() else { return Ok(None) };
    let is_same = own.config == registrys.config && !registrys.digest.is_empty();
    Ok(is_same.then_some(registrys.digest))
}

/// What is known of an image; nothing if the daemon can't say.
fn answer(found: Result<ImageMeta, BridgeError>) -> Result<Option<ImageMeta>, Failure> {
    match found {
        Ok(meta) => Ok(Some(meta)),
        Err(error) if error.is_canceled() => Err(Failure::Daemon(error)),
        Err(_) => Ok(None),
    }
}
