//! Bills of materials: a scanner looks at the result of a build, and at what else the client wants it to see.
//!
//! In: results whose solves are made. Out: with them, the refs of what the scanner writes, which nobody has evaluated. The
//! daemon would run a scanner by itself, but over the result alone; it leaves a result alone that has a bill of materials.

mod scanner;
mod stages;

use gateway_proto::caps::REFERENCE_ATTESTATIONS;
use hlb_eval::Product;
use hlb_gateway::bridge::{ResultPart, SolveRequest};
use hlb_gateway::context::load_ignore_file;
use llb::{State, marshal};

use super::failure::Failure;
use super::request::Build;
use super::together::together;
use scanner::{Scan, scanner};
use stages::stages;

pub use scanner::SCANNER_WITHOUT_COMMAND;

/// How the context is called among what is scanned besides the result.
const CONTEXT: &str = "context";

/// Has the results scanned if the client wants that: each of `parts` is what is returned of a product.
///
/// BuildKit 0.32, `frontend/dockerfile/builder/build.go`, `Build`.
pub async fn scan(
    cx: &Build<'_>,
    products: &[Product],
    parts: &mut [ResultPart],
) -> Result<(), Failure> {
    let can_return = cx.bridge.daemon().caps.supports(REFERENCE_ATTESTATIONS);
    let Some(wanted) = cx.options.sbom.as_ref().filter(|_| can_return) else { return Ok(()) };
    let scanner = scanner(cx, wanted).await?;
    let context = match cx.scan.context.covers(cx.target()) {
        true => Some((CONTEXT.to_owned(), context(cx).await?)),
        false => None,
    };
    let scans = products.iter().zip(parts).map(async |(product, part)| {
        // There is nothing in an empty filesystem, and a daemon passes over it.
        let State::Edge(core) = &product.result.state else { return Ok(()) };
        let of_stages = stages(core, cx.target(), &cx.scan.stages);
        let names = of_stages.iter().map(|(name, _)| name.as_str()).chain([cx.target()]);
        let ignore_cache = names.into_iter().any(|name| cx.options.no_cache.covers(name));
        let extras: Vec<_> = context.clone().into_iter().chain(of_stages).collect();
        let scan = Scan { platform: &part.platform, core, extras: &extras, ignore_cache };
        let request = SolveRequest::definition(marshal(&scanner.edge(scan)));
        part.sbom = Some(cx.bridge.solve(request).await?.reference);
        Ok(())
    });
    together(scans).await.map(drop)
}

/// The whole main context.
async fn context(cx: &Build<'_>) -> Result<State, Failure> {
    let mut main = cx.context.main.clone();
    let ignore = load_ignore_file(cx.bridge, cx.options, &cx.context, &cx.file).await?;
    main.ignore = ignore.into();
    Ok(main.whole())
}
