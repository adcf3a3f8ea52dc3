//! Statements that a later one of their block makes pointless.

use hlb_syntax::diagnostic::{Code, Diagnostic};
use hlb_syntax::source::Span;

use super::flows::{Flows, Step, calls};
use super::linted::Linted;
use super::rule::{Find, Rule};
use crate::program::{Call, Callee};

/// Statements before one that starts from something else: what they made is left behind.
pub static DISCARDED_STATEMENT: Code = Code::warning("HLB0515", "discarded-statement");

pub(super) static RULE: Rule = Rule {
    codes: &[&DISCARDED_STATEMENT],
    across_modules: &[&DISCARDED_STATEMENT],
    find: Find::InProgram(lint),
};

fn lint(all: &[Linted<'_>], found: &mut Vec<Diagnostic>) {
    let Some(program) = all.first().map(|linted| linted.program) else { return };
    let flows = Flows::of(program);
    for linted in all.iter().filter(|linted| linted.module.is_ours()) {
        in_module(linted, &flows, found);
    }
}

fn in_module(linted: &Linted<'_>, flows: &Flows, found: &mut Vec<Diagnostic>) {
    for block in &linted.blocks {
        let mut discarded = None::<Span>;
        for call in calls(block.it) {
            match flows.step(block.function, call) {
                Step::Continues => {
                    discarded.get_or_insert(call.path.span);
                }
                Step::Starts => {
                    found.extend(discarded.map(|first| discarded_statement(call, first)));
                    let is_kept =
                        flows.is_aliased(call) || matches!(call.callee, Callee::Function(_));
                    discarded = Some(call.path.span).filter(|_| !is_kept);
                }
                Step::Shows => discarded = None,
            }
        }
    }
}

fn discarded_statement(call: &Call, first: Span) -> Diagnostic {
    let message = format!(
        "`{}` starts anew: the statements before it in this block are discarded",
        call.path
    );
    let found = DISCARDED_STATEMENT.at(call.path.span, message);
    let found = found.label(first, "discarded from here on");
    found.help("put it first, or move the statements before it into a function of their own")
}
