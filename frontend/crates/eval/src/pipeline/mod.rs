//! The builtins of kind `pipeline`.

use hlb_program::builtin::{Kind, Param, Signature};
use hlb_syntax::diagnostic::Diagnostic;

use super::evaluator::TOO_DEEP;
use super::value::{Part, PartKind, Pipeline, Stage};
use super::{Arg, Builtin, Call, Lower, Value};

/// All of them.
pub(super) static ROWS: &[&[&Builtin]] = &[&[&STAGE]];

static STAGE: Builtin = Builtin::new(
    Signature::new(
        Kind::Pipeline,
        "stage",
        const { &[Param::variadic("part", Kind::Pipeline, "a filesystem or a pipeline")] },
        "Adds a stage: its parts are built at the same time, and after the stages before it. The \
         first failure stops the others.",
    ),
    Lower::Stage,
);

/// How deep stages may be nested: whoever walks through them needs as much of the stack.
const MAX_NESTED_STAGES: usize = 256;

/// A pipeline with one more stage. Values that are built by nobody, such as strings, are no part of it.
pub(super) fn staged(mut stages: Pipeline, call: &Call) -> Result<Pipeline, Diagnostic> {
    let parts = call.args.iter().filter_map(|Arg { value, span }| {
        let what = match value {
            Value::Fs(fs) => PartKind::Fs(fs.clone()),
            Value::Pipeline(pipeline) if !pipeline.is_empty() => {
                PartKind::Pipeline(pipeline.clone())
            }
            _ => return None,
        };
        Some(Part { what, span: *span })
    });
    let parts: Vec<Part> = parts.collect();
    match parts.as_slice() {
        [] => {}
        [Part { what: PartKind::Pipeline(alone), .. }] => stages.append(alone),
        _ => stages.push(Stage::new(parts)),
    }
    if stages.newest_first().next().is_some_and(|stage| stage.depth > MAX_NESTED_STAGES) {
        let message = format!("stages are nested more than {MAX_NESTED_STAGES} deep");
        return Err(TOO_DEEP.at(call.span, message));
    }
    Ok(stages)
}
