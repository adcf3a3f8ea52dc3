use std::collections::{BTreeMap, BTreeSet, HashMap};

use llb::{State, Vertex};

use super::graph::{Graph, order};
use super::section::Section;

/// What of a graph belongs to which section.
///
/// A section has the vertices that nothing outside of it needs: every way from an output to them goes through what the
/// section makes. What it shares with others is in what is around both.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Membership {
    /// The sections that the outputs reach, by their places in the list, each with the section around it.
    pub sections: BTreeMap<usize, Option<usize>>,
    /// The innermost section of each vertex that has one, by digest.
    pub vertices: BTreeMap<String, usize>,
}

/// Says of the vertices below some outputs which sections they belong to.
pub fn membership(outputs: &[&State], sections: &[Section]) -> Membership {
    let roots: Vec<&Vertex> = outputs.iter().filter_map(|it| Some(&it.edge()?.vertex)).collect();
    let mut ends: HashMap<&Vertex, Vec<usize>> = HashMap::new();
    for (index, section) in sections.iter().enumerate() {
        let others = ends.entry(&section.output.vertex).or_default();
        let is_same = |it: &Section| (it.span, &it.name) == (section.span, &section.name);
        let is_new = |other: &usize| !sections.get(*other).is_some_and(is_same);
        // What is evaluated several times makes the same each time.
        if others.iter().all(is_new) {
            others.push(index);
        }
    }
    let mut nesting = Nesting::default();
    // The innermost section around all that needs a vertex.
    let mut around: HashMap<&Vertex, Option<usize>> =
        roots.iter().map(|root| (*root, None)).collect();
    let mut vertices = BTreeMap::new();
    for vertex in order(&roots).into_iter().rev() {
        let mut innermost = around.get(vertex).copied().flatten();
        // The inner one of two with the same output is evaluated first.
        for section in ends.remove(vertex).into_iter().flatten().rev() {
            nesting.add(section, innermost);
            innermost = Some(section);
        }
        if let Some(section) = innermost {
            vertices.insert(vertex.digest().to_owned(), section);
        }
        for input in vertex.inputs() {
            around
                .entry(&input.vertex)
                .and_modify(|it| *it = nesting.common(*it, innermost))
                .or_insert(innermost);
        }
    }
    let sections = nesting.0.into_iter().map(|(index, it)| (index, it.around)).collect();
    Membership { sections, vertices }
}

impl Membership {
    /// The sections that each section takes something from first, those in it included, for the same outputs and sections.
    pub fn needs(
        &self,
        outputs: &[&State],
        sections: &[Section],
    ) -> BTreeMap<usize, BTreeSet<usize>> {
        let graph = Graph::new(outputs, sections, &[]);
        let needs = self.sections.keys().filter_map(|index| {
            let mut next = graph.next(graph.node(&sections.get(*index)?.output)?);
            next.retain(|it| self.sections.contains_key(it));
            Some((*index, next))
        });
        needs.collect()
    }
}

/// The sections seen so far.
#[derive(Default)]
struct Nesting(BTreeMap<usize, Nested>);

#[derive(Clone, Copy)]
struct Nested {
    around: Option<usize>,
    depth: usize,
}

impl Nesting {
    fn add(&mut self, section: usize, around: Option<usize>) {
        let depth = self.depth(around) + 1;
        self.0.insert(section, Nested { around, depth });
    }

    fn depth(&self, section: Option<usize>) -> usize {
        section.and_then(|it| self.0.get(&it)).map_or(0, |it| it.depth)
    }

    fn around(&self, section: Option<usize>) -> Option<usize> {
        section.and_then(|it| self.0.get(&it)).and_then(|it| it.around)
    }

    /// The innermost section that both are in, or are.
    fn common(&self, mut one: Option<usize>, mut other: Option<usize>) -> Option<usize> {
        while one != other {
            match self.depth(one) >= self.depth(other) {
                true => one = self.around(one),
                false => other = self.around(other),
            }
        }
        one
    }
}
