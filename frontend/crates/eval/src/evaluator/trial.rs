//! Trial evaluation: an expression is evaluated, and forgotten if it is not taken.

use hlb_program::program::{Call, Expr};

use super::Evaluator;
use crate::{Absence, Frame, Value};

/// What came of a trial.
pub(super) enum Trial {
    /// It has a value, or an error that is reported; what it left behind stays.
    Taken(Value),
    /// A source that it names is not there; nothing of it is left.
    Absent(Absence),
}

impl Evaluator<'_> {
    /// The first of some expressions whose sources are there; those after it are not evaluated.
    pub(super) fn first_of(&mut self, frame: &mut Frame, call: &Call) -> Value {
        let mut absent = None;
        for candidate in &call.args {
            match self.attempt(frame, candidate) {
                Trial::Taken(value) => return value,
                Trial::Absent(absence) => absent = Some((absence, candidate.span())),
            }
        }
        match absent {
            Some((absence, span)) => self.wrong(super::UNAVAILABLE.at(span, absence.to_string())),
            None => Value::Unknown,
        }
    }

    /// Evaluates an expression with all that it leaves behind held back, until it is known that no source is absent.
    fn attempt(&mut self, frame: &mut Frame, expr: &Expr) -> Trial {
        let (output, aliases) = (self.output.clone(), frame.aliases.clone());
        let absences = self.output.absences.len();
        // What is evaluated on trial is not known to anybody else: its errors and sections may be dropped.
        let fresh = self.memo.fresh();
        let memo = std::mem::replace(&mut self.memo, fresh);
        let value = self.expr(frame, expr);
        let tried = std::mem::replace(&mut self.memo, memo);
        let absence = self.output.absences.last().filter(|_| self.output.absences.len() > absences);
        match absence.cloned() {
            None => {
                self.memo.extend(tried);
                Trial::Taken(value)
            }
            Some(absence) => {
                self.output.restore(output);
                frame.aliases = aliases;
                Trial::Absent(absence)
            }
        }
    }
}
