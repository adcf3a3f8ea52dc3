//! Functions, aliases and imports that need themselves: HLB has no conditions, so their evaluation would never end.

use std::collections::HashSet;

use hlb_syntax::diagnostic::{Code, Diagnostic};
use hlb_syntax::source::Span;
use hlb_syntax::tree::Path;

use crate::program::{
    AliasId, Call, Callee, FunctionId, ImportId, Item, Module, Node as Found, Program, visit_expr,
    visit_function,
};

/// A function, alias or import that needs itself, directly or through others.
pub static RECURSION: Code = Code::error("HLB0127", "recursion");

/// The most calls of a cycle that its diagnostic shows beside the one that closes it.
const MAX_LABELS: usize = 12;

/// Reports each call that closes a cycle, in the order of a walk from the first import or function.
///
/// What goes through an import whose source is one of `cyclic` is not followed: it closes a cycle of modules, which is
/// reported as that.
pub(in crate::check) fn recursion(
    program: &Program,
    cyclic: &HashSet<Span>,
    found: &mut Vec<Diagnostic>,
) {
    let graph = Graph::new(program, cyclic);
    let mut states = vec![State::Unseen; graph.nodes.len()];
    for start in 0..graph.nodes.len() {
        if states.get(start) == Some(&State::Unseen) {
            graph.walk(start, &mut states, found);
        }
    }
}

/// What calls what.
///
/// A function is a chain of nodes, one up to the end of each call that an alias is bound to, and one for the rest;
/// each has the calls of its own part of the text and leads to the part before. An alias is the part that ends with
/// its call: what is behind that has no effect on it.
struct Graph<'p> {
    nodes: Vec<Node<'p>>,
    /// The node of each import.
    imports: Vec<usize>,
    /// The last node of each function.
    functions: Vec<usize>,
    /// The node of each alias.
    aliases: Vec<usize>,
    /// Whether each import closes a cycle of modules.
    cyclic: Vec<bool>,
}

struct Node<'p> {
    unit: Unit<'p>,
    /// The part before, of the same function.
    before: Option<usize>,
    uses: Vec<Use<'p>>,
}

/// A call of something that a module declares.
#[derive(Clone, Copy)]
struct Use<'p> {
    path: &'p Path,
    /// The import that it goes through.
    import: Option<ImportId>,
    leads_to: Option<Item>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit<'p> {
    Import(&'p str),
    Function(&'p str),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Unseen,
    /// On the path from the start of the walk, at this depth.
    Open(usize),
    Done,
}

/// A node on the path of the walk; `next` counts what it leads to: the part before, then two for each use.
struct Step<'p> {
    node: usize,
    next: usize,
    /// What is being followed, if that is a use.
    current: Option<&'p Path>,
}

impl<'p> Graph<'p> {
    fn new(program: &'p Program, cyclic: &HashSet<Span>) -> Self {
        let is_cyclic = program.imports.iter().map(|it| cyclic.contains(&it.source.span()));
        let mut graph = Self {
            nodes: Vec::with_capacity(program.imports.len() + program.functions.len()),
            imports: vec![0; program.imports.len()],
            functions: vec![0; program.functions.len()],
            aliases: vec![0; program.aliases.len()],
            cyclic: is_cyclic.collect(),
        };
        for module in program.modules() {
            for id in module.imports() {
                graph.add_import(program, module, id);
            }
            // Aliases are in the order of their functions.
            let mut aliases = module.aliases().peekable();
            for id in module.functions() {
                let mut own = Vec::new();
                while let Some(alias) = aliases.next_if(|it| program.alias(*it).function == id) {
                    own.push(alias);
                }
                graph.add_function(program, module, id, own);
            }
        }
        graph
    }

    fn add_import(&mut self, program: &'p Program, module: &Module, id: ImportId) {
        let import = program.import(id);
        let mut uses = Vec::new();
        visit_expr(&import.source, &mut |found| uses.extend(used(module, found)));
        let unit = Unit::Import(import.name.text());
        let node = self.push(Node { unit, before: None, uses });
        set(&mut self.imports, id.index(), node);
    }

    fn add_function(
        &mut self,
        program: &'p Program,
        module: &Module,
        id: FunctionId,
        mut aliases: Vec<AliasId>,
    ) {
        let function = program.function(id);
        let mut rest = Vec::new();
        visit_function(function, &mut |found| rest.extend(used(module, found)));
        let unit = Unit::Function(function.name.text());
        let mut before = None;
        aliases.sort_by_key(|alias| program.alias(*alias).owner.end);
        // From the last to the first, since that takes what is behind each off the end.
        let mut parts = Vec::with_capacity(aliases.len());
        for alias in aliases.iter().rev() {
            let end = program.alias(*alias).owner.end;
            parts.push(rest.split_off(rest.partition_point(|it| it.path.span.start < end)));
        }
        for alias in aliases {
            let uses = std::mem::replace(&mut rest, parts.pop().unwrap_or_default());
            let node = self.push(Node { unit, before, uses });
            set(&mut self.aliases, alias.index(), node);
            before = Some(node);
        }
        let node = self.push(Node { unit, before, uses: rest });
        set(&mut self.functions, id.index(), node);
    }

    fn push(&mut self, node: Node<'p>) -> usize {
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    fn walk(&self, start: usize, states: &mut [State], found: &mut Vec<Diagnostic>) {
        let mut open = vec![Step { node: start, next: 0, current: None }];
        set(states, start, State::Open(0));
        while let Some(step) = open.last_mut() {
            let Some((path, target)) = self.follow(step) else {
                set(states, step.node, State::Done);
                open.pop();
                continue;
            };
            step.current = path;
            let Some(target) = target else { continue };
            match (states.get(target).copied().unwrap_or(State::Done), path) {
                (State::Unseen, _) => {
                    set(states, target, State::Open(open.len()));
                    open.push(Step { node: target, next: 0, current: None });
                }
                (State::Open(depth), Some(path)) => {
                    found.push(self.cycle(open.get(depth..).unwrap_or_default(), path));
                }
                // The parts of one function form no cycle among themselves.
                (State::Open(_), None) | (State::Done, _) => {}
            }
        }
    }

    /// The next thing that a step leads to, and the path that names it; the outer `None` is the end.
    fn follow(&self, step: &mut Step<'p>) -> Option<(Option<&'p Path>, Option<usize>)> {
        let node = self.nodes.get(step.node)?;
        let next = step.next;
        step.next += 1;
        let Some(next) = next.checked_sub(1) else { return Some((None, node.before)) };
        let it = node.uses.get(next / 2)?;
        let target = if next % 2 == 0 { self.import(it) } else { self.target(it) };
        Some((Some(it.path), target))
    }

    /// The import that a use goes through.
    fn import(&self, it: &Use<'_>) -> Option<usize> {
        self.imports.get(it.import?.index()).copied()
    }

    fn target(&self, it: &Use<'_>) -> Option<usize> {
        if let Some(import) = it.import
            && self.cyclic.get(import.index()).copied()?
        {
            return None;
        }
        match it.leads_to? {
            Item::Function(id) => self.functions.get(id.index()).copied(),
            Item::Alias(id) => self.aliases.get(id.index()).copied(),
            Item::Import(_) => None,
        }
    }

    /// `steps` lead from what the call at `closing` means to that call.
    fn cycle(&self, steps: &[Step<'p>], closing: &Path) -> Diagnostic {
        let unit = |step: &Step<'_>| self.nodes.get(step.node).map(|node| node.unit);
        let message = match (steps.first().and_then(unit), steps.last().and_then(unit)) {
            (Some(first), Some(last)) if first != last => {
                let called = first.name();
                format!("{last} needs `{called}`, which leads back to it")
            }
            (_, Some(last)) => format!("{last} needs itself"),
            (_, None) => format!("`{closing}` needs itself"),
        };
        let mut found = RECURSION.at(closing.span, message);
        let calls = steps.iter().take(steps.len().saturating_sub(1));
        let calls = calls.filter_map(|step| Some((step.current?, unit(step)?)));
        for (path, unit) in calls.take(MAX_LABELS) {
            found = found.label(path.span, format!("{unit} needs `{path}`"));
        }
        found.help("remove one of the calls of this cycle")
    }
}

/// What a node of the program uses, if that is something that a module declares.
fn used<'p>(module: &Module, found: Found<'p>) -> Option<Use<'p>> {
    let Found::Call(Call { path, callee, .. }) = found else { return None };
    let leads_to = match callee {
        Callee::Function(id) => Some(Item::Function(*id)),
        Callee::Alias(id) => Some(Item::Alias(*id)),
        Callee::Unavailable(_) => None,
        _ => return None,
    };
    let import = match path.member.as_ref().and_then(|_| module.lookup(path.first.text())) {
        Some(Item::Import(import)) => Some(import),
        _ => None,
    };
    Some(Use { path, import, leads_to })
}

fn set<T>(all: &mut [T], index: usize, value: T) {
    if let Some(it) = all.get_mut(index) {
        *it = value;
    }
}

impl Unit<'_> {
    fn name(&self) -> &str {
        match self {
            Self::Import(name) | Self::Function(name) => name,
        }
    }
}

impl std::fmt::Display for Unit<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Import(name) => write!(f, "import `{name}`"),
            Self::Function(name) => write!(f, "`{name}`"),
        }
    }
}
