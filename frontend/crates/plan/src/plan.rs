use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use hlb_syntax::source::Span;
use llb::{CacheImport, Edge, State};

use super::graph::{Graph, NodeId, Reach};
use super::preparation::{Condition, Preparation, Prepare};
use super::{Lifetime, Section};

/// What has to be done for a build, as a graph.
///
/// A section adds no vertex, so which sections a solve is about is read off its graph: those whose outputs it reaches.
/// They are not solved ahead of what uses them, since that would evaluate what a later cache hit makes needless; their
/// imports go with the one solve that reaches them. Only an isolated section is a solve of its own.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Each stands after those that it needs.
    pub steps: Vec<Step>,
    /// The step whose ref is that of each result, in their order; scratch needs none.
    pub results: Vec<Option<StepId>>,
}

/// The place of a step in [`Plan::steps`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StepId(pub usize);

/// Something to do that may begin once others are done.
#[derive(Clone, Debug)]
pub struct Step {
    pub id: StepId,
    /// That of what it is for.
    pub name: Arc<str>,
    pub purpose: Purpose,
    /// Ascending, and all before this one.
    pub needs: Vec<StepId>,
    pub what: What,
}

/// What a step is for; its span is where the program asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Section(Span),
    /// A part of a pipeline's stage.
    Stage(Span),
    /// A filesystem that evaluation asks about.
    Question(Span),
    /// Something that must succeed for something else to be used.
    Check(Span),
    /// Something that another step is to find.
    Preparation(Span),
    Target,
}

/// What a step does.
#[derive(Clone, Debug)]
pub enum What {
    Solve(Solve),
    Prepare(Prepare),
    /// Nothing: all that it needs is done. It stands for many steps where many others need them.
    Join,
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
    /// The same, and all layers are fetched: who has them goes away with the frontend.
    Fetched,
}

/// An output that the build is for: a target for a platform, a part of a stage, what is pushed.
#[derive(Clone, Debug)]
pub struct Root {
    pub name: Arc<str>,
    pub purpose: Purpose,
    pub output: State,
}

/// What is built before the results are, whether or not they need it.
#[derive(Clone, Debug)]
pub enum Work {
    Solve(Root),
    /// One after the other, up to the first that fails.
    Sequence(Vec<Work>),
    /// All at the same time; the first failure ends the others.
    Parallel(Vec<Work>),
}

impl Work {
    /// Nothing to do.
    pub const NONE: Self = Self::Sequence(Vec::new());

    /// All outputs, in the order of the text.
    pub fn roots(&self) -> Vec<&Root> {
        let mut roots = Vec::new();
        let mut open = vec![self];
        while let Some(work) = open.pop() {
            match work {
                Self::Solve(root) => roots.push(root),
                Self::Sequence(all) | Self::Parallel(all) => open.extend(all.iter().rev()),
            }
        }
        roots
    }
}

/// Plans some work, and after it the results; `client` are the imports that the client asks for.
///
/// An isolated section has its own imports only, so nothing of the client's comes into an output that is one. What is
/// prepared for a solve is done before it.
pub fn plan(
    work: &Work,
    results: &[Root],
    sections: &[Section],
    preparations: &[Preparation],
    client: &[CacheImport],
) -> Plan {
    let roots: Vec<&Root> = work.roots().into_iter().chain(results).collect();
    let outputs: Vec<&State> = roots.iter().map(|root| &root.output).collect();
    let graph = Graph::new(&outputs, sections, preparations);
    let reached = reached(&graph, &roots);
    let needed = reached.values().flat_map(|reach| reach.isolated.iter().copied()).collect();
    let mut planner = Planner {
        graph: &graph,
        reached: &reached,
        needed,
        sections,
        preparations,
        client,
        plan: Plan::default(),
        of_nodes: BTreeMap::new(),
        of_preparations: HashMap::new(),
        of_outputs: HashMap::new(),
    };
    let after = planner.work(work, Vec::new());
    for root in results {
        let step = planner.root(root, Evaluation::Lazy, &after);
        planner.plan.results.push(step);
    }
    planner.plan
}

/// A plan that is being made.
struct Planner<'p, 'g> {
    graph: &'p Graph<'g>,
    reached: &'p BTreeMap<NodeId, Reach<'g>>,
    /// The isolated sections that something else needs.
    needed: BTreeSet<NodeId>,
    sections: &'p [Section],
    preparations: &'p [Preparation],
    client: &'p [CacheImport],
    plan: Plan,
    /// The steps of isolated sections.
    of_nodes: BTreeMap<NodeId, StepId>,
    of_preparations: HashMap<(&'p Edge, &'p Condition), StepId>,
    of_outputs: HashMap<&'g Edge, StepId>,
}

impl<'p, 'g> Planner<'p, 'g> {
    /// Adds the steps of some work, all after `after`, and returns those that are last.
    fn work(&mut self, work: &'g Work, after: Vec<StepId>) -> Vec<StepId> {
        match work {
            Work::Solve(root) => {
                let before = self.plan.steps.len();
                match self.root(root, Evaluation::Forced, &after) {
                    None => after,
                    Some(step) if step.0 >= before => vec![step],
                    // It was there already, so it did not wait for `after`.
                    Some(step) => {
                        BTreeSet::from_iter([after, vec![step]].concat()).into_iter().collect()
                    }
                }
            }
            Work::Sequence(all) => all.iter().fold(after, |after, work| {
                let after = self.join(after);
                self.work(work, after)
            }),
            Work::Parallel(all) => {
                let mut last = BTreeSet::new();
                for work in all {
                    last.extend(self.work(work, after.clone()));
                }
                if last.is_empty() { after } else { last.into_iter().collect() }
            }
        }
    }

    /// One step for several, so that needs do not multiply.
    fn join(&mut self, steps: Vec<StepId>) -> Vec<StepId> {
        if steps.len() < 2 {
            return steps;
        }
        vec![self.add(&"join".into(), Purpose::Target, steps, What::Join)]
    }

    /// The step of an output; scratch needs none.
    fn root(&mut self, root: &'g Root, evaluation: Evaluation, after: &[StepId]) -> Option<StepId> {
        let output = root.output.edge()?;
        let (node, reach) = self.reached.get_key_value(&self.graph.node(output)?)?;
        let section = self.graph.isolated(*node).filter(|section| section.output == *output);
        let itself = section.and_then(|_| self.needed.get(node)).copied();
        self.isolated(reach.isolated.iter().copied().chain(itself).collect(), after);
        let known = self.of_nodes.get(node).filter(|_| section.is_some());
        if let Some(step) = known.or_else(|| self.of_outputs.get(output)) {
            return Some(*step);
        }
        let client = if section.is_some() { &[] } else { self.client };
        let solve = solve(output, reach, client, evaluation);
        let (name, purpose) = match section {
            Some(section) => (&section.name, Purpose::Section(section.span)),
            None => (&root.name, root.purpose),
        };
        let needs = self.needs(reach, after);
        let step = self.add(name, purpose, needs, What::Solve(solve));
        self.of_outputs.insert(output, step);
        Some(step)
    }

    /// Adds the steps of some isolated sections and of those below them, unless they are there.
    fn isolated(&mut self, mut open: Vec<NodeId>, after: &[StepId]) {
        let mut needed = BTreeSet::new();
        while let Some(node) = open.pop() {
            if !self.of_nodes.contains_key(&node) && needed.insert(node) {
                open.extend(self.reached.get(&node).into_iter().flat_map(|it| &it.isolated));
            }
        }
        // Nodes are numbered from what is needed to what needs it.
        for node in needed {
            let (Some(section), Some(reach)) = (self.graph.isolated(node), self.reached.get(&node))
            else {
                continue;
            };
            let solve = solve(&section.output, reach, &[], Evaluation::Forced);
            let needs = self.needs(reach, after);
            let purpose = Purpose::Section(section.span);
            let step = self.add(&section.name, purpose, needs, What::Solve(solve));
            self.of_nodes.insert(node, step);
        }
    }

    /// What a solve needs, with the steps that prepare for it added unless they are there.
    fn needs(&mut self, reach: &Reach<'_>, after: &[StepId]) -> Vec<StepId> {
        let all = self.preparations;
        let all = reach.preparations.iter().filter_map(|index| all.get(*index));
        let prepared: Vec<_> = all.filter_map(|it| self.preparation(it, after)).collect();
        let sections = reach.isolated.iter().filter_map(|node| self.of_nodes.get(node));
        let needs: BTreeSet<StepId> = sections.chain(after).copied().chain(prepared).collect();
        needs.into_iter().collect()
    }

    /// The step of a preparation, added unless it is there.
    fn preparation(&mut self, preparation: &'p Preparation, after: &[StepId]) -> Option<StepId> {
        let Preparation { root, condition, report, .. } = preparation;
        let key = (root.output.edge()?, condition);
        if let Some(step) = self.of_preparations.get(&key) {
            return Some(*step);
        }
        let (work, result) = (Work::Solve(root.clone()), std::slice::from_ref(root));
        let plan = plan(&work, result, self.sections, &[], self.client);
        let (condition, report) = (condition.clone(), report.clone());
        let what = What::Prepare(Prepare { condition, plan, report });
        let step = self.add(&root.name, root.purpose, after.to_vec(), what);
        self.of_preparations.insert(key, step);
        Some(step)
    }

    fn add(&mut self, name: &Arc<str>, purpose: Purpose, needs: Vec<StepId>, what: What) -> StepId {
        let id = StepId(self.plan.steps.len());
        self.plan.steps.push(Step { id, name: name.clone(), purpose, needs, what });
        id
    }
}

/// What the roots reach, and the isolated sections among that.
fn reached<'g>(graph: &Graph<'g>, roots: &[&Root]) -> BTreeMap<NodeId, Reach<'g>> {
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

/// A solve with the imports of the sections that it is about, in the order of the sections, then `more`.
fn solve(output: &Edge, reach: &Reach<'_>, more: &[CacheImport], evaluation: Evaluation) -> Solve {
    let own = || reach.sections.values().flat_map(|section| &section.imports);
    let mut seen = HashSet::new();
    let imports = own().map(|import| &import.cache).chain(more);
    let imports = imports.filter(|import| seen.insert(*import)).cloned().collect();
    let evaluation = match own().any(|import| import.lifetime == Lifetime::Build) {
        true => Evaluation::Fetched,
        false => evaluation,
    };
    Solve { output: output.clone(), imports, evaluation }
}
