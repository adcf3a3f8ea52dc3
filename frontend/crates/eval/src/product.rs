use std::sync::Arc;

use gateway_proto::caps;
use hlb_plan::{Purpose, Root, Work};
use hlb_syntax::diagnostic::Diagnostic;
use llb::{Metadata, State};

use super::candidate::Waits;
use super::evaluator::Evaluator;
use super::export::{Exports, layout};
use super::target::NOT_BUILDABLE;
use super::{Fs, Part, PartKind, Pipeline, Value};

/// What a target comes to.
#[derive(Debug)]
pub struct Product {
    /// What the build gives back: what the target exports, else its filesystem.
    pub result: Arc<Fs>,
    /// What is built before that, because the program asks for it.
    pub work: Work,
}

impl Product {
    /// All that is solved for it, the result last.
    pub fn states(&self) -> impl Iterator<Item = &State> {
        let roots = self.work.roots().into_iter().map(|root| &root.output);
        roots.chain([&self.result.state])
    }

    /// What is solved for it, each with its name: what is built besides, and the result if it is none of that.
    pub fn outputs(&self) -> Vec<(&str, &State)> {
        let Self { result, work } = self;
        let mut outputs: Vec<(&str, &State)> =
            work.roots().into_iter().map(|root| (&*root.name, &root.output)).collect();
        if outputs.is_empty() {
            outputs.push(("result", &result.state));
        } else if result.state != State::Scratch
            && outputs.iter().all(|(_, output)| **output != result.state)
        {
            outputs.push(("exports", &result.state));
        }
        outputs
    }
}

/// Nothing, because of an error.
pub fn none(evaluator: &mut Evaluator<'_>, error: Diagnostic) -> Product {
    let value = evaluator.wrong(error);
    of(evaluator, "", value)
}

/// The product of a target with this value.
pub fn of(evaluator: &mut Evaluator<'_>, target: &str, value: Value) -> Product {
    let scratch = Arc::new(Fs::scratch(&evaluator.host.platform));
    let exports = &evaluator.output.exports;
    let root = |name: &str, output: &State| Root {
        name: name.into(),
        purpose: Purpose::Target,
        output: output.clone(),
    };
    if exports.is_empty() {
        return match value {
            Value::Fs(fs) => {
                let work = fs.checks.beside(root(target, &fs.state));
                Product { result: fs, work }
            }
            Value::Pipeline(stages) => Product { result: scratch, work: work(&stages, target, "") },
            _ => {
                if !evaluator.output.has_errors() && evaluator.output.waits == Waits::Nothing {
                    let message = format!("target `{target}` has no value, and no error says why");
                    evaluator.wrong(NOT_BUILDABLE.without_span(message));
                }
                Product { result: scratch, work: Work::NONE }
            }
        };
    }
    let mut checks = evaluator.output.export_checks.clone();
    let work = match &value {
        Value::Fs(fs) => {
            checks.extend(&fs.checks);
            match is_exported(exports, &fs.state) {
                true => Work::NONE,
                false => Work::Solve(root(target, &fs.state)),
            }
        }
        Value::Pipeline(stages) => work(stages, target, ""),
        _ => Work::NONE,
    };
    match layout(exports, |below, above, metadata| lay_over(evaluator, below, above, metadata)) {
        Ok(state) => {
            let beside = checks.beside(root("exports", &state));
            let work = match value {
                // What is exported is made once all stages are done.
                Value::Pipeline(_) => joined(work, beside, Work::Sequence),
                _ => joined(work, beside, Work::Parallel),
            };
            Product { result: Arc::new(scratch.with_state(state)), work }
        }
        Err(errors) => {
            for error in errors {
                evaluator.output.report(error);
            }
            Product { result: scratch, work }
        }
    }
}

/// One filesystem over another, if the daemon can do that without copying.
fn lay_over(
    evaluator: &Evaluator<'_>,
    below: &State,
    above: &State,
    metadata: Metadata,
) -> Option<State> {
    if !evaluator.host.settings.caps.supports(caps::MERGEOP) {
        return None;
    }
    let layers = [below.clone(), above.clone()];
    llb::merge(&layers, |edge| evaluator.output.ends_section(edge), metadata).ok()
}

/// Two pieces of work, if there are two.
fn joined(work: Work, more: Work, join: fn(Vec<Work>) -> Work) -> Work {
    match more.roots().is_empty() {
        true => work,
        false => join(vec![work, more]),
    }
}

/// Whether a filesystem is built for the sake of an export anyway.
fn is_exported(exports: &Exports, state: &State) -> bool {
    exports.iter().any(|it| it.contents.state() == state)
}

/// The work that a pipeline is; `number` is that of the part that it is, for a pipeline in a stage.
fn work(pipeline: &Pipeline, target: &str, number: &str) -> Work {
    let stages = pipeline.iter().zip(1..).map(|(stage, count)| {
        let number = format!("{number}{count}");
        let parts = stage.parts.iter().map(|part| self::part(part, target, &number));
        match parts.collect::<Vec<_>>() {
            alone if alone.len() == 1 => Work::Sequence(alone),
            parts => Work::Parallel(parts),
        }
    });
    Work::Sequence(stages.collect())
}

fn part(part: &Part, target: &str, number: &str) -> Work {
    match &part.what {
        PartKind::Fs(fs) => {
            let root = Root {
                name: format!("stage {number} of `{target}`").into(),
                purpose: Purpose::Stage(part.span),
                output: fs.state.clone(),
            };
            match fs.checks.is_empty() {
                true => Work::Solve(root),
                false => fs.checks.beside(root),
            }
        }
        PartKind::Pipeline(pipeline) => work(pipeline, target, &format!("{number}.")),
    }
}
