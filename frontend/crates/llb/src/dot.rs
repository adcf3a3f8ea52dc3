//! A graph for Graphviz, drawn as `buildctl debug dump-llb --dot` draws a definition.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use visible::visible;

use super::graph::{Graph, Node, NodeKind};

/// Which nodes of a graph are drawn together, in a frame.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frames {
    pub frames: Vec<Frame>,
    /// The innermost frame of a vertex, by its digest.
    pub of_nodes: BTreeMap<String, usize>,
}

/// A frame around nodes, and around other frames.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    pub label: String,
    /// The frame around this one; no frame is around itself, by way of others either.
    pub within: Option<usize>,
}

/// Draws a graph: a node a vertex, named by its digest, and an edge an input, which says where it is mounted.
///
/// BuildKit 0.32, `cmd/buildctl/debug/dumpllb.go`, `writeDot`: the shapes are those, so that people find their way.
pub fn dot(graph: &Graph, frames: &Frames) -> String {
    let mut text = "digraph {\n".to_owned();
    let mut inside: BTreeMap<usize, Vec<&Node>> = BTreeMap::new();
    for node in &graph.nodes {
        match frames.of_nodes.get(&node.digest) {
            Some(frame) => inside.entry(*frame).or_default().push(node),
            None => draw(&mut text, "  ", node),
        }
    }
    draw_frames(&mut text, frames, &inside);
    for node in &graph.nodes {
        for input in &node.inputs {
            let (from, to) = (quoted(&input.digest), quoted(&node.digest));
            let label = quoted(&input.mounted_at);
            // Writing to a string can't fail, here and below.
            let _ = writeln!(text, "  {from} -> {to} [label={label}];");
        }
    }
    text + "}\n"
}

fn draw(text: &mut String, indent: &str, node: &Node) {
    let (name, label, shape) = (quoted(&node.digest), quoted(&node.label), shape(node.kind));
    let _ = writeln!(text, "{indent}{name} [label={label} shape={shape}];");
}

/// Draws all frames, each with its nodes and then those in it. They may be nested deeper than the stack is.
fn draw_frames(text: &mut String, frames: &Frames, inside: &BTreeMap<usize, Vec<&Node>>) {
    let mut within: BTreeMap<Option<usize>, Vec<usize>> = BTreeMap::new();
    for (index, frame) in frames.frames.iter().enumerate().rev() {
        within.entry(frame.within).or_default().push(index);
    }
    let mut open = within.remove(&None).unwrap_or_default();
    let mut around = Vec::new();
    loop {
        let indent = "  ".repeat(around.len() + 1);
        match open.pop() {
            Some(index) if around.last() == Some(&index) => {
                around.pop();
                let _ = writeln!(text, "{}}}", "  ".repeat(around.len() + 1));
            }
            Some(index) => {
                let label = frames.frames.get(index).map(|it| it.label.as_str());
                let _ = writeln!(text, "{indent}subgraph \"cluster_{index}\" {{");
                let _ = writeln!(text, "{indent}  label={};", quoted(label.unwrap_or_default()));
                for node in inside.get(&index).into_iter().flatten() {
                    draw(text, &format!("{indent}  "), node);
                }
                // Below those in it, for when they are drawn.
                open.push(index);
                open.extend(within.remove(&Some(index)).unwrap_or_default());
                around.push(index);
            }
            None => return,
        }
    }
}

fn shape(kind: NodeKind) -> &'static str {
    match kind {
        NodeKind::Source => "ellipse",
        NodeKind::Exec => "box",
        NodeKind::File => "note",
        NodeKind::Merge => "invtriangle",
        NodeKind::Diff => "doublecircle",
        NodeKind::Build => "box3d",
        NodeKind::Result => "plaintext",
    }
}

/// A quoted string of the DOT language, in whose labels a backslash begins an escape. Nothing of it steers a terminal.
fn quoted(text: &str) -> String {
    let text = visible(text);
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("\"{escaped}\"")
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::fixture::{bind, hub, mkdir, run};
    use crate::vertex::digest;
    use crate::{Access, Definition, Metadata, State, diff, marshal, merge};

    fn graph(definition: &Definition) -> Graph {
        Graph::new([("result", definition)])
    }

    /// The digests are replaced by numbers, in the order of the nodes.
    fn drawn(definition: &Definition) -> String {
        drawn_with(definition, &Frames::default())
    }

    fn drawn_with(definition: &Definition, frames: &Frames) -> String {
        let text = dot(&graph(definition), frames);
        let digests = definition.def.iter().map(|bytes| digest(bytes));
        digests
            .zip(1..)
            .fold(text, |text, (digest, number)| text.replace(&digest, &format!("{number}")))
    }

    #[test]
    fn inputs_are_edges() {
        let alpine = hub("alpine:3.20");
        let made = mkdir(alpine.clone().into(), "/a \"b\\\n", Metadata::default());
        let ran = run(alpine.clone().into(), vec![bind("/m", made.into(), Access::Output)]);
        let [root, mount] = [ran.root(), ran.mount(0)].map(|it| State::from(it.expect("an edge")));
        let changed = diff(&root, &mount, Metadata::default());
        let merged = merge(&[alpine.into(), changed], |_| false, Metadata::default()).unwrap();
        expect![[r#"
            digraph {
              "1" [label="docker-image://docker.io/library/alpine:3.20" shape=ellipse];
              "2" [label="mkdir /a \"b\\\n" shape=note];
              "3" [label="x" shape=box];
              "4" [label="diff" shape=doublecircle];
              "5" [label="merge" shape=invtriangle];
              "6" [label="result" shape=plaintext];
              "1" -> "2" [label=""];
              "1" -> "3" [label=""];
              "2" -> "3" [label="/m"];
              "3" -> "4" [label=""];
              "3" -> "4" [label=""];
              "1" -> "5" [label=""];
              "4" -> "5" [label=""];
              "5" -> "6" [label=""];
            }
        "#]]
        .assert_eq(&drawn(&merged.definition()));
    }

    #[test]
    fn nodes_are_drawn_in_frames() {
        let alpine = hub("alpine:3.20");
        let made = mkdir(alpine.into(), "/\u{1b}[2J", Metadata::default());
        let definition = marshal(&mkdir(made.into(), "/b", Metadata::default()));
        let digests = definition.def.iter().map(|bytes| digest(bytes));
        let of_nodes = digests.take(3).zip([2, 1, 0]).collect();
        let frame = |label: &str, within| Frame { label: label.to_owned(), within };
        let frames =
            vec![frame("a", None), frame("b", Some(0)), frame("c", Some(0)), frame("d", None)];
        expect![[r#"
            digraph {
              "4" [label="result" shape=plaintext];
              subgraph "cluster_0" {
                label="a";
                "3" [label="mkdir /b" shape=note];
                subgraph "cluster_1" {
                  label="b";
                  "2" [label="mkdir /␛[2J" shape=note];
                }
                subgraph "cluster_2" {
                  label="c";
                  "1" [label="docker-image://docker.io/library/alpine:3.20" shape=ellipse];
                }
              }
              subgraph "cluster_3" {
                label="d";
              }
              "1" -> "2" [label=""];
              "2" -> "3" [label=""];
              "3" -> "4" [label=""];
            }
        "#]]
        .assert_eq(&drawn_with(&definition, &Frames { frames, of_nodes }));
    }

    #[test]
    fn vertices_of_several_definitions_are_drawn_once() {
        let alpine = hub("alpine:3.20");
        let made = mkdir(alpine.clone().into(), "/a", Metadata::default());
        let definitions = [("one", marshal(&alpine)), ("two", marshal(&made))];
        let graph = Graph::new(definitions.iter().map(|(name, it)| (*name, it)));
        let labels: Vec<_> = graph.nodes.iter().map(|it| it.label.as_str()).collect();
        assert_eq!(
            labels,
            ["docker-image://docker.io/library/alpine:3.20", "one", "mkdir /a", "two"]
        );
    }

    #[test]
    fn scratch_has_no_nodes() {
        let nothing = graph(&State::Scratch.definition());
        assert_eq!(dot(&nothing, &Frames::default()), "digraph {\n}\n");
        assert_eq!(drawn(&marshal(&hub("a:1"))).lines().count(), 5);
    }
}
