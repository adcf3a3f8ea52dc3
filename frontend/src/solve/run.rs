use hlb_gateway::bridge::Ref;
use hlb_plan::{Root, Section, plan};
use llb::State;

use super::execute::execute;
use super::failure::Failure;
use super::request::Build;

/// Solves one filesystem by way of the sections in it, and returns its ref.
///
/// Nothing of the filesystem itself runs before somebody needs it.
pub async fn run(
    cx: &Build<'_>,
    name: &str,
    state: &State,
    sections: &[Section],
) -> Result<Ref, Failure> {
    let root = Root { name: name.into(), output: state.clone() };
    let plan = plan(&[root], sections, &cx.options.cache_imports);
    let refs = execute(cx.bridge, &plan).await?;
    Ok(refs.into_iter().next().unwrap_or_default())
}
