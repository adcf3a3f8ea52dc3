//! What statements do to what their block made so far (language spec, section 4.4).

use std::collections::HashSet;

use hlb_syntax::source::Span;

use crate::builtin::{Flow, Kind};
use crate::program::{Block, Call, Callee, Function, FunctionId, Program, Stmt};

/// What a statement does to what its block made so far.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Continues,
    Starts,
    /// Somebody else sees what was made so far, or may: an alias names it, or it is sent somewhere.
    Shows,
}

/// What is known of all modules, to look at one.
pub(super) struct Flows {
    /// What a call of each function does, by its id.
    functions: Vec<Found>,
    /// The statements that give something to an alias.
    aliased: HashSet<Span>,
}

/// What is known of a function.
#[derive(Clone, Copy)]
enum Found {
    Nothing,
    /// It is being followed.
    Open,
    Step(Step),
}

impl Flows {
    pub fn of(program: &Program) -> Self {
        let ids = program.modules().flat_map(|module| module.functions());
        let ids: Vec<FunctionId> = ids.collect();
        let functions = vec![Found::Nothing; ids.len()];
        let mut flows = Self { functions, aliased: aliased(program) };
        for id in ids {
            if flows.enter(id) {
                flows.follow(program, id);
            }
        }
        flows
    }

    /// Whether a statement gives something to an alias.
    pub fn is_aliased(&self, call: &Call) -> bool {
        self.aliased.contains(&call.span)
    }

    pub fn step(&self, function: Option<&Function>, call: &Call) -> Step {
        match (self.own_step(function, call), &call.callee) {
            (Some(step), _) => step,
            (None, Callee::Function(id)) => match self.functions.get(id.index()) {
                Some(Found::Step(step)) => *step,
                // It calls itself, which is an error.
                _ => Step::Shows,
            },
            (None, _) => Step::Shows,
        }
    }

    /// Finds what a function does: the same as the first of its statements that does not just continue. Those that it
    /// calls are followed first, without recursion: a chain of calls may be very long.
    fn follow(&mut self, program: &Program, id: FunctionId) {
        let mut open = vec![(id, 0)];
        while let Some((id, next)) = open.last_mut() {
            let (id, function) = (*id, program.function(*id));
            let body = function.body.as_ref().filter(|_| function.kind == Kind::Fs);
            let found = match body.map(|body| body.stmts.get(*next)) {
                None => Step::Shows,
                Some(None) => Step::Continues,
                Some(Some(stmt)) => {
                    if let Stmt::Call(Call { callee: Callee::Function(called), .. }) = stmt
                        && self.enter(*called)
                    {
                        open.push((*called, 0));
                        continue;
                    }
                    *next += 1;
                    match stmt {
                        Stmt::Call(call) => match self.step(Some(function), call) {
                            Step::Continues => continue,
                            step => step,
                        },
                        Stmt::Value(_) | Stmt::Error(_) => continue,
                    }
                }
            };
            self.note(id, Found::Step(found));
            open.pop();
        }
    }

    /// Begins to follow a function; false if that was done before.
    fn enter(&mut self, id: FunctionId) -> bool {
        let is_new = matches!(self.functions.get(id.index()), Some(Found::Nothing));
        if is_new {
            self.note(id, Found::Open);
        }
        is_new
    }

    fn note(&mut self, id: FunctionId, found: Found) {
        if let Some(known) = self.functions.get_mut(id.index()) {
            *known = found;
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
            Flow::Starts | Flow::StartsEmpty | Flow::StartsConfigured => Step::Starts,
            Flow::Exports => Step::Shows,
            _ if self.is_aliased(call) => Step::Shows,
            Flow::Continues | Flow::Configures | Flow::Keeps | Flow::Expires => Step::Continues,
        })
    }
}

/// The statements that give something to an alias.
pub(super) fn aliased(program: &Program) -> HashSet<Span> {
    let aliases = program.modules().flat_map(|module| module.aliases());
    aliases.map(|id| program.alias(id).owner).collect()
}

/// The calls among the statements of a block.
pub(super) fn calls(block: &Block) -> impl Iterator<Item = &Call> {
    block.stmts.iter().filter_map(|stmt| match stmt {
        Stmt::Call(call) => Some(call),
        Stmt::Value(_) | Stmt::Error(_) => None,
    })
}
