//! Statements that a later one of their block makes pointless (language spec, section 4.4).

use std::collections::HashSet;

use hlb_syntax::diagnostic::{Code, Diagnostic};
use hlb_syntax::source::Span;

use super::linted::Linted;
use super::rule::{Find, Rule};
use crate::builtin::{Flow, Kind};
use crate::program::{Block, Call, Callee, Function, Program, Stmt};

/// Statements before one that starts from something else: what they made is left behind.
pub static DISCARDED_STATEMENT: Code = Code::warning("HLB0515", "discarded-statement");

pub(super) static RULE: Rule = Rule {
    codes: &[&DISCARDED_STATEMENT],
    across_modules: &[&DISCARDED_STATEMENT],
    find: Find::InProgram(lint),
};

/// What a statement does to what its block made so far.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Continues,
    Starts,
    /// Somebody else sees what was made so far, or may: an alias names it, or it is sent somewhere.
    Shows,
}

/// What is known of all modules, to look at one.
struct Flows {
    /// Whether each function, by its id, leaves behind what it is applied to.
    starting: Vec<bool>,
    /// The statements that give something to an alias.
    aliased: HashSet<Span>,
}

impl Flows {
    fn of(program: &Program) -> Self {
        let modules = || program.modules();
        let aliases = modules().flat_map(|module| module.aliases());
        let aliased = aliases.map(|id| program.alias(id).owner).collect();
        let mut flows = Self { starting: Vec::new(), aliased };
        let functions = modules().flat_map(|module| module.functions());
        flows.starting = functions.map(|id| flows.function_starts(program.function(id))).collect();
        flows
    }

    fn function_starts(&self, function: &Function) -> bool {
        let Some(body) = function.body.as_ref().filter(|_| function.kind == Kind::Fs) else {
            return false;
        };
        let mut steps = calls(body).map(|call| self.own_step(Some(function), call));
        steps.find(|step| *step != Some(Step::Continues)) == Some(Some(Step::Starts))
    }

    fn step(&self, function: Option<&Function>, call: &Call) -> Step {
        match (self.own_step(function, call), &call.callee) {
            (Some(step), _) => step,
            (None, Callee::Function(id)) if self.starting.get(id.index()) == Some(&true) => {
                Step::Starts
            }
            (None, _) => Step::Shows,
        }
    }

    /// What a statement does by itself; nothing is known of one that runs a function.
    fn own_step(&self, function: Option<&Function>, call: &Call) -> Option<Step> {
        let flow = match &call.callee {
            Callee::Builtin(signature) if signature.kind == Kind::Fs => signature.flow,
            // An argument replaces what there is.
            Callee::Param(index) => {
                let param = function?.params.get(*index as usize)?;
                Some(Flow::Starts).filter(|_| param.kind == Kind::Fs)?
            }
            _ => return None,
        };
        Some(match flow {
            Flow::Starts | Flow::StartsConfigured => Step::Starts,
            Flow::Exports => Step::Shows,
            Flow::Continues if self.aliased.contains(&call.span) => Step::Shows,
            Flow::Continues => Step::Continues,
        })
    }
}

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
                    let is_kept = flows.aliased.contains(&call.span)
                        || matches!(call.callee, Callee::Function(_));
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

fn calls(block: &Block) -> impl Iterator<Item = &Call> {
    block.stmts.iter().filter_map(|stmt| match stmt {
        Stmt::Call(call) => Some(call),
        Stmt::Value(_) | Stmt::Error(_) => None,
    })
}
