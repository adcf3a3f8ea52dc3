//! The target, for all platforms that are built for.

use std::mem;

use hlb_eval::{
    ClientNeed, EvalSettings, Evaluated, Evaluation, Pending, Product, Rejected, registry,
};
use hlb_plan::{Preparation, Section};
use hlb_program::program::Program;
use hlb_syntax::diagnostic::Diagnostic;
use hlb_syntax::source::Sources;
use llb::Platform;

use super::failure::Failure;
use super::request::Build;
use super::resolve_cache::ResolveCache;

/// What a target comes to.
pub struct Targets {
    /// In the order of the platforms.
    pub products: Vec<Product>,
    /// Those of all platforms together; what a section makes says whether two are one.
    pub sections: Vec<Section>,
    pub preparations: Vec<Preparation>,
    pub client_needs: Vec<ClientNeed>,
    /// Each once.
    pub warnings: Vec<Diagnostic>,
}

/// How the evaluation for a platform ended.
type Outcome = Result<Evaluated<Product>, Rejected>;

/// Evaluates the target for each platform, with the questions of all at the same time.
///
/// # Errors
/// Everything that is wrong with it, on whichever platform.
pub async fn targets(
    cx: &Build<'_>,
    program: &Program,
    sources: &Sources,
    answers: &mut ResolveCache,
) -> Result<Targets, Failure> {
    let settings: Vec<_> = cx.platforms.iter().map(|it| cx.settings_for(it)).collect();
    let outcomes = loop {
        let outcomes = evaluated(cx, program, sources, answers, &settings).await?;
        let done: Vec<_> = outcomes.iter().filter_map(|it| it.as_ref().ok()).collect();
        let states: Vec<_> = done.iter().flat_map(|it| it.value.states()).collect();
        if answers.need(states.iter().copied()) {
            continue;
        }
        if done.len() == outcomes.len() {
            let sections: Vec<_> = done.iter().flat_map(|it| it.sections.clone()).collect();
            if answers.substitute(cx, &states, &sections).await? {
                continue;
            }
        }
        break outcomes;
    };
    let mut all = Targets {
        products: Vec::new(),
        sections: Vec::new(),
        preparations: Vec::new(),
        client_needs: Vec::new(),
        warnings: Vec::new(),
    };
    let (mut errors, mut warnings, mut choices) = (Vec::new(), Vec::new(), Vec::new());
    for (platform, outcome) in cx.platforms.iter().zip(outcomes) {
        match outcome {
            Err(found) => errors.push(found.errors),
            Ok(evaluated) => {
                errors.push(Vec::new());
                all.products.push(evaluated.value);
                all.sections.extend(evaluated.sections);
                all.preparations.extend(evaluated.preparations);
                all.client_needs.extend(evaluated.client_needs);
                choices.push((platform.clone(), evaluated.choices));
                warnings.push(evaluated.warnings);
            }
        }
    }
    if errors.iter().any(|errors| !errors.is_empty()) {
        return Err(united(&cx.platforms, errors).into());
    }
    answers.choices.add_for(choices);
    all.warnings = united(&cx.platforms, warnings);
    Ok(all)
}

/// Evaluates the target for each platform, until nothing is pending for any.
async fn evaluated(
    cx: &Build<'_>,
    program: &Program,
    sources: &Sources,
    answers: &mut ResolveCache,
    settings: &[EvalSettings],
) -> Result<Vec<Outcome>, Failure> {
    let is_several = settings.len() > 1;
    let mut outcomes: Vec<Option<Outcome>> = Vec::new();
    let round = |answers: &mut ResolveCache| {
        // What has ended is not evaluated again, unless it was given what no longer holds: none of the questions is its own.
        if answers.begins_anew() || outcomes.is_empty() {
            outcomes = settings.iter().map(|_| None).collect();
        }
        let mut pending = Vec::new();
        let open = settings.iter().zip(&mut outcomes).filter(|(_, it)| it.is_none());
        for (settings, outcome) in open {
            answers.ask_for(is_several.then(|| settings.platform.to_string().into()));
            let evaluation = Evaluation { program, sources, registry: registry(), settings };
            match evaluation.target(cx.target(), answers).done() {
                Ok(done) => *outcome = Some(done),
                Err(round) => pending.push(*round),
            }
        }
        answers.ask_for(None);
        match pending.is_empty() {
            true => Ok(mem::take(&mut outcomes).into_iter().flatten().collect()),
            false => Err(joined(&cx.platforms, &outcomes, pending)),
        }
    };
    answers.rounds(cx, round).await
}

/// Evaluates the target for the first of the platforms, to describe it.
///
/// # Errors
/// Everything that is wrong with it.
pub async fn described_target(
    cx: &Build<'_>,
    program: &Program,
    sources: &Sources,
    answers: &mut ResolveCache,
) -> Result<Evaluated<Product>, Failure> {
    let settings = &cx.first_settings();
    let evaluation = Evaluation { program, sources, registry: registry(), settings };
    loop {
        let evaluated =
            answers.resolve(cx, |answers| evaluation.target(cx.target(), answers)).await?;
        if !answers.need(evaluated.value.states()) {
            return Ok(evaluated);
        }
    }
}

/// What a round leaves behind in which some platforms wait; an error of one that has ended stops the others.
fn joined(
    platforms: &[Platform],
    outcomes: &[Option<Outcome>],
    pending: Vec<Pending>,
) -> Box<Pending> {
    let mut joined = Box::<Pending>::default();
    let mut pending = pending.into_iter();
    let mut errors = Vec::new();
    for outcome in outcomes {
        errors.push(match outcome {
            Some(Ok(_)) => Vec::new(),
            Some(Err(found)) => found.errors.clone(),
            None => {
                let mut pending = pending.next().unwrap_or_default();
                let errors = mem::take(&mut pending.errors);
                joined.add(pending);
                errors
            }
        });
    }
    joined.errors = united(platforms, errors);
    joined
}

/// What was found for several platforms, each thing once. What only some have in common names these.
pub fn united(platforms: &[Platform], found: Vec<Vec<Diagnostic>>) -> Vec<Diagnostic> {
    let mut all: Vec<(Diagnostic, Vec<&Platform>)> = Vec::new();
    for (platform, found) in platforms.iter().zip(found) {
        for diagnostic in found {
            match all.iter_mut().find(|(known, _)| known.is_same(&diagnostic)) {
                Some((_, of)) => of.push(platform),
                None => all.push((diagnostic, vec![platform])),
            }
        }
    }
    let named = all.into_iter().map(|(diagnostic, of)| {
        let names: Vec<String> = of.iter().map(ToString::to_string).collect();
        match of.len() == platforms.len() || names.iter().all(|it| diagnostic.message.contains(it))
        {
            true => diagnostic,
            false => diagnostic.about(&names.join(", ")),
        }
    });
    named.collect()
}
