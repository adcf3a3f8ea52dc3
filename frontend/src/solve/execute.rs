//! Carries a plan out.

use std::collections::VecDeque;
use std::pin::Pin;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use hlb_gateway::bridge::{Bridge, BridgeError, Ref, SolveRequest, read_optional_file};
use hlb_plan::{Condition, Evaluation, Owners, Plan, Prepare, Purpose, Solve, Step, StepId, What};
use hlb_program::lint::INCOMPLETE_SEED;
use hlb_syntax::diagnostic::Diagnostic;
use llb::{marshal, marshal_labeled};
use visible::shortened;

use super::failure::Failure;
use super::request::Build;

/// Most solves at a time: a program with hundreds of isolated sections must not keep a daemon from its other builds.
const MAX_AT_ONCE: usize = 20;

/// Does the steps of a plan, each as soon as those that it needs are done, and returns the refs of the results.
///
/// # Errors
/// What the first step that fails says. The others are canceled: their calls are dropped. That a step was canceled is no
/// cause, so the others may still say theirs.
///
/// The names of steps, and the error, say which platform they are for if there is another that does without them.
pub async fn execute(cx: &Build<'_>, plan: &Plan, owners: &Owners) -> Result<Vec<Ref>, Failure> {
    let mut progress = Progress::new(plan);
    let mut ready: VecDeque<_> = progress.ready().collect();
    let mut running = FuturesUnordered::new();
    let mut canceled = None;
    loop {
        let free = MAX_AT_ONCE.saturating_sub(running.len()).min(ready.len());
        running.extend(ready.drain(..free).map(|step| run_step(cx, step, owners)));
        let Some((step, outcome)) = running.next().await else { break };
        match outcome {
            Ok(reference) => {
                let more = progress.finish(step.id, reference);
                if canceled.is_none() {
                    ready.extend(more);
                }
            }
            Err(error) if error.is_canceled() => {
                canceled = canceled.or(Some(error));
                ready.clear();
            }
            Err(failure) => return Err(failure),
        }
    }
    match canceled {
        None => Ok(progress.results()),
        Some(error) => Err(error),
    }
}

async fn run_step<'p>(
    cx: &Build<'_>,
    step: &'p Step,
    owners: &Owners,
) -> (&'p Step, Result<Ref, Failure>) {
    let of = |vertex| move |error| failure(step, owners.platform(vertex), error);
    let outcome = match &step.what {
        What::Solve(solve) => {
            run_solve(cx.bridge, solve, owners).await.map_err(of(&solve.output.vertex))
        }
        What::Prepare(prepare) => run_preparation(cx, step, prepare, owners).await,
        What::Join => Ok(Ref::default()),
    };
    (step, outcome)
}

/// Carries out a plan in a plan, if its condition holds. Its type has a name because [`execute`] comes by here again.
fn run_preparation<'p>(
    cx: &'p Build<'_>,
    step: &'p Step,
    Prepare { condition, plan, report }: &'p Prepare,
    owners: &'p Owners,
) -> Pin<Box<dyn Future<Output = Result<Ref, Failure>> + Send + 'p>> {
    Box::pin(async move {
        let platform = owners.platform(&condition.output.vertex);
        let fail = |error| failure(step, platform, error);
        if holds(cx.bridge, condition).await.map_err(fail)? {
            let references = execute(cx, plan, owners).await?;
            let prepared = references.into_iter().next().unwrap_or_default();
            let report = read_optional_file(cx.bridge, &prepared, report).await.map_err(fail)?;
            cx.unshown.add(incomplete_seed(step, &report.unwrap_or_default()));
        }
        Ok(Ref::default())
    })
}

/// The warning about what a seed has and the cache does not.
fn incomplete_seed(step: &Step, report: &[u8]) -> Vec<Diagnostic> {
    let Purpose::Preparation(span) = step.purpose else { return Vec::new() };
    let report = String::from_utf8_lossy(report);
    let mut lines = report.lines();
    let Some(first) = lines.next() else { return Vec::new() };
    let found = INCOMPLETE_SEED.at(span, format!("{}: {first}", step.name));
    vec![lines.fold(found, Diagnostic::note)]
}

async fn holds(
    bridge: &dyn Bridge,
    Condition { output, file }: &Condition,
) -> Result<bool, BridgeError> {
    let request = SolveRequest::evaluated(marshal(output));
    let reference = bridge.solve(request).await?.reference;
    Ok(read_optional_file(bridge, &reference, file).await?.is_some())
}

async fn run_solve(
    bridge: &dyn Bridge,
    solve: &Solve,
    owners: &Owners,
) -> Result<Ref, BridgeError> {
    let Solve { output, imports, evaluation } = solve;
    let request = SolveRequest {
        cache_imports: imports.clone(),
        evaluate: *evaluation != Evaluation::Lazy,
        ..SolveRequest::definition(marshal_labeled(output, |vertex| owners.platform(vertex)))
    };
    let reference = bridge.solve(request).await?.reference;
    if *evaluation == Evaluation::Fetched {
        // Evaluation alone leaves the layers where they are, and an export then fails for want of them.
        bridge.stat_file(&reference, "/").await?;
    }
    Ok(reference)
}

/// Most bytes of a name before an error: what the daemon said of it counts more.
const MAX_NAME: usize = 200;

/// What failed, and where that belongs in the program. The vertex at fault has its own line, from the definition.
fn failure(step: &Step, platform: Option<&str>, error: BridgeError) -> Failure {
    let (context, span) = match step.purpose {
        Purpose::Target => {
            return match platform {
                None => Failure::Daemon(error),
                Some(platform) => Failure::OnPlatform { error, platform: platform.to_owned() },
            };
        }
        Purpose::Section(span) => (format!("section `{}`", shortened(&step.name, MAX_NAME)), span),
        Purpose::Stage(span)
        | Purpose::Question(span)
        | Purpose::Check(span)
        | Purpose::Preparation(span) => (shortened(&step.name, MAX_NAME).into_owned(), span),
    };
    let context = match platform {
        None => context,
        Some(platform) => format!("{platform}: {context}"),
    };
    Failure::At { error, context, span }
}

/// How far a plan is.
struct Progress<'p> {
    plan: &'p Plan,
    /// How many of the steps that it needs each one waits for.
    waits_for: Vec<usize>,
    /// The steps that need each one.
    needed_by: Vec<Vec<StepId>>,
    refs: Vec<Option<Ref>>,
}

impl<'p> Progress<'p> {
    fn new(plan: &'p Plan) -> Self {
        let mut needed_by = vec![Vec::new(); plan.steps.len()];
        for step in &plan.steps {
            for need in &step.needs {
                if let Some(others) = needed_by.get_mut(need.0) {
                    others.push(step.id);
                }
            }
        }
        Self {
            plan,
            waits_for: plan.steps.iter().map(|step| step.needs.len()).collect(),
            needed_by,
            refs: vec![None; plan.steps.len()],
        }
    }

    /// The steps that need nothing.
    fn ready(&self) -> impl Iterator<Item = &'p Step> + use<'p> {
        self.plan.steps.iter().filter(|step| step.needs.is_empty())
    }

    /// Keeps the ref of a step, and returns the steps that waited for it alone.
    fn finish(&mut self, id: StepId, reference: Ref) -> impl Iterator<Item = &'p Step> + use<'p> {
        if let Some(entry) = self.refs.get_mut(id.0) {
            *entry = Some(reference);
        }
        let mut ready = Vec::new();
        for other in self.needed_by.get(id.0).into_iter().flatten() {
            if let Some(left) = self.waits_for.get_mut(other.0) {
                *left -= 1;
                if *left == 0 {
                    ready.extend(self.plan.steps.get(other.0));
                }
            }
        }
        ready.into_iter()
    }

    /// The refs of the results, once all steps are done; that of scratch is empty.
    fn results(&self) -> Vec<Ref> {
        let reference = |step: StepId| self.refs.get(step.0).cloned().flatten();
        let results = self.plan.results.iter();
        results.map(|result| result.and_then(reference).unwrap_or_default()).collect()
    }
}
