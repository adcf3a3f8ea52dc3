//! Statements that a later one of their block makes pointless (language spec, section 4.4).

use std::collections::HashSet;

use hlb_syntax::diagnostic::{Code, Diagnostic};
use hlb_syntax::source::Span;
use hlb_syntax::tree::{Block, CallStmt, Stmt};

use super::Linted;
use super::site::Sites;
use crate::builtin::{Flow, Kind};
use crate::check::resolve::Resolved;
use crate::check::scope::Scope;

/// Statements before one that starts from something else: what they made is left behind.
pub static DISCARDED_STATEMENT: Code = Code::warning("HLB0515", "discarded-statement");

/// What a statement does to what its block made so far.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Continues,
    Starts,
    /// Somebody else sees what was made so far, or may: an alias names it, or it is sent somewhere.
    Shows,
}

pub(super) fn lint(linted: &Linted<'_>, all: &[Linted<'_>], found: &mut Vec<Diagnostic>) {
    let aliased = aliased(linted.scope);
    for block in &linted.sites.blocks {
        let mut lost = None::<Span>;
        for call in calls(block) {
            match step(linted, all, &aliased, call) {
                Step::Continues => {
                    lost.get_or_insert(call.path.span);
                }
                Step::Starts => {
                    found.extend(lost.map(|first| lost_statement(call, first)));
                    let kept = aliased.contains(&call.span.start);
                    lost = Some(call.path.span)
                        .filter(|_| !kept && !is_call_of_function(linted, call));
                }
                Step::Shows => lost = None,
            }
        }
    }
}

fn lost_statement(call: &CallStmt, first: Span) -> Diagnostic {
    let message =
        format!("`{}` starts anew: what stands before it in this block is lost", call.path);
    let found = DISCARDED_STATEMENT.at(call.path.span, message).label(first, "lost from here on");
    found.help("put it first, or give what stands before it a function of its own")
}

/// Whether each function of a module leaves behind what it is applied to.
pub(super) fn starting<'s>(scope: &Scope<'s>, sites: &Sites<'s>) -> Vec<bool> {
    let aliased = aliased(scope);
    let starts = |block: &'s Block| {
        let mut steps = calls(block).map(|call| own_step(sites, &aliased, call));
        steps.find(|step| *step != Some(Step::Continues)) == Some(Some(Step::Starts))
    };
    let functions = scope.functions.iter();
    functions.map(|it| it.kind == Kind::Fs && it.decl.body.as_ref().is_some_and(starts)).collect()
}

fn step(linted: &Linted<'_>, all: &[Linted<'_>], aliased: &HashSet<u32>, call: &CallStmt) -> Step {
    if let Some(step) = own_step(&linted.sites, aliased, call) {
        return step;
    }
    match linted.sites.resolved(&call.path) {
        Some(Resolved::Func(module, function)) => {
            let of_module = all.get(module.index());
            let starts = of_module.and_then(|it| it.starting.get(function.index));
            if starts == Some(&true) { Step::Starts } else { Step::Shows }
        }
        _ => Step::Shows,
    }
}

/// What a statement does by itself; nothing is known of one that runs a function.
fn own_step(sites: &Sites<'_>, aliased: &HashSet<u32>, call: &CallStmt) -> Option<Step> {
    let flow = match sites.resolved(&call.path)? {
        Resolved::Builtin(signature) if signature.kind == Kind::Fs => signature.flow,
        // An argument takes the place of what there is.
        Resolved::Param(_, Kind::Fs) => Flow::Starts,
        _ => return None,
    };
    Some(match flow {
        Flow::Starts | Flow::StartsConfigured => Step::Starts,
        Flow::Exports => Step::Shows,
        Flow::Continues if aliased.contains(&call.span.start) => Step::Shows,
        Flow::Continues => Step::Continues,
    })
}

fn is_call_of_function(linted: &Linted<'_>, call: &CallStmt) -> bool {
    matches!(linted.sites.resolved(&call.path), Some(Resolved::Func(..)))
}

/// Where the statements start that give something to an alias.
fn aliased(scope: &Scope<'_>) -> HashSet<u32> {
    scope.aliases.iter().map(|alias| alias.owner.span.start).collect()
}

fn calls(block: &Block) -> impl Iterator<Item = &CallStmt> {
    block.stmts.iter().filter_map(|stmt| match stmt {
        Stmt::Call(call) => Some(call),
        Stmt::Value(_) | Stmt::Error(_) => None,
    })
}
