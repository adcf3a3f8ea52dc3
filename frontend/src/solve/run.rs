use hlb_gateway::bridge::Ref;
use hlb_plan::{Purpose, Root, Section, Work, plan};
use llb::State;

use super::execute::execute;
use super::failure::Failure;
use super::request::Build;

/// Does some work, and solves one filesystem by way of the sections in it, and returns its ref.
///
/// Nothing of the filesystem itself runs before somebody needs it, unless the work does.
pub async fn run(
    cx: &Build<'_>,
    work: &Work,
    name: &str,
    state: &State,
    sections: &[Section],
) -> Result<Ref, Failure> {
    let root = Root { name: name.into(), purpose: Purpose::Target, output: state.clone() };
    let plan = plan(work, &[root], sections, &cx.options.cache_imports);
    let refs = execute(cx.bridge, &plan).await?;
    Ok(refs.into_iter().next().unwrap_or_default())
}
