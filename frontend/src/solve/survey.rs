//! What is wrong with a target, as far as that can be known without building anything.

use hlb_eval::{
    Evaluated, Evaluation, MISSING_ARGUMENT, Pending, Product, Rejected, Round, registry,
};
use hlb_program::program::Program;
use hlb_syntax::diagnostic::Diagnostic;
use hlb_syntax::source::Sources;

use super::failure::Failure;
use super::request::{Build, DEFAULT_TARGET};
use super::resolve_cache::{MAX_ROUNDS, ResolveCache, too_many_questions};
use super::targets::united;

/// The errors of the target and the warnings about it, on all platforms. Names are resolved for it, such as those of images;
/// what waits for something to be built is left out.
///
/// A missing argument is no error here, since only whoever builds the target gives it. Nor is a missing target, if none is
/// asked for and the program has none by the default's name: it may be there to be imported.
///
/// # Errors
/// If the daemon itself fails.
pub async fn survey_target(
    cx: &Build<'_>,
    program: &Program,
    sources: &Sources,
    answers: &mut ResolveCache,
) -> Result<Vec<Diagnostic>, Failure> {
    let target = cx.target();
    let is_there = || program.main().is_some_and(|main| main.lookup(DEFAULT_TARGET).is_some());
    if target == DEFAULT_TARGET && !is_there() {
        return Ok(Vec::new());
    }
    let settings: Vec<_> = cx.platforms.iter().map(|it| cx.settings_for(it)).collect();
    for _ in 1..=MAX_ROUNDS {
        let rounds = settings.iter().map(|settings| {
            let evaluation = Evaluation { program, sources, registry: registry(), settings };
            evaluation.target(target, answers)
        });
        let rounds: Vec<Round<Product>> = rounds.collect();
        let is_pending = rounds.iter().any(|round| matches!(round, Round::Pending(_)));
        if !(is_pending && answers.has_open_names()) {
            return Ok(united(&cx.platforms, rounds.into_iter().map(found).collect()));
        }
        answers.fetch(cx, None).await?;
    }
    Err(too_many_questions())
}

fn found(round: Round<Product>) -> Vec<Diagnostic> {
    let mut found = match round {
        Round::Done(Ok(Evaluated { warnings, .. })) => warnings,
        Round::Done(Err(Rejected { errors, warnings }))
        | Round::Pending(Pending { errors, warnings, .. }) => [errors, warnings].concat(),
    };
    found.retain(|it| it.code.id != MISSING_ARGUMENT.id);
    found
}
