//! The graph of a target: its vertices, its sections, and the plan by which it is solved.

use std::collections::BTreeMap;

use hlb_eval::Evaluated;
use hlb_gateway::bridge::Bridge;
use hlb_gateway::options::Options;
use hlb_gateway::report::range;
use hlb_plan::{
    Evaluation, Isolation, Membership, Plan, Purpose, Root, Section, Step, What, membership, plan,
};
use hlb_syntax::source::{Sources, Span};
use llb::{CacheImport, Edge, Frame, Frames, Graph, Node, NodeKind, dot};
use serde_json::{Map, Value, json};

use super::reply::Reply;
use super::{Subrequest, TARGET, described};
use crate::solve::{Failure, described_target};

pub(super) static GRAPH: Subrequest = Subrequest {
    name: "frontend.hlb.graph",
    version: "1.0.0",
    description: "Draw the steps and the sections of a target, for Graphviz",
    options: &[TARGET],
    has_status: false,
    answer: |bridge, options, sources| Box::pin(graph(bridge, options, sources)),
};

async fn graph(
    bridge: &dyn Bridge,
    options: &Options,
    sources: &mut Sources,
) -> Result<Reply, Failure> {
    let (cx, mut answers, program) = described(bridge, options, sources).await?;
    let Evaluated { value: product, sections, preparations, .. } =
        described_target(&cx, &program, sources, &mut answers).await?;
    let outputs = product.outputs();
    let definitions: Vec<_> =
        outputs.iter().map(|(name, state)| (*name, state.definition())).collect();
    let graph = Graph::new(definitions.iter().map(|(name, it)| (*name, it)));
    let states: Vec<_> = outputs.iter().map(|(_, state)| *state).collect();
    let members = Members::new(membership(&states, &sections), &sections);
    let (purpose, output) = (Purpose::Target, product.result.state.clone());
    let root = Root { name: cx.target().into(), purpose, output };
    let plan = plan(&product.work, &[root], &sections, &preparations, &options.cache_imports);
    let document = Document { sources, members: &members };
    let json = json!({
        "target": cx.target(),
        "vertices": document.vertices(&graph),
        "results": results(&graph),
        "sections": document.sections(),
        "steps": document.steps(&plan),
    });
    Ok(Reply { json, text: dot(&named(graph), &members.frames()), status: None })
}

/// The sections that are there, numbered as in the answer.
struct Members<'s> {
    /// Each with the one around it.
    sections: Vec<(&'s Section, Option<usize>)>,
    of_vertices: BTreeMap<String, usize>,
}

impl<'s> Members<'s> {
    fn new(membership: Membership, all: &'s [Section]) -> Self {
        let Membership { sections, vertices } = membership;
        let numbers: BTreeMap<usize, usize> = sections.keys().copied().zip(0..).collect();
        let number = |index: usize| numbers.get(&index).copied();
        let sections = sections
            .iter()
            .filter_map(|(index, around)| Some((all.get(*index)?, around.and_then(number))));
        let sections = sections.collect();
        let of_vertices =
            vertices.into_iter().filter_map(|(digest, index)| Some((digest, number(index)?)));
        Self { sections, of_vertices: of_vertices.collect() }
    }

    fn frames(&self) -> Frames {
        let frames = self.sections.iter().map(|(section, within)| {
            let isolated = match section.isolation {
                Isolation::Shared => "",
                Isolation::Isolated => "isolated ",
            };
            let imports = section.imports.iter().map(|import| shown(&import.cache));
            let layouts = section.layouts.iter().map(|_| "a filesystem".to_owned());
            let imports = imports.chain(layouts).map(|it| format!("\nfrom {it}"));
            let imports = imports.collect::<String>();
            Frame { label: format!("{isolated}section {}{imports}", section.name), within: *within }
        });
        Frames { frames: frames.collect(), of_nodes: self.of_vertices.clone() }
    }
}

/// The graph with the names that progress shows.
fn named(mut graph: Graph) -> Graph {
    for node in &mut graph.nodes {
        if let Some(step) = node.step.take() {
            node.label = step;
        }
    }
    graph
}

/// A cache without what may be a token.
fn shown(cache: &CacheImport) -> String {
    const SHOWN: [&str; 5] = ["ref", "scope", "name", "src", "bucket"];
    let attrs = SHOWN.iter().filter_map(|key| Some(format!(",{key}={}", cache.attrs.get(*key)?)));
    format!("type={}{}", cache.kind, attrs.collect::<String>())
}

fn results(graph: &Graph) -> Vec<Value> {
    let results = graph.nodes.iter().filter(|node| node.kind == NodeKind::Result);
    let results = results.flat_map(|node| {
        node.inputs.iter().map(
            |input| json!({ "name": node.label, "digest": input.digest, "output": input.output }),
        )
    });
    results.collect()
}

/// What the answer for programs says.
struct Document<'a> {
    sources: &'a Sources,
    members: &'a Members<'a>,
}

impl Document<'_> {
    fn vertices(&self, graph: &Graph) -> Vec<Value> {
        let nodes = graph.nodes.iter().filter(|node| node.kind != NodeKind::Result);
        nodes.map(|node| self.vertex(node)).collect()
    }

    fn vertex(&self, node: &Node) -> Value {
        let inputs = node.inputs.iter().map(|input| {
            let mut entry = Map::new();
            entry.insert("digest".to_owned(), input.digest.as_str().into());
            entry.insert("output".to_owned(), input.output.into());
            if !input.mounted_at.is_empty() {
                entry.insert("mount".to_owned(), input.mounted_at.as_str().into());
            }
            entry.into()
        });
        let inputs: Vec<Value> = inputs.collect();
        let mut entry = Map::new();
        entry.insert("digest".to_owned(), node.digest.as_str().into());
        entry.insert("kind".to_owned(), node.kind.word().into());
        entry.insert("op".to_owned(), node.label.as_str().into());
        if let Some(step) = &node.step {
            entry.insert("name".to_owned(), step.as_str().into());
        }
        entry.insert("inputs".to_owned(), inputs.into());
        if let Some(section) = self.members.of_vertices.get(&node.digest) {
            entry.insert("section".to_owned(), (*section).into());
        }
        let locations = node.locations.iter().map(|location| {
            let lines = location.ranges.iter().filter_map(|range| Some(range.start?.line));
            json!({ "file": location.file, "lines": lines.collect::<Vec<_>>() })
        });
        entry.insert("locations".to_owned(), locations.collect::<Vec<_>>().into());
        entry.into()
    }

    fn sections(&self) -> Vec<Value> {
        let sections = self.members.sections.iter().zip(0..);
        let sections = sections.map(|((section, within), id): (_, usize)| {
            let imports: Vec<String> =
                section.imports.iter().map(|import| shown(&import.cache)).collect();
            let mut entry = Map::new();
            entry.insert("id".to_owned(), id.into());
            entry.insert("name".to_owned(), (*section.name).into());
            if let Some(within) = within {
                entry.insert("within".to_owned(), (*within).into());
            }
            let is_isolated = section.isolation == Isolation::Isolated;
            entry.insert("isolated".to_owned(), is_isolated.into());
            entry.insert("imports".to_owned(), imports.into());
            entry.insert("output".to_owned(), output(&section.output));
            entry.insert("location".to_owned(), self.location(section.span));
            entry.into()
        });
        sections.collect()
    }

    fn steps(&self, plan: &Plan) -> Vec<Value> {
        plan.steps.iter().map(|step| self.step(step)).collect()
    }

    fn step(&self, step: &Step) -> Value {
        let needs: Vec<usize> = step.needs.iter().map(|id| id.0).collect();
        let (purpose, span) = match step.purpose {
            Purpose::Section(span) => ("section", Some(span)),
            Purpose::Stage(span) => ("stage", Some(span)),
            Purpose::Question(span) => ("question", Some(span)),
            Purpose::Check(span) => ("check", Some(span)),
            Purpose::Preparation(span) => ("preparation", Some(span)),
            Purpose::Target => ("target", None),
        };
        let mut entry = Map::new();
        entry.insert("id".to_owned(), step.id.0.into());
        entry.insert("name".to_owned(), (*step.name).into());
        entry.insert("purpose".to_owned(), purpose.into());
        entry.insert("needs".to_owned(), needs.into());
        if let What::Solve(solve) = &step.what {
            let imports: Vec<String> = solve.imports.iter().map(shown).collect();
            let is_forced = solve.evaluation != Evaluation::Lazy;
            entry.insert("output".to_owned(), output(&solve.output));
            entry.insert("imports".to_owned(), imports.into());
            entry.insert("forced".to_owned(), is_forced.into());
        }
        if let Some(span) = span {
            entry.insert("location".to_owned(), self.location(span));
        }
        entry.into()
    }

    fn location(&self, span: Span) -> Value {
        let file = self.sources.file(span.file);
        let range = range(file, span);
        json!({ "file": *file.shown_name(), "lines": [range.start.line] })
    }
}

fn output(edge: &Edge) -> Value {
    json!({ "digest": edge.vertex.digest(), "output": edge.index })
}
