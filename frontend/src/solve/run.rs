use hlb_eval::{ClientNeed, Product};
use hlb_gateway::bridge::Ref;
use hlb_plan::{Evaluation, Owners, Plan, Preparation, Purpose, Root, What, Work, plan};
use llb::{Platform, State};

use super::damaged_section::{self, is_taken};
use super::execute::execute;
use super::failure::Failure;
use super::missing::explain;
use super::request::Build;
use super::usable_caches::UsableCaches;

/// What is done for one platform.
pub struct Wanted {
    /// Done in any case.
    pub work: Work,
    /// Whose ref is wanted.
    pub result: Root,
}

impl Wanted {
    /// What a target is built for.
    pub fn of(product: &Product, name: &str) -> Self {
        Self { work: product.work.clone(), result: target(name, &product.result.state) }
    }
}

/// Does the work of all platforms at the same time, and solves one filesystem of each by way of the sections in it, and
/// returns their refs.
///
/// Nothing of a filesystem itself runs before somebody needs it, unless the work does, or a step needs what the client
/// may not have given, or a section comes from an image: the daemon's error then comes by here, to be explained.
pub async fn run(
    cx: &Build<'_>,
    wanted: Vec<Wanted>,
    caches: &UsableCaches,
    preparations: &[Preparation],
    needs: &[ClientNeed],
) -> Result<Vec<Ref>, Failure> {
    let owners = match wanted.len() {
        1 => Owners::default(),
        _ => owners(&cx.platforms, &wanted),
    };
    let (work, results) =
        wanted.into_iter().map(|it| (it.work, it.result)).unzip::<_, _, Vec<_>, Vec<_>>();
    let work = Work::Parallel(work);
    let UsableCaches { sections, client, .. } = caches;
    let mut plan = plan(&work, &results, sections, preparations, client);
    if !needs.is_empty() || sections.iter().any(is_taken) {
        force(&mut plan);
    }
    match execute(cx, &plan, &owners).await {
        Ok(references) => Ok(references),
        Err(failure) => {
            let failure = explain(failure, needs);
            Err(damaged_section::explain(cx.bridge, failure, sections).await)
        }
    }
}

/// Which vertices only one platform uses.
fn owners(platforms: &[Platform], wanted: &[Wanted]) -> Owners {
    Owners::of(platforms.iter().zip(wanted).map(|(platform, Wanted { work, result })| {
        let roots = work.roots().into_iter().chain([result]);
        (platform.to_string().into(), roots.filter_map(|root| root.output.edge()))
    }))
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
