use std::sync::Arc;

use hlb_plan::{Purpose, Root, Work};
use hlb_syntax::diagnostic::Diagnostic;
use llb::State;

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

/// Nothing, because of an error.
pub fn none(evaluator: &mut Evaluator<'_>, error: Diagnostic) -> Product {
    let value = evaluator.wrong(error);
    of(evaluator, "", value)
}

/// The product of a target with this value.
pub fn of(evaluator: &mut Evaluator<'_>, target: &str, value: Value) -> Product {
    let scratch = Arc::new(Fs::scratch(&evaluator.host.platform));
    let exports = &evaluator.output.exports;
    if exports.is_empty() {
        return match value {
            Value::Fs(fs) => Product { result: fs, work: Work::NONE },
            Value::Pipeline(stages) => Product { result: scratch, work: work(&stages, target, "") },
            _ => {
                if !evaluator.output.has_errors() && !evaluator.output.is_pending {
                    let message = format!("target `{target}` has no value, and no error says why");
                    evaluator.wrong(NOT_BUILDABLE.without_span(message));
                }
                Product { result: scratch, work: Work::NONE }
            }
        };
    }
    let work = match value {
        Value::Fs(fs) if !is_exported(exports, &fs.state) => {
            let (name, output) = (target.into(), fs.state.clone());
            Work::Solve(Root { name, purpose: Purpose::Target, output })
        }
        Value::Pipeline(stages) => work(&stages, target, ""),
        _ => Work::NONE,
    };
    match layout(exports) {
        Ok(state) => Product { result: Arc::new(scratch.with_state(state)), work },
        Err(errors) => {
            for error in errors {
                evaluator.output.report(error);
            }
            Product { result: scratch, work }
        }
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
        PartKind::Fs(fs) => Work::Solve(Root {
            name: format!("stage {number} of `{target}`").into(),
            purpose: Purpose::Stage(part.span),
            output: fs.state.clone(),
        }),
        PartKind::Pipeline(pipeline) => work(pipeline, target, &format!("{number}.")),
    }
}
