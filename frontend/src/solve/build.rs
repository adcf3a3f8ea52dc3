use gateway_proto::{frontend, rpc};
use hlb_eval::{Product, registry, unknown_filters, unused_arguments};
use hlb_gateway::bridge::Bridge;
use hlb_gateway::options::{Options, limits_without_effect};
use hlb_gateway::report::{refuse_cap, refuse_request};
use hlb_program::lint::{lint, shown};
use hlb_program::program::Program;
use hlb_syntax::diagnostic::Diagnostic;
use hlb_syntax::source::Sources;

use crate::codes::unknown_warnings;
use crate::internal::{DEBUG_CONTAINER, debug_container};
use crate::used::Used;

use super::cache_report::CacheReport;
use super::early_imports::beside_imports;
use super::empty_caches::{empty, empty_used};
use super::failure::Failure;
use super::load::load;
use super::request::Build;
use super::resolve_cache::ResolveCache;
use super::result::result;
use super::run::{Wanted, run};
use super::targets::{Targets, targets};
use super::usable_caches::usable_caches;
use super::warnings::Warnings;

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
    let mut cx = Build::new(bridge, options).await?;
    let mut answers = ResolveCache::for_build();
    let mut dated = cx.date_by_client().await?;
    empty(&cx).await?;
    let program = load(&cx, &mut answers, sources).await?;
    dated = dated.or(cx.take_defaults(&program, sources, &mut answers).await?);
    // What the client asks for comes first: of many warnings, the first ones are shown.
    let mut found = about_options(&cx, &program);
    found.extend(dated);
    found.extend(lint(&program, &registry().builtins));
    let mut all = Warnings::default();
    all.add(&cx, found, sources).await;
    beside_imports(&cx, build_target(&cx, &program, sources, answers, all)).await
}

/// Builds the target of a program that has no errors; the warnings are those so far.
async fn build_target(
    cx: &Build<'_>,
    program: &Program,
    sources: &Sources,
    mut answers: ResolveCache,
    mut all: Warnings,
) -> Result<frontend::Result, Failure> {
    let Targets { products, sections, preparations, client_needs, warnings } =
        match targets(cx, program, sources, &mut answers).await {
            Ok(targets) => targets,
            Err(failure) => return Err(all.and(failure)),
        };
    if !cx.options.empty_caches.is_empty() {
        let used = Used::by(products.iter().flat_map(Product::states));
        all.add(cx, empty_used(cx, &used).await?, sources).await;
    }
    let mut warnings = shown(program, warnings);
    let caches = match usable_caches(cx, &sections).await {
        Ok(caches) => caches,
        Err(failure) => return Err(all.and(failure)),
    };
    warnings.extend(about_caches(program, cx.unshown.take()));
    all.add(cx, warnings, sources).await;
    all.end()?;
    let wanted = products.iter().map(|product| Wanted::of(product, cx.target())).collect();
    let choices = &answers.choices;
    let running = run(cx, wanted, &caches, &preparations, &client_needs);
    let (references, ()) = tokio::join!(running, choices.show(cx.bridge, sources));
    let mut late = Warnings::default();
    late.add(cx, about_caches(program, cx.unshown.take()), sources).await;
    let references = match references {
        Ok(references) => references,
        Err(failure) => return Err(late.and(failure)),
    };
    late.end()?;
    let mut result = result(cx, &products, references).await?;
    result.metadata.extend(choices.metadata(sources));
    if !sections.is_empty() {
        let report = CacheReport::new(&cx.platforms, &products, &sections, &caches, &answers);
        result.metadata.extend(report.metadata(cx.options, sources));
    }
    Ok(result)
}

/// The warnings about caches that are left out, or that lack something: those of others' modules, too, since the build is
/// slower for them, unlike what else there is to say of these.
fn about_caches(program: &Program, found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let is_ours = |it: &Diagnostic| {
        let mut ours = program.modules().filter(|module| module.is_ours());
        it.span.is_some_and(|span| ours.any(|module| module.file == span.file))
    };
    let (ours, others): (Vec<_>, Vec<_>) = found.into_iter().partition(is_ours);
    [shown(program, ours), others].concat()
}

/// The warnings about what the client asks for.
pub fn about_options(cx: &Build<'_>, program: &Program) -> Vec<Diagnostic> {
    let Build { options, bridge, .. } = cx;
    let mut found = unknown_warnings(options.warnings.skip.names());
    found.extend(limits_without_effect(&options.resources, &bridge.daemon().caps));
    found.extend(unused_arguments(program, options.program_args()));
    found.extend(unknown_filters(program, &options.no_cache));
    found
}
