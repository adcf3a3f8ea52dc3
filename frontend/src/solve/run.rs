use hlb_eval::ClientNeed;
use hlb_gateway::bridge::Ref;
use hlb_plan::{Evaluation, Plan, Purpose, Root, Section, What, Work, plan};
use llb::State;

use super::execute::execute;
use super::failure::Failure;
use super::missing::explain;
use super::request::Build;

/// Does some work, and solves one filesystem by way of the sections in it, and returns its ref.
///
/// Nothing of the filesystem itself runs before somebody needs it, unless the work does, or a step needs what the client
/// may not have given: the daemon's error then comes by here, to be explained.
pub async fn run(
    cx: &Build<'_>,
    work: &Work,
    name: &str,
    state: &State,
    sections: &[Section],
    needs: &[ClientNeed],
) -> Result<Ref, Failure> {
    let mut plan = plan(work, &[target(name, state)], sections, &cx.options.cache_imports);
    if !needs.is_empty() {
        force(&mut plan);
    }
    let refs = execute(cx.bridge, &plan).await.map_err(|failure| explain(failure, needs))?;
    Ok(refs.into_iter().next().unwrap_or_default())
}

/// Has the steps done before there is a result.
fn force(plan: &mut Plan) {
    for step in &mut plan.steps {
        if let What::Solve(solve) = &mut step.what {
            solve.evaluation = Evaluation::Forced;
        }
    }
}

/// A filesystem as what a build is for.
pub fn target(name: &str, state: &State) -> Root {
    Root { name: name.into(), purpose: Purpose::Target, output: state.clone() }
}
