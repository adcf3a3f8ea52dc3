use gateway_proto::{frontend, rpc};
use hlb_eval::{Evaluated, Evaluation, Product, registry, unused_arguments};
use hlb_gateway::bridge::Bridge;
use hlb_gateway::options::{Options, limits_without_effect};
use hlb_gateway::report::{refuse_cap, refuse_request, warn_requests};
use hlb_program::lint::{lint, shown};
use hlb_program::program::Program;
use hlb_syntax::diagnostic::{Code, Diagnostic};
use hlb_syntax::source::Sources;

use crate::internal::{DEBUG_CONTAINER, debug_container};

use super::failure::Failure;
use super::load::load;
use super::request::Build;
use super::resolve_cache::ResolveCache;
use super::result;
use super::run::run;

/// Something that a client may ask for and that this frontend does not do yet.
pub static NOT_YET: Code = Code::error("HLB0403", "unsupported-request");

/// Builds what the options ask for.
///
/// # Errors
/// The status to return: every error of the program with its place, or what the daemon said, with all its details.
pub async fn build(
    bridge: &dyn Bridge,
    options: &Options,
) -> Result<frontend::Result, rpc::Status> {
    if let Some(refusal) = refuse_cap(options).or_else(|| refuse_request(options, &[])) {
        return Err(refusal);
    }
    // For a test that an error of this program reaches the user.
    if options.settings.contains_key("HLB_DEBUG_PANIC") {
        panic!("asked for by HLB_DEBUG_PANIC");
    }
    // For tests that this program runs in containers of the engine, and that nothing of them is left.
    if let Some(asked) = options.settings.get(DEBUG_CONTAINER) {
        return debug_container(bridge, options, asked).await;
    }
    let mut sources = Sources::default();
    let outcome = run_build(bridge, options, &mut sources).await;
    outcome.map_err(|failure| failure.into_status(&sources))
}

async fn run_build(
    bridge: &dyn Bridge,
    options: &Options,
    sources: &mut Sources,
) -> Result<frontend::Result, Failure> {
    let cx = Build::new(bridge, options).await?;
    let mut answers = ResolveCache::default();
    let program = load(&cx, &mut answers, sources).await?;
    // What the client asks for comes first: of many warnings, the first ones are shown.
    let mut warnings: Vec<_> =
        limits_without_effect(&options.resources, &bridge.daemon().caps).into_iter().collect();
    warnings.extend(unused_arguments(&program, options.program_args()));
    warnings.extend(lint(&program, &registry().builtins));
    warn(&cx, &warnings, sources).await;
    let Evaluated { value: Product { result, work }, sections, warnings, client_needs } =
        target(&cx, &program, sources, &mut answers).await?;
    warn(&cx, &shown(&program, warnings), sources).await;
    let reference = run(&cx, &work, cx.target(), &result.state, &sections, &client_needs).await?;
    Ok(result::single(&result, reference, &cx.settings.platform, options))
}

/// Shows warnings; a daemon that can't show it is no reason to fail.
async fn warn(cx: &Build<'_>, warnings: &[Diagnostic], sources: &Sources) {
    // One after the other: they stay in order, and only one of them is in memory.
    for warning in warn_requests(sources, warnings, &cx.file.digest) {
        let _ = cx.bridge.warn(warning).await;
    }
}

/// Evaluates the target.
///
/// # Errors
/// Everything that is wrong with it.
pub async fn target(
    cx: &Build<'_>,
    program: &Program,
    sources: &Sources,
    answers: &mut ResolveCache,
) -> Result<Evaluated<Product>, Failure> {
    let (registry, settings) = (registry(), &cx.settings);
    let evaluation = Evaluation { program, sources, registry, settings };
    answers.resolve(cx, |answers| evaluation.target(cx.target(), answers)).await
}
