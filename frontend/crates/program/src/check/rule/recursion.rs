//! Functions, aliases and imports that need themselves: HLB has no conditions, so their evaluation would never end.

use std::collections::HashSet;

use hlb_syntax::diagnostic::{Code, Diagnostic};
use hlb_syntax::source::Span;
use hlb_syntax::tree::Path;

use crate::check::resolve::Resolved;
use crate::check::scope::{Scope, Scopes};
use crate::check::walk::{Use, Walked};

/// A function, alias or import that needs itself, directly or through others.
pub static RECURSION: Code = Code::error("HLB0127", "recursion");

/// The most calls of a cycle that its diagnostic shows beside the one that closes it.
const MAX_LABELS: usize = 12;

/// Reports each call that closes a cycle, in the order of a walk from the first import or function.
///
/// `walked` has, for each scope in order, its imports, then its functions. What goes through an import whose source is
/// one of `cyclic` is not followed: it closes a cycle of modules, which is reported as that.
pub(in crate::check) fn recursion(
    scopes: &Scopes<'_>,
    walked: &[Vec<Walked<'_>>],
    cyclic: &HashSet<Span>,
    found: &mut Vec<Diagnostic>,
) {
    let graph = Graph::new(scopes, walked, cyclic);
    let mut states = vec![State::Unseen; graph.nodes.len()];
    for start in 0..graph.nodes.len() {
        if states[start] == State::Unseen {
            graph.walk(start, &mut states, found);
        }
    }
}

/// What calls what.
///
/// A function is a chain of nodes, one up to the end of each call that an alias is bound to, and one for the rest;
/// each has the calls of its own piece of the text and leads to the piece before. An alias is the piece that ends with
/// its call: what stands behind that is no part of it.
struct Graph<'s> {
    nodes: Vec<Node<'s>>,
    /// By module: the node of each import, the last node of each function, the node of each alias.
    places: Vec<Places>,
}

struct Node<'s> {
    unit: Unit<'s>,
    /// The piece before, of the same function.
    before: Option<usize>,
    uses: &'s [Use<'s>],
    module: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit<'s> {
    Import(&'s str),
    Func(&'s str),
}

struct Places {
    imports: Vec<usize>,
    /// Whether each import closes a cycle of modules.
    cyclic: Vec<bool>,
    functions: Vec<usize>,
    aliases: Vec<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Unseen,
    /// On the way from the start, at this depth.
    Open(usize),
    Done,
}

/// A node on the way; `next` counts what it leads to: the piece before, then two for each use.
struct Step<'s> {
    node: usize,
    next: usize,
    /// What is being followed, if that is a use.
    current: Option<&'s Path>,
}

impl<'s> Graph<'s> {
    fn new(scopes: &'s Scopes<'_>, walked: &'s [Vec<Walked<'_>>], cyclic: &HashSet<Span>) -> Self {
        let mut graph = Self { nodes: Vec::new(), places: Vec::new() };
        for (scope, walked) in scopes.iter().zip(walked) {
            let (imports, functions) = walked.split_at(scope.imports.len().min(walked.len()));
            let mut places = graph.add(scope, imports, functions);
            let sources = scope.imports.iter().map(|import| import.source.span());
            places.cyclic = sources.map(|source| cyclic.contains(&source)).collect();
            graph.places.push(places);
        }
        graph
    }

    fn add(
        &mut self,
        scope: &'s Scope<'_>,
        imports: &'s [Walked<'_>],
        functions: &'s [Walked<'_>],
    ) -> Places {
        let module = scope.module.id.index();
        let mut places = Places {
            imports: Vec::with_capacity(imports.len()),
            cyclic: Vec::new(),
            functions: Vec::with_capacity(functions.len()),
            aliases: vec![0; scope.aliases.len()],
        };
        for (import, walked) in scope.imports.iter().zip(imports) {
            let unit = Unit::Import(import.name.text());
            places.imports.push(self.push(Node { unit, before: None, uses: &walked.uses, module }));
        }
        // Aliases stand in the order of their functions.
        let mut aliases = scope.aliases.iter().enumerate().peekable();
        for (function, walked) in scope.functions.iter().zip(functions) {
            let unit = Unit::Func(function.decl.name.text());
            let mut own = Vec::new();
            while let Some(alias) = aliases.next_if(|(_, it)| it.function == function.index) {
                own.push(alias);
            }
            own.sort_by_key(|(_, alias)| alias.owner.span.end);
            let (mut rest, mut before) = (walked.uses.as_slice(), None);
            for (index, alias) in own {
                let end = alias.owner.span.end;
                let (uses, after) =
                    rest.split_at(rest.partition_point(|it| it.path.span.start < end));
                rest = after;
                let node = self.push(Node { unit, before, uses, module });
                places.aliases[index] = node;
                before = Some(node);
            }
            places.functions.push(self.push(Node { unit, before, uses: rest, module }));
        }
        places
    }

    fn push(&mut self, node: Node<'s>) -> usize {
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    fn walk(&self, start: usize, states: &mut [State], found: &mut Vec<Diagnostic>) {
        let mut way = vec![Step { node: start, next: 0, current: None }];
        states[start] = State::Open(0);
        while let Some(step) = way.last_mut() {
            let Some((path, target)) = self.follow(step) else {
                states[step.node] = State::Done;
                way.pop();
                continue;
            };
            step.current = path;
            let Some(target) = target else { continue };
            match (states[target], path) {
                (State::Unseen, _) => {
                    states[target] = State::Open(way.len());
                    way.push(Step { node: target, next: 0, current: None });
                }
                (State::Open(depth), Some(path)) => found.push(self.cycle(&way[depth..], path)),
                // The pieces of one function form no cycle among themselves.
                (State::Open(_), None) | (State::Done, _) => {}
            }
        }
    }

    /// The next thing that a step leads to, and the path that names it; the outer `None` is the end.
    fn follow(&self, step: &mut Step<'s>) -> Option<(Option<&'s Path>, Option<usize>)> {
        let node = &self.nodes[step.node];
        let next = step.next;
        step.next += 1;
        let Some(next) = next.checked_sub(1) else { return Some((None, node.before)) };
        let it = node.uses.get(next / 2)?;
        let target = if next % 2 == 0 { self.import(node, it) } else { self.target(node, it) };
        Some((Some(it.path), target))
    }

    /// The import that a use goes through.
    fn import(&self, node: &Node<'_>, it: &Use<'_>) -> Option<usize> {
        self.places.get(node.module)?.imports.get(it.import?).copied()
    }

    fn target(&self, node: &Node<'_>, it: &Use<'_>) -> Option<usize> {
        if let Some(import) = it.import
            && self.places.get(node.module)?.cyclic.get(import).copied()?
        {
            return None;
        }
        match it.resolved {
            Resolved::Func(module, function) => {
                self.places.get(module.index())?.functions.get(function.index).copied()
            }
            Resolved::Alias(module, alias, _) => {
                self.places.get(module.index())?.aliases.get(alias.index).copied()
            }
            _ => None,
        }
    }

    /// `steps` lead from what the call at `closing` means to that call.
    fn cycle(&self, steps: &[Step<'s>], closing: &Path) -> Diagnostic {
        let unit = |step: &Step<'_>| self.nodes[step.node].unit;
        let message = match (steps.first().map(unit), steps.last().map(unit)) {
            (Some(first), Some(last)) if first != last => {
                let called = first.name();
                format!("{last} needs `{called}`, which leads back to it")
            }
            (_, Some(last)) => format!("{last} needs itself"),
            (_, None) => format!("`{closing}` needs itself"),
        };
        let mut found = RECURSION.at(closing.span, message);
        let calls = steps.iter().take(steps.len().saturating_sub(1));
        for (path, step) in calls.filter_map(|step| Some((step.current?, step))).take(MAX_LABELS) {
            found = found.label(path.span, format!("{} needs `{path}`", unit(step)));
        }
        found.help("remove one of the calls of this cycle")
    }
}

impl Unit<'_> {
    fn name(&self) -> &str {
        match self {
            Self::Import(name) | Self::Func(name) => name,
        }
    }
}

impl std::fmt::Display for Unit<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Import(name) => write!(f, "import `{name}`"),
            Self::Func(name) => write!(f, "`{name}`"),
        }
    }
}
