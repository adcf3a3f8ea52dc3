//! Commands that have nothing to run: there is no file in their filesystem.

use std::collections::HashMap;

use hlb_syntax::diagnostic::{Code, Diagnostic};
use hlb_syntax::source::Span;

use super::flows::calls;
use super::linted::Linted;
use super::options::Options;
use super::rule::{Find, Rule};
use super::unused::DEFAULT_TARGET;
use crate::builtin::{Flow, Kind, Meaning};
use crate::program::{Block, Call, Callee, FunctionId, Program};

/// A command in a filesystem that is still empty.
pub static RUN_ON_NOTHING: Code = Code::warning("HLB0517", "run-on-nothing");

pub(super) static RULE: Rule = Rule {
    codes: &[&RUN_ON_NOTHING],
    across_modules: &[&RUN_ON_NOTHING],
    find: Find::InProgram(lint),
};

/// How often a function is used.
#[derive(Default)]
struct Uses {
    all: usize,
    /// As a statement, which continues from what is there.
    continuing: usize,
}

fn lint(all: &[Linted<'_>], found: &mut Vec<Diagnostic>) {
    let Some(program) = all.first().map(|linted| linted.program) else { return };
    let uses = uses(program, all);
    let ours = all.iter().filter(|linted| linted.module.is_ours());
    // What a syntax error took may have been the beginning.
    for linted in ours.filter(|linted| !linted.module.has_syntax_errors) {
        let starting: HashMap<Span, FunctionId> = linted
            .module
            .functions()
            .filter_map(|id| Some((program.function(id).body.as_ref()?.span, id)))
            .collect();
        for block in &linted.blocks {
            let is_empty = match starting.get(&block.it.span) {
                Some(id) => starts_empty(linted, *id, uses.get(id)),
                // The block of a literal always does.
                None => true,
            };
            found.extend(run_on_nothing(block.it, is_empty));
        }
    }
}

fn uses(program: &Program, all: &[Linted<'_>]) -> HashMap<FunctionId, Uses> {
    let mut uses = HashMap::<FunctionId, Uses>::new();
    for linted in all {
        for id in linted.calls.iter().filter_map(|call| used(program, call.it)) {
            uses.entry(id).or_default().all += 1;
        }
        let stmts = linted.blocks.iter().flat_map(|block| calls(block.it));
        for id in stmts.filter_map(|call| used(program, call)) {
            uses.entry(id).or_default().continuing += 1;
        }
    }
    uses
}

fn used(program: &Program, call: &Call) -> Option<FunctionId> {
    match call.callee {
        Callee::Function(id) => Some(id),
        Callee::Alias(id) => Some(program.alias(id).function),
        _ => None,
    }
}

/// Whether a function is only ever evaluated with nothing before it: as a target, or as an argument.
fn starts_empty(linted: &Linted<'_>, id: FunctionId, uses: Option<&Uses>) -> bool {
    let name = linted.program.function(id).name.text();
    let is_target = linted.module.is_program && name == DEFAULT_TARGET;
    let (all, continuing) = uses.map_or((0, 0), |uses| (uses.all, uses.continuing));
    !linted.module.exports(name) && continuing == 0 && (is_target || all > 0)
}

/// The first command of a block, if there is nothing before it. That a later statement starts from something is another
/// warning.
fn run_on_nothing(block: &Block, mut is_empty: bool) -> Option<Diagnostic> {
    let mut calls = calls(block);
    let run = calls.find(|call| {
        let is_first = is_empty && is_run(call);
        is_empty = match call.signature().map(|signature| signature.flow) {
            Some(Flow::StartsEmpty) => true,
            Some(Flow::Configures) => is_empty,
            _ => false,
        };
        is_first
    })?;
    let starts = |flow| matches!(flow, Flow::Starts | Flow::StartsConfigured | Flow::StartsEmpty);
    if calls.any(|call| call.signature().is_none_or(|signature| starts(signature.flow))) {
        return None;
    }
    let message = format!("`{}` in an empty filesystem: there is no command in it", run.path);
    let lint = RUN_ON_NOTHING.at(run.path.span, message);
    Some(lint.help("write `image` or another source before it"))
}

/// Whether a call runs a command that no mount can bring.
fn is_run(call: &Call) -> bool {
    let options = Options::of(call);
    let mounts = |option: &&Call| option.arg(Meaning::MountPoint).is_some();
    call.arg(Meaning::Command).is_some()
        && call.signature().is_some_and(|it| it.kind == Kind::Fs)
        && options.is_complete
        && !options.calls.iter().any(mounts)
}
