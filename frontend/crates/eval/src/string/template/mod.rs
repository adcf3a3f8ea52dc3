//! Go's `text/template` for data that is a flat map of texts, which is what `template` is (language spec, section 5.10).
//!
//! In: a template and its fields. Out: the text, or why there is none. It has what such data can use: fields, literals,
//! variables, `if`, `with`, `range`, comparisons and `printf`. Go's names for what else there is (`define`, `html`, …) are
//! known, and an error says that they are not supported. Start at [`parse`] and [`run`].

mod lex;
mod parse;
mod run;
mod tree;
mod value;

use std::collections::BTreeMap;
use std::fmt;

use hlb_program::builtin::{Kind, Param, Signature};
use hlb_syntax::diagnostic::{Code, Diagnostic};
use hlb_syntax::source::Span;

use crate::limit::{Charged, Exceeded};
use crate::{Builtin, Call, Cx, Lower, MAX_EVALUATION_BYTES};
use parse::parse;
use run::{Stopped, run};

pub(super) static ROWS: &[&Builtin] = &[&TEMPLATE, &STRING_FIELD];

static TEMPLATE: Builtin = Builtin::new(
    Signature::new(
        Kind::String,
        "template",
        const {
            &[Param::new("text", Kind::String, "a template of Go's `text/template`")
                .checked_by(|text, site| check(text, site.span))]
        },
        "A template, filled in: `{{.name}}` is the field `name`. It has variables, `if`, `with`, \
         `range`, comparisons and `printf`.",
    ),
    Lower::String(lower),
);

static STRING_FIELD: Builtin = Builtin::new(
    Signature::new(
        Kind::option("template"),
        "stringField",
        const {
            &[
                Param::new("name", Kind::String, "the name of the field"),
                Param::new("value", Kind::String, "its value"),
            ]
        },
        "Gives the template a field, which is a text.",
    ),
    Lower::Option,
);

/// A template that can't be parsed, or not be filled in.
pub static INVALID_TEMPLATE: Code = Code::error("HLB0337", "invalid-template");

/// What is wrong with a template.
#[derive(Debug, PartialEq, Eq)]
struct Problem {
    /// In the template, from 1.
    line: usize,
    text: String,
}

impl Problem {
    fn new(line: usize, text: impl Into<String>) -> Self {
        Self { line, text: text.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} of the template: {}", self.line, self.text)
    }
}

/// The fields of a template, by name; of two of one name the later is meant.
type Fields<'f> = BTreeMap<&'f str, &'f str>;

fn lower(cx: &mut Cx<'_>, call: &Call) -> Result<String, Diagnostic> {
    let span = call.span_of("text");
    let invalid = |problem: &Problem| INVALID_TEMPLATE.at(span, problem.to_string());
    let template = parse(call.string("text")).map_err(|it| invalid(&it))?;
    let settings = call.option_calls(&STRING_FIELD);
    let fields: Fields<'_> = settings.map(|it| (it.string("name"), it.string("value"))).collect();
    let (made, cost) = run(&template, &fields, MAX_EVALUATION_BYTES);
    if let Err(Exceeded(error)) = cx.output.budget.charge(cost, Charged::Text, call.span) {
        return error.map_or(Ok(String::new()), Err);
    }
    made.map_err(|stopped| match stopped {
        Stopped::Wrong(problem) => invalid(&problem),
        // The charge above fails first.
        Stopped::TooLarge => INVALID_TEMPLATE.at(span, "the text is too large"),
    })
}

fn check(text: &str, span: Span) -> Result<(), Diagnostic> {
    parse(text).map(drop).map_err(|problem| INVALID_TEMPLATE.at(span, problem.to_string()))
}

#[cfg(test)]
mod tests;
