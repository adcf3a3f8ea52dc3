//! Which functions run although the cache has what they make: `docker build --no-cache-filter`.

use std::collections::BTreeSet;

use hlb_program::program::{Call, Callee, FunctionId, Node, Program, visit_expr, visit_function};
use hlb_syntax::diagnostic::{Code, Diagnostic};
use llb::NoCache;

use super::Builtin;
use super::fs::{CACHED, DOCKERFILE};

/// A name in `--no-cache-filter` that no function has.
pub static UNKNOWN_CACHE_FILTER: Code = Code::warning("HLB0525", "unknown-cache-filter");

/// The functions whose cache is not used.
#[derive(Debug)]
pub enum Filter {
    All,
    /// Those that are named, and all that the sections in them are made by.
    Functions(BTreeSet<FunctionId>),
}

impl Filter {
    pub(super) fn of(program: &Program, no_cache: &NoCache) -> Self {
        match no_cache {
            NoCache::UseCache => return Self::Functions(BTreeSet::new()),
            NoCache::All => return Self::All,
            NoCache::Names(_) => {}
        }
        let all = program.modules().flat_map(|module| module.functions());
        let named = all.filter(|id| no_cache.names(program.function(*id).name.text()));
        let mut functions: BTreeSet<_> = named.collect();
        let mut open = Vec::new();
        for id in &functions {
            visit_function(program.function(*id), &mut |node| {
                if let Node::Call(call) = node
                    && calls(call, &CACHED)
                {
                    let arguments = call.args.iter();
                    arguments.for_each(|it| {
                        visit_expr(it, &mut |node| open.extend(called(program, node)))
                    });
                }
            });
        }
        while let Some(id) = open.pop() {
            if functions.insert(id) {
                let function = program.function(id);
                visit_function(function, &mut |node| open.extend(called(program, node)));
            }
        }
        Self::Functions(functions)
    }

    /// Whether the cache of a function is not used; `None` is the source of an import.
    pub fn covers(&self, function: Option<FunctionId>) -> bool {
        matches!(self, Self::All) || self.selects(function)
    }

    /// Whether it is one of some.
    pub fn selects(&self, function: Option<FunctionId>) -> bool {
        match self {
            Self::All => false,
            Self::Functions(functions) => function.is_some_and(|id| functions.contains(&id)),
        }
    }
}

fn calls(call: &Call, builtin: &Builtin) -> bool {
    matches!(call.callee, Callee::Builtin(signature) if *signature == builtin.signature)
}

fn called(program: &Program, node: Node<'_>) -> Option<FunctionId> {
    match node {
        Node::Call(Call { callee: Callee::Function(id), .. }) => Some(*id),
        Node::Call(Call { callee: Callee::Alias(id), .. }) => Some(program.alias(*id).function),
        _ => None,
    }
}

/// A warning for each name that no function has. A Dockerfile that the program builds may have a stage of any name.
pub fn unknown_filters(program: &Program, no_cache: &NoCache) -> Vec<Diagnostic> {
    let NoCache::Names(names) = no_cache else { return Vec::new() };
    let mut known = BTreeSet::new();
    let mut has_stages = false;
    for id in program.modules().flat_map(|module| module.functions()) {
        let function = program.function(id);
        known.insert(function.name.text());
        visit_function(function, &mut |node| {
            has_stages |= matches!(node, Node::Call(call) if calls(call, &DOCKERFILE));
        });
    }
    let is_unknown =
        |name: &&String| !name.is_empty() && !known.iter().any(|it| it.to_lowercase() == **name);
    let unknown = names.iter().filter(|_| !has_stages).filter(is_unknown);
    let warn = |name: &String| {
        let message = format!("`--no-cache-filter`: the program has no function `{name}`");
        UNKNOWN_CACHE_FILTER.without_span(message).suggest(name, known.iter().copied())
    };
    unknown.map(warn).collect()
}
