use std::sync::Arc;

use hlb_program::program::{StringExpr, StringPart};

use super::Evaluator;
use crate::limit::Charged;
use crate::{Frame, Value, string};

impl Evaluator<'_> {
    /// The value of a string. Its length is known before it is made, so that none is too long for the memory.
    pub(super) fn string(&mut self, frame: &mut Frame, literal: &StringExpr) -> Value {
        // Most are plain.
        if let [StringPart::Text { value, .. }] = &*literal.parts {
            return match self.charge(value.len() as u64, Charged::Text, literal.span) {
                true => Value::String(string::finish(literal.form, value)),
                false => Value::Unknown,
            };
        }
        let mut texts: Vec<Arc<str>> = Vec::with_capacity(literal.parts.len());
        let mut is_pending = false;
        let mut is_unknown = false;
        for part in &literal.parts {
            match part {
                StringPart::Text { value, .. } => texts.push((&**value).into()),
                StringPart::Interpolation { expr, .. } => {
                    let value = self.expr(frame, expr);
                    is_pending |= value.is_pending();
                    match self.interpolated(&value, literal) {
                        Some(text) => texts.push(text),
                        None => is_unknown = true,
                    }
                }
            }
        }
        if is_pending {
            return Value::Pending;
        }
        let bytes = texts.iter().fold(0, |sum: u64, text| sum.saturating_add(text.len() as u64));
        if is_unknown || !self.charge(bytes, Charged::Text, literal.span) {
            return Value::Unknown;
        }
        Value::String(string::finish(literal.form, &texts.concat()))
    }

    /// The text of a value in a string.
    fn interpolated(&mut self, value: &Value, literal: &StringExpr) -> Option<Arc<str>> {
        if self.output.lacks(value) {
            return None;
        }
        if let Value::Variadic(_) = value
            && !self.charge(value.weight(), Charged::Text, literal.span)
        {
            return None;
        }
        value.text()
    }
}
