use std::collections::{HashMap, HashSet};

use hlb_syntax::diagnostic::{Code, Diagnostic};

use super::flows::{aliased, calls};
use super::linted::Linted;
use super::rule::{Find, Rule};
use crate::builtin::Flow;
use crate::program::{Call, Callee, Expr, FunctionId, Program};

/// A command that keeps nothing of what it does, so that nothing ever needs it.
pub static UNNEEDED_RUN: Code = Code::warning("HLB0518", "unneeded-run");

pub(super) static RULE: Rule =
    Rule { codes: &[&UNNEEDED_RUN], across_modules: &[], find: Find::InProgram(lint) };

fn lint(all: &[Linted<'_>], found: &mut Vec<Diagnostic>) {
    let Some(program) = all.first().map(|linted| linted.program) else { return };
    let aliased = aliased(program);
    let keeping = keeping(program);
    for linted in all.iter().filter(|linted| linted.module.is_ours()) {
        let calls = linted.blocks.iter().flat_map(|block| calls(block.it));
        let calls = calls.filter(|call| !aliased.contains(&call.span));
        found.extend(calls.filter_map(|call| unneeded(call, &keeping)));
    }
}

fn unneeded(call: &Call, keeping: &HashSet<FunctionId>) -> Option<Diagnostic> {
    let keeps = options(call).into_iter().find(|option| match &option.callee {
        Callee::Function(id) => keeping.contains(id),
        _ => keeps(option),
    })?;
    let message = format!("`{}` is never run: nothing can need what it does", call.path);
    let lint = UNNEEDED_RUN.at(call.path.span, message);
    let lint = lint.label(keeps.path.span, "the filesystem stays what it was");
    Some(lint.help(format!("remove `{}`, or give a mount that it writes to an alias", keeps.path)))
}

/// The calls that stand as the options of a call.
fn options(call: &Call) -> Vec<&Call> {
    match call.options.as_deref() {
        Some(Expr::Block { block, .. }) => calls(block).collect(),
        Some(Expr::Call(option)) => vec![option],
        _ => Vec::new(),
    }
}

/// Whether an option of a builtin has the filesystem stay what it was.
fn keeps(option: &Call) -> bool {
    option.signature().is_some_and(|signature| signature.flow == Flow::Keeps)
}

/// The functions that give such an option, themselves or by what they call.
fn keeping(program: &Program) -> HashSet<FunctionId> {
    let mut callers: HashMap<FunctionId, Vec<FunctionId>> = HashMap::new();
    let mut open = Vec::new();
    for id in program.modules().flat_map(|module| module.functions()) {
        let body = program.function(id).body.as_ref();
        for call in body.into_iter().flat_map(calls) {
            match &call.callee {
                Callee::Function(called) => callers.entry(*called).or_default().push(id),
                _ if keeps(call) => open.push(id),
                _ => {}
            }
        }
    }
    let mut found = HashSet::new();
    while let Some(id) = open.pop() {
        if found.insert(id) {
            open.extend(callers.get(&id).into_iter().flatten());
        }
    }
    found
}
