//! `firstOf`: its candidates are evaluated on trial, and forgotten if they are not taken.

use std::sync::Arc;

use hlb_program::builtin::INVALID_ARGUMENT;
use hlb_program::lint::{CANDIDATE_PLATFORM, DENIED_CANDIDATE, MADE_CANDIDATE};
use hlb_program::program::{AliasId, Call, Callee, Expr, Stmt};
use hlb_syntax::diagnostic::{Code, Diagnostic};
use rpds::RedBlackTreeMapSync;

use super::Evaluator;
use crate::candidate::{AbsentSource, Choice, Stage, Taken, Waits};
use crate::{Absence, AbsenceReason, Frame, Output, Value};

/// A `firstOf` of which no candidate is there.
pub static NO_CANDIDATE: Code = Code::error("HLB0386", "no-candidate");

/// What came of a trial.
enum Trial {
    /// It has a value, or an error that is reported; what it left behind stays.
    Taken { value: Value, sources: Vec<Arc<str>> },
    /// A source that it is made of is not there; nothing of it is left.
    Absent(AbsentSource),
    /// That is not known yet.
    Pending(Waits),
}

/// What there was before something was evaluated that may be dropped.
struct Before {
    output: Output,
    aliases: RedBlackTreeMapSync<AliasId, Value>,
}

impl Evaluator<'_> {
    /// The first of some expressions whose sources are there. As long as that is not known of one, what can be looked up for
    /// those after it is asked at the same time.
    pub(super) fn first_of(&mut self, frame: &mut Frame, call: &Call) -> Value {
        self.warn_of_made(call);
        let mut passed = Vec::new();
        for (index, candidate) in call.args.iter().enumerate() {
            let (value, sources) = match self.attempt(frame, candidate) {
                // A variadic parameter has its values already.
                Trial::Taken { value: Value::Variadic(values), sources } => {
                    let is_last = index + 1 == call.args.len();
                    if let (Some(param), true, 2..) = (made(candidate), is_last, values.len()) {
                        self.warn_of(param);
                    }
                    match values.first() {
                        Some(first) => (first.clone(), sources),
                        None => continue,
                    }
                }
                Trial::Taken { value, sources } => (value, sources),
                Trial::Absent(absent) => {
                    passed.push(absent);
                    continue;
                }
                Trial::Pending(_) => {
                    for later in call.args.iter().skip(index + 1) {
                        self.ask_ahead(frame, later);
                    }
                    return Value::Pending;
                }
            };
            let taken = Taken { span: candidate.span(), number: index + 1, sources };
            self.choose(call, taken, passed);
            return value;
        }
        self.none_taken(call, &passed)
    }

    /// Warns of candidates that are there in any case, since they have their values already. Of the last one, that is mostly
    /// meant.
    fn warn_of_made(&mut self, call: &Call) {
        let Some((_, before_last)) = call.args.split_last() else { return };
        for param in before_last.iter().filter_map(made) {
            self.warn_of(param);
        }
    }

    fn warn_of(&mut self, param: &Call) {
        let problem = "is made before `firstOf` looks whether it is there";
        let message = format!("the value of parameter `{}` {problem}", param.path);
        let help = "write what may not be there as a candidate, or as a function that is one";
        self.output.report(MADE_CANDIDATE.at(param.path.span, message).help(help));
    }

    /// Takes note of what is taken, and warns of what may be there and is not taken.
    fn choose(&mut self, call: &Call, taken: Taken, passed: Vec<AbsentSource>) {
        let others = call.args.iter().map(Expr::span).filter(|span| *span != taken.span);
        self.output.untaken.extend(others);
        for absent in &passed {
            if let Some(warning) = warning(absent) {
                self.output.report(warning);
            }
        }
        self.output.choices.push(Choice { span: call.span, taken, count: call.args.len(), passed });
    }

    /// That no candidate is there: an error, unless something else is taken in its place.
    fn none_taken(&mut self, call: &Call, passed: &[AbsentSource]) -> Value {
        if passed.is_empty() {
            let message = "`firstOf` has no candidates";
            return self.wrong(INVALID_ARGUMENT.at(call.path.span, message));
        }
        if self.output.stage != Stage::Needed {
            let why = passed.iter().map(|it| it.absence.why).max();
            let problems: Vec<_> = passed.iter().map(|it| it.absence.problem.as_str()).collect();
            let why = why.unwrap_or(AbsenceReason::NotFound);
            let absence = Absence { why, problem: problems.join("; ") };
            self.output.absences.push(AbsentSource { span: call.span, absence });
            return Value::Unknown;
        }
        let found = NO_CANDIDATE.at(call.path.span, "no candidate of `firstOf` is there");
        let found = passed.iter().fold(found, |found, absent| {
            let AbsentSource { span, absence } = absent;
            found.label(*span, "not there").note(absence.problem.clone())
        });
        self.wrong(found.help("end with a candidate that is always there, such as `scratch`"))
    }

    /// Evaluates a candidate: at first only as far as it takes to look its sources up, so that nothing is fetched or built
    /// for one that is not there.
    fn attempt(&mut self, frame: &mut Frame, candidate: &Expr) -> Trial {
        if self.output.stage == Stage::Lookup {
            return self.trial(frame, candidate, Stage::Lookup);
        }
        let before = self.before(frame);
        let looked_up = self.trial(frame, candidate, Stage::Lookup);
        match looked_up {
            Trial::Taken { .. } | Trial::Pending(Waits::Decision)
                if !self.output.budget.is_exceeded() => {}
            decided => return decided,
        }
        self.go_back(frame, before);
        self.trial(frame, candidate, Stage::Whole)
    }

    /// Asks what has to be looked up for a candidate, and leaves nothing else behind.
    fn ask_ahead(&mut self, frame: &mut Frame, candidate: &Expr) {
        let before = self.before(frame);
        self.trial(frame, candidate, Stage::Lookup);
        if !self.output.budget.is_exceeded() {
            self.go_back(frame, before);
        }
    }

    fn before(&self, frame: &Frame) -> Before {
        Before { output: self.output.clone(), aliases: frame.aliases.clone() }
    }

    /// Drops what was evaluated since, and gives what it left behind; see [`Output::restore`].
    fn go_back(&mut self, frame: &mut Frame, before: Before) -> Output {
        frame.aliases = before.aliases;
        self.output.restore(before.output)
    }

    /// Evaluates an expression with all that it leaves behind held back, until it is known that no source is absent.
    fn trial(&mut self, frame: &mut Frame, expr: &Expr, stage: Stage) -> Trial {
        let before = self.before(frame);
        self.output.begin_trial(stage);
        // What is evaluated on trial is not known to anybody else: its errors and sections may be dropped.
        let fresh = self.memo.fresh();
        let memo = std::mem::replace(&mut self.memo, fresh);
        let value = self.expr(frame, expr);
        let tried = std::mem::replace(&mut self.memo, memo);
        if self.output.budget.is_exceeded() {
            // The error is reported once, and there is no going on.
            self.output.end_trial(&before.output);
            return Trial::Taken { value: Value::Unknown, sources: Vec::new() };
        }
        let absent = self.output.absences.iter().next().cloned();
        if let Some(absent) = absent {
            self.go_back(frame, before);
            return Trial::Absent(absent);
        }
        let waits = self.output.waits;
        if waits != Waits::Nothing {
            let left = self.go_back(frame, before);
            self.output.waits = self.output.waits.max(waits);
            if stage == Stage::Whole {
                // What is fetched or built to know more is so with what goes with it.
                self.output.keep_work_of(left);
            }
            return Trial::Pending(waits);
        }
        self.memo.extend(tried);
        let sources: Vec<_> = self.output.sources.iter().cloned().collect();
        self.output.end_trial(&before.output);
        Trial::Taken { value, sources }
    }
}

/// The parameter that a candidate is, or begins with.
fn made(candidate: &Expr) -> Option<&Call> {
    let call = match candidate {
        Expr::Call(call) => call,
        Expr::Block { block, .. } => block.stmts.iter().find_map(|stmt| match stmt {
            Stmt::Call(call) if matches!(call.callee, Callee::Param(_)) => Some(call),
            _ => None,
        })?,
        _ => return None,
    };
    matches!(call.callee, Callee::Param(_)).then_some(call)
}

/// A warning about a source that may be there although it is not taken.
fn warning(absent: &AbsentSource) -> Option<Diagnostic> {
    let AbsentSource { span, absence: Absence { why, problem } } = absent;
    let counts_as = "it counts as not there";
    match why {
        AbsenceReason::NotFound => None,
        AbsenceReason::Denied => Some(
            DENIED_CANDIDATE
                .at(*span, format!("{problem}; access is denied, so {counts_as}"))
                .help("log in if it is there: a registry denies what does not exist, too"),
        ),
        AbsenceReason::OtherPlatform => Some(
            CANDIDATE_PLATFORM
                .at(*span, format!("{problem}; {counts_as}"))
                .help("publish it for this platform as well"),
        ),
    }
}
