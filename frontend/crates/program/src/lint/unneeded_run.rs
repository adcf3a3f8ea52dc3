use hlb_syntax::diagnostic::{Code, Diagnostic};

use super::flows::{aliased, calls};
use super::linted::Linted;
use super::options::Options;
use super::rule::{Find, Rule};
use crate::builtin::Flow;
use crate::program::Call;

/// A command that keeps nothing of what it does, so that nothing ever needs it.
pub static UNNEEDED_RUN: Code = Code::warning("HLB0518", "unneeded-run");

pub(super) static RULE: Rule =
    Rule { codes: &[&UNNEEDED_RUN], across_modules: &[], find: Find::InProgram(lint) };

fn lint(all: &[Linted<'_>], found: &mut Vec<Diagnostic>) {
    let Some(program) = all.first().map(|linted| linted.program) else { return };
    let aliased = aliased(program);
    for linted in all.iter().filter(|linted| linted.module.is_ours()) {
        let calls = linted.blocks.iter().flat_map(|block| calls(block.it));
        found.extend(calls.filter(|call| !aliased.contains(&call.span)).filter_map(unneeded));
    }
}

fn unneeded(call: &Call) -> Option<Diagnostic> {
    let options = Options::of(call).calls;
    let keeps = options
        .iter()
        .find(|option| option.signature().is_some_and(|signature| signature.flow == Flow::Keeps))?;
    let message = format!("`{}` is never run: nothing can need what it does", call.path);
    let lint = UNNEEDED_RUN.at(call.path.span, message);
    let lint = lint.label(keeps.path.span, "the filesystem stays what it was");
    Some(lint.help(format!("remove `{}`, or give a mount that it writes to an alias", keeps.path)))
}
