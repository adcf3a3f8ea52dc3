use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use llb::{Edge, State, Vertex};

use super::preparation::Preparation;
use super::section::{Isolation, Section};

/// What of the vertices a plan is about: outputs of roots and sections, what is prepared for, and where the
/// ways to several of them meet.
///
/// A definition may have 100,000 vertices and thousands of sections. What no section is below is not kept, nor is a
/// chain in which nothing meets, so that looking at what one section reaches costs no more than there is to find.
pub(super) struct Graph<'g> {
    /// Each stands after those below it.
    nodes: Vec<Node<'g>>,
    by_vertex: HashMap<&'g Vertex, NodeId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct NodeId(usize);

#[derive(Default)]
struct Node<'g> {
    /// The sections that end here, each with its place in the list.
    sections: Vec<(usize, &'g Section)>,
    /// The first of them that is isolated.
    isolated: Option<&'g Section>,
    /// The preparations of the vertex, by their places in the list.
    preparations: Vec<usize>,
    below: Vec<NodeId>,
}

/// What one solve is about.
#[derive(Clone, Debug, Default)]
pub(super) struct Reach<'g> {
    /// The sections that are part of it, by their places in the list.
    pub sections: BTreeMap<usize, &'g Section>,
    /// The isolated sections that it uses.
    pub isolated: BTreeSet<NodeId>,
    /// What is prepared for it, by their places in the list.
    pub preparations: BTreeSet<usize>,
}

impl<'g> Graph<'g> {
    pub fn new(
        outputs: &[&'g State],
        sections: &'g [Section],
        preparations: &'g [Preparation],
    ) -> Self {
        let roots: Vec<&Vertex> =
            outputs.iter().filter_map(|output| Some(&output.edge()?.vertex)).collect();
        let mut graph = Self { nodes: Vec::new(), by_vertex: HashMap::new() };
        let mut ends: HashMap<&Vertex, Node<'g>> = HashMap::new();
        for root in &roots {
            ends.entry(root).or_default();
        }
        for (index, section) in sections.iter().enumerate() {
            let node = ends.entry(&section.output.vertex).or_default();
            node.sections.push((index, section));
            if section.isolation == Isolation::Isolated {
                node.isolated.get_or_insert(section);
            }
        }
        for (index, preparation) in preparations.iter().enumerate() {
            ends.entry(&preparation.of).or_default().preparations.push(index);
        }
        for vertex in order(&roots) {
            let below = vertex.inputs().iter().filter_map(|it| graph.node(it));
            let below: Vec<NodeId> = below.collect::<BTreeSet<_>>().into_iter().collect();
            let node = match (ends.remove(vertex), &below[..]) {
                (Some(node), _) => graph.add(Node { below, ..node }),
                (None, []) => continue,
                (None, [one]) => *one,
                (None, _) => graph.add(Node { below, ..Node::default() }),
            };
            graph.by_vertex.insert(vertex, node);
        }
        graph
    }

    fn add(&mut self, node: Node<'g>) -> NodeId {
        self.nodes.push(node);
        NodeId(self.nodes.len() - 1)
    }

    /// The node of an output: its own, or the one that it reaches first.
    pub fn node(&self, output: &Edge) -> Option<NodeId> {
        self.by_vertex.get(&output.vertex).copied()
    }

    /// The isolated section that ends in a node.
    pub fn isolated(&self, node: NodeId) -> Option<&'g Section> {
        self.nodes.get(node.0)?.isolated
    }

    /// What a solve of this node is about. Isolated sections below are seen, not entered, and what else ends in their
    /// outputs belongs to their solves.
    pub fn reach(&self, node: NodeId) -> Reach<'g> {
        let mut reach = Reach::default();
        let mut seen = BTreeSet::from([node]);
        let mut open = vec![node];
        while let Some(next) = open.pop() {
            let Some(next_node) = self.nodes.get(next.0) else { continue };
            let Node { sections, isolated, preparations, below } = next_node;
            if isolated.is_some() && next != node {
                reach.isolated.insert(next);
                continue;
            }
            reach.sections.extend(sections.iter().copied());
            reach.preparations.extend(preparations);
            open.extend(below.iter().filter(|it| seen.insert(**it)));
        }
        reach
    }

    /// The sections below a node that no other section is in between, by their places in the list.
    pub fn next(&self, node: NodeId) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        let mut seen = BTreeSet::from([node]);
        let mut open = vec![node];
        while let Some(next) = open.pop() {
            let Some(Node { sections, below, .. }) = self.nodes.get(next.0) else { continue };
            if next == node || sections.is_empty() {
                open.extend(below.iter().filter(|it| seen.insert(**it)));
            } else {
                found.extend(sections.iter().map(|(index, _)| *index));
            }
        }
        found
    }
}

/// All vertices below some and these themselves, each after its inputs. A chain may be longer than the stack.
pub(super) fn order<'g>(roots: &[&'g Vertex]) -> Vec<&'g Vertex> {
    let mut seen = HashSet::new();
    let mut done = Vec::new();
    for root in roots {
        let mut open = Vec::from_iter(seen.insert(*root).then(|| (*root, root.inputs().iter())));
        while let Some((vertex, inputs)) = open.last_mut() {
            match inputs.next() {
                Some(Edge { vertex: next, .. }) => {
                    if seen.insert(next) {
                        open.push((next, next.inputs().iter()));
                    }
                }
                None => {
                    done.push(*vertex);
                    open.pop();
                }
            }
        }
    }
    done
}
