//! What can be asked of a checked program; each answer is made on a stack of its own.

use hlb_plan::Section;
use hlb_program::module::ImportRequest;
use hlb_syntax::diagnostic::Diagnostic;

use super::evaluator::{Evaluator, Program, TOO_DEEP};
use super::target::{self, Arguments, Parameter};
use super::{Cx, Resolver, Settings, Value, import};

/// What became of a target.
pub struct Evaluated<T = Value> {
    pub value: T,
    pub sections: Vec<Section>,
    pub diagnostics: Vec<Diagnostic>,
    /// Whether an answer is outstanding: everything else is then to be thrown away, and evaluated again.
    pub pending: bool,
}

/// Room for the deepest calls that are allowed.
const STACK_BYTES: usize = 128 << 20;

/// Evaluates a target of the program's first module.
///
/// The name may be that of a function or of an alias.
pub fn evaluate(
    program: Program<'_>,
    target: &str,
    arguments: &Arguments,
    settings: &Settings,
    resolver: &mut dyn Resolver,
) -> Evaluated {
    run(program, settings, resolver, |evaluator| target::evaluate(evaluator, target, arguments))
}

/// Evaluates what the parameters of a target are given: build arguments, else defaults.
pub fn evaluate_parameters<'p>(
    program: Program<'p>,
    target: &str,
    arguments: &Arguments,
    settings: &Settings,
    resolver: &mut dyn Resolver,
) -> Evaluated<Vec<Parameter<'p>>> {
    run(program, settings, resolver, |evaluator| target::parameters(evaluator, target, arguments))
}

/// Evaluates where a module is imported from: to its filesystem, or to the string that names it.
///
/// What the expression reaches must have no errors; the rest of the program may.
pub fn evaluate_import(
    program: Program<'_>,
    request: &ImportRequest,
    settings: &Settings,
    resolver: &mut dyn Resolver,
) -> Evaluated {
    run(program, settings, resolver, |evaluator| import::evaluate(evaluator, request))
}

/// Runs on a stack of its own, since calls nest as deep as the program likes, up to a limit.
fn run<'p, T: Default + Send>(
    program: Program<'p>,
    settings: &Settings,
    resolver: &mut dyn Resolver,
    value: impl FnOnce(&mut Evaluator<'_, 'p, '_>) -> T + Send,
) -> Evaluated<T> {
    std::thread::scope(|scope| {
        let body = || {
            let mut cx = Cx::new(program.sources, settings, resolver);
            let value = value(&mut Evaluator::new(program, &mut cx));
            Evaluated {
                value,
                sections: cx.sections,
                diagnostics: cx.diagnostics,
                pending: cx.pending,
            }
        };
        match std::thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, body) {
            Ok(thread) => thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            Err(error) => Evaluated {
                value: T::default(),
                sections: Vec::new(),
                diagnostics: vec![
                    TOO_DEEP.without_span(format!("no memory for the evaluation: {error}")),
                ],
                pending: false,
            },
        }
    })
}
