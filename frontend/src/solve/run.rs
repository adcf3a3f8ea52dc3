use futures_util::future::join_all;
use hlb_gateway::bridge::{Ref, SolveRequest};
use hlb_plan::Section;
use llb::{State, marshal};

use super::failure::Failure;
use super::plan;
use super::request::Build;

/// Solves what the sections ask to be solved on its own, then the filesystem, whose ref is the result.
///
/// Nothing of the filesystem itself runs before somebody needs it.
pub async fn run(cx: &Build<'_>, state: &State, sections: &[Section]) -> Result<Ref, Failure> {
    let State::Edge(root) = state else { return Ok(Ref::default()) };
    let plan = plan(root, sections, &cx.options.cache_imports);
    for wave in plan.waves {
        let solves = wave.into_iter().map(|section| {
            let what = SolveRequest::definition(marshal(&section.output));
            let imports = section.imports;
            cx.bridge.solve(SolveRequest { cache_imports: imports, evaluate: true, ..what })
        });
        for solved in join_all(solves).await {
            solved?;
        }
    }
    let what = SolveRequest::definition(marshal(root));
    Ok(cx.bridge.solve(SolveRequest { cache_imports: plan.imports, ..what }).await?.reference)
}
