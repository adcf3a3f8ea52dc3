//! Plans as cases show them.

use std::fmt::Write as _;

use hlb_plan::{Evaluation, Plan, Prepare, Purpose, Root, Solve, Step, What};
use hlb_syntax::source::Sources;
use llb::CacheImport;

/// A plan as lines: each step with what it needs and imports, then the steps of the results.
pub fn plan_block(plan: &Plan, results: &[Root], sources: &Sources) -> String {
    let mut text: String = plan.steps.iter().map(|step| step_lines(step, sources)).collect();
    for (result, step) in results.iter().zip(&plan.results) {
        let _ = match step {
            Some(step) => writeln!(text, "root {}: step {}", result.name, number(step.0)),
            None => writeln!(text, "root {}: scratch", result.name),
        };
    }
    text
}

/// For eyes, steps count from 1.
fn number(index: usize) -> usize {
    index + 1
}

fn step_lines(step: &Step, sources: &Sources) -> String {
    let (imports, evaluation) = match &step.what {
        What::Solve(Solve { imports, evaluation, .. }) => (&imports[..], Some(*evaluation)),
        What::Prepare(_) | What::Join => (&[][..], None),
    };
    let mut text = format!("step {} {}", number(step.id.0), step.name);
    if let Purpose::Section(span)
    | Purpose::Stage(span)
    | Purpose::Question(span)
    | Purpose::Check(span)
    | Purpose::Preparation(span) = step.purpose
    {
        let file = sources.file(span.file);
        text += &format!(" ({}:{})", file.name, file.position(span.start).line);
    }
    if evaluation == Some(Evaluation::Forced) {
        text += " forced";
    }
    if let What::Prepare(Prepare { condition, .. }) = &step.what {
        text += &format!(" if there is {}", condition.file);
    }
    if !step.needs.is_empty() {
        let needs: Vec<_> = step.needs.iter().map(|id| number(id.0).to_string()).collect();
        text += &format!(" needs {}", needs.join(", "));
    }
    let imports = imports.iter().map(|import| format!("\n    imports {}", shown(import)));
    text + &imports.collect::<String>() + "\n"
}

/// The type of a cache, and its attributes as they are written.
fn shown(import: &CacheImport) -> String {
    let attrs = import.attrs.iter().map(|(key, value)| format!(" {key}={value}"));
    import.kind.clone() + &attrs.collect::<String>()
}
