//! `HLB_EMPTY_CACHE`: cache mounts that are emptied before a build, and that alone.

use gateway_proto::caps::{Caps, EXEC_VALIDEXITCODE};
use hlb_eval::OWN_PROGRAM_HELP;
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
    empty_all(cx, names(cx), Begins::Empty).await
}

/// Empties those of them that hold something at first, and says what of them can't be emptied, by what the targets use.
///
/// The daemon then takes all ids that begin with this one and a colon (`SearchCacheDir` in
/// `solver/llbsolver/mounts/mount.go`, BuildKit 0.16 to 0.32), so it is not done for other caches.
///
/// # Errors
/// See [`empty`].
pub async fn empty_used(cx: &Build<'_>, used: &Used) -> Result<Vec<Diagnostic>, Failure> {
    let caps = &cx.bridge.daemon().caps;
    let id = |name: &str| cx.settings.cache_id(name);
    let begins = |name: &&str| used.caches.get(&id(name)).is_some_and(|it| it.begins_with_files);
    if can_empty_files(caps) {
        empty_all(cx, names(cx).filter(begins), Begins::WithFiles).await?;
    }
    Ok(names(cx).filter_map(|name| about(name, &id(name), used, caps)).collect())
}

/// The caches that are to be emptied, as the program names them.
fn names<'a>(cx: &'a Build<'_>) -> impl Iterator<Item = &'a str> {
    // The program that this one is built for has emptied them, and may have filled them since.
    let all = cx.options.empty_caches.iter().filter(|_| cx.options.nesting() == 0);
    all.map(String::as_str)
}

async fn empty_all<'a>(
    cx: &Build<'_>,
    names: impl Iterator<Item = &'a str>,
    begins: Begins,
) -> Result<(), Failure> {
    let Build { bridge, options, settings, .. } = cx;
    let ids: Vec<String> = names.map(|name| settings.cache_id(name)).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let own = OwnProgram::find(options).map_err(|problem| {
        let error = NOT_EMPTIED.without_span(format!("`HLB_EMPTY_CACHE`: {problem}"));
        vec![error.help(OWN_PROGRAM_HELP)]
    })?;
    let step = empty_caches(&own, ids, begins, &settings.build_platform);
    if let Some(step) = step.edge() {
        bridge.solve(SolveRequest::evaluated(llb::marshal(step))).await?;
    }
    Ok(())
}

/// Whether a daemon empties caches that hold something at first.
///
/// BuildKit 0.16 and later do; the release after that is the first that a capability tells from those before.
fn can_empty_files(caps: &Caps) -> bool {
    caps.supports(EXEC_VALIDEXITCODE)
}

/// What there is to say of a cache, by its name in the program and its id.
pub fn about(name: &str, id: &str, used: &Used, caps: &Caps) -> Option<Diagnostic> {
    let Some(cache) = used.caches.get(id) else {
        let message = format!("`HLB_EMPTY_CACHE`: no step mounts a cache `{name}`");
        let namespace = id.strip_suffix(name).unwrap_or_default();
        let known = used.caches.keys().filter_map(|id| id.strip_prefix(namespace));
        return Some(UNKNOWN_CACHE.without_span(message).suggest(name, known));
    };
    (cache.begins_with_files && !can_empty_files(caps)).then(|| {
        let message = format!(
            "`HLB_EMPTY_CACHE`: BuildKit before 0.16 can't empty cache `{name}`, which begins with files or an owner"
        );
        KEPT_CACHE.without_span(message).help("empty all with `docker builder prune --filter type=exec.cachemount`, or use another id")
    })
}
