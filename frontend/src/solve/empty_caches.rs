//! `HLB_EMPTY_CACHE`: cache mounts that are emptied before a build, and that alone.

use gateway_proto::caps::{Caps, EXEC_VALIDEXITCODE};
use hlb_gateway::bridge::SolveRequest;
use hlb_syntax::diagnostic::{Code, Diagnostic};

use super::failure::Failure;
use super::request::Build;
use crate::internal::{Begins, OwnProgram, empty_caches};
use crate::used::Used;

/// Caches that are to be emptied by a frontend that does not know its own image.
pub static NOT_EMPTIED: Code = Code::error("HLB0433", "caches-not-emptied");
/// A cache that is to be emptied and that no step of the target mounts.
pub static UNKNOWN_CACHE: Code = Code::warning("HLB0434", "unknown-cache");
/// A cache that the daemon is too old to empty.
pub static KEPT_CACHE: Code = Code::warning("HLB0435", "kept-cache");

/// Empties the caches that the client names, before anything is built. What has no such cache keeps its cache keys.
///
/// # Errors
/// If this program does not know its image, or what the daemon says.
pub async fn empty(cx: &Build<'_>) -> Result<(), Failure> {
    let Build { bridge, options, settings, .. } = cx;
    // The program that this one is built for has emptied them, and may have filled them since.
    if options.empty_caches.is_empty() || options.nesting() > 0 {
        return Ok(());
    }
    let own = OwnProgram::find(options).map_err(|problem| {
        let error = NOT_EMPTIED.without_span(format!("`HLB_EMPTY_CACHE`: {problem}"));
        vec![error.help("build with an image of the frontend, which the first line of the program names: `# syntax=IMAGE`")]
    })?;
    for begins in [Begins::Empty, Begins::WithFiles] {
        let ids = options.empty_caches.iter().map(|id| settings.cache_id(id));
        let step = empty_caches(&own, ids, begins, &settings.build_platform);
        let Some(step) = step.edge() else { continue };
        let request =
            SolveRequest { evaluate: true, ..SolveRequest::definition(llb::marshal(step)) };
        bridge.solve(request).await?;
    }
    Ok(())
}

/// The warnings about caches that were to be emptied, by what the steps of the targets use.
pub fn about_emptied(cx: &Build<'_>, used: &Used) -> Vec<Diagnostic> {
    let wanted = cx.options.empty_caches.iter();
    let wanted = wanted.map(|name| (name.as_str(), cx.settings.cache_id(name)));
    wanted.filter_map(|(name, id)| about(name, &id, used, &cx.bridge.daemon().caps)).collect()
}

/// What there is to say of a cache, by its name in the program and its id.
pub fn about(name: &str, id: &str, used: &Used, caps: &Caps) -> Option<Diagnostic> {
    let Some(cache) = used.caches.get(id) else {
        let message = format!("`HLB_EMPTY_CACHE`: no step mounts a cache `{name}`");
        let namespace = id.strip_suffix(name).unwrap_or_default();
        let known = used.caches.keys().filter_map(|id| id.strip_prefix(namespace));
        return Some(UNKNOWN_CACHE.without_span(message).suggest(name, known));
    };
    // The release after the one that can do it is the first that a capability tells from those before.
    (cache.begins_with_files && !caps.supports(EXEC_VALIDEXITCODE)).then(|| {
        let message = format!(
            "`HLB_EMPTY_CACHE`: cache `{name}` begins with files, and BuildKit before 0.16 can't empty such a cache"
        );
        KEPT_CACHE.without_span(message).help("empty all with `docker builder prune --filter type=exec.cachemount`, or use another id")
    })
}
