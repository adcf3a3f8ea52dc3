use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use hlb_syntax::source::Span;
use llb::{CacheImport, Edge, State};

use super::Section;
use super::graph::{Graph, NodeId, Reach};

/// What has to be done for a build, as a graph.
///
/// A section adds no vertex, so which sections a solve is about is read off its graph: those whose outputs it reaches.
/// They are not solved ahead of what uses them, since that would evaluate what a later cache hit makes needless; their
/// imports go with the one solve that reaches them. Only an isolated section is a solve of its own.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Each stands after those that it needs.
    pub steps: Vec<Step>,
    /// The step whose ref is that of each root, in their order; scratch needs none.
    pub roots: Vec<Option<StepId>>,
}

/// The place of a step in [`Plan::steps`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StepId(pub usize);

/// Something to do that may begin once others are done.
#[derive(Clone, Debug)]
pub struct Step {
    pub id: StepId,
    /// That of the section or root.
    pub name: Arc<str>,
    /// The section that it is for, if it is for one alone.
    pub span: Option<Span>,
    /// Ascending, and all before this one.
    pub needs: Vec<StepId>,
    pub what: What,
}

/// What a step does.
#[derive(Clone, Debug)]
pub enum What {
    Solve(Solve),
}

/// A solve of one output.
#[derive(Clone, Debug)]
pub struct Solve {
    pub output: Edge,
    /// None twice.
    pub imports: Vec<CacheImport>,
    pub evaluation: Evaluation,
}

/// When the vertices of a solve run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evaluation {
    /// When somebody needs a file of the ref, or exports it.
    Lazy,
    /// Before the solve is done, for a later one to find.
    Forced,
}

/// Something that the build is for: a target for a platform, a stage of a pipeline, what is pushed.
#[derive(Clone, Debug)]
pub struct Root {
    pub name: Arc<str>,
    pub output: State,
}

/// Plans the solves of some roots; `client` are the imports that the client asks for.
///
/// An isolated section has its own imports only, so nothing of the client's comes into a root that is one.
pub fn plan(roots: &[Root], sections: &[Section], client: &[CacheImport]) -> Plan {
    let graph = Graph::new(roots, sections);
    let reached = reached(&graph, roots);
    let needed: BTreeSet<NodeId> =
        reached.values().flat_map(|reach| reach.isolated.iter().copied()).collect();
    let mut plan = Plan::default();
    let mut of_nodes: HashMap<NodeId, StepId> = HashMap::new();
    // Nodes are numbered from what is needed to what needs it.
    for node in &needed {
        let (Some(section), Some(reach)) = (graph.isolated(*node), reached.get(node)) else {
            continue;
        };
        let solve = Solve {
            output: section.output.clone(),
            imports: imports(reach, &[]),
            evaluation: Evaluation::Forced,
        };
        let needs = needs(reach, &of_nodes);
        of_nodes.insert(*node, plan.add(&section.name, Some(section.span), needs, solve));
    }
    let mut of_outputs: HashMap<&Edge, StepId> = HashMap::new();
    for Root { name, output } in roots {
        let found = output.edge().and_then(|output| {
            let (node, reach) = reached.get_key_value(&graph.node(output)?)?;
            Some((output, node, reach))
        });
        let Some((output, node, reach)) = found else {
            plan.roots.push(None);
            continue;
        };
        let section = graph.isolated(*node).filter(|section| section.output == *output);
        let known = of_nodes.get(node).filter(|_| section.is_some());
        let id = known.or_else(|| of_outputs.get(output)).copied().unwrap_or_else(|| {
            let client = if section.is_some() { &[] } else { client };
            let solve = Solve {
                output: output.clone(),
                imports: imports(reach, client),
                evaluation: Evaluation::Lazy,
            };
            let (name, span) = section.map_or((name, None), |it| (&it.name, Some(it.span)));
            plan.add(name, span, needs(reach, &of_nodes), solve)
        });
        of_outputs.insert(output, id);
        plan.roots.push(Some(id));
    }
    plan
}

/// What the roots reach, and the isolated sections among that.
fn reached<'g>(graph: &Graph<'g>, roots: &[Root]) -> BTreeMap<NodeId, Reach<'g>> {
    let mut reached = BTreeMap::new();
    let outputs = roots.iter().filter_map(|root| root.output.edge());
    let mut open: Vec<NodeId> = outputs.filter_map(|output| graph.node(output)).collect();
    while let Some(node) = open.pop() {
        reached.entry(node).or_insert_with(|| {
            let reach = graph.reach(node);
            open.extend(&reach.isolated);
            reach
        });
    }
    reached
}

fn needs(reach: &Reach<'_>, of_nodes: &HashMap<NodeId, StepId>) -> Vec<StepId> {
    let needs = reach.isolated.iter().filter_map(|node| of_nodes.get(node).copied());
    needs.collect::<BTreeSet<_>>().into_iter().collect()
}

/// The imports of the sections that a solve is about, in the order of the sections, then `more`.
fn imports(reach: &Reach<'_>, more: &[CacheImport]) -> Vec<CacheImport> {
    let own = reach.sections.values().flat_map(|section| &section.imports);
    let mut seen = HashSet::new();
    let all = own.map(|import| &import.cache).chain(more);
    all.filter(|import| seen.insert(*import)).cloned().collect()
}

impl Plan {
    fn add(
        &mut self,
        name: &Arc<str>,
        span: Option<Span>,
        needs: Vec<StepId>,
        solve: Solve,
    ) -> StepId {
        let id = StepId(self.steps.len());
        self.steps.push(Step { id, name: name.clone(), span, needs, what: What::Solve(solve) });
        id
    }
}
