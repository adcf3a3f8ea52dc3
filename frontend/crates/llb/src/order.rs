use std::collections::HashSet;

use super::vertex::Vertex;

/// All vertices that lead to `root` and itself, each after its inputs.
///
/// Each *instance* stands once, so one digest may come again with other metadata. The order depends on the graph alone. The
/// walk keeps its own stack: a chain may be longer than the machine's.
pub fn order(root: &Vertex) -> Vec<&Vertex> {
    let mut seen = HashSet::from([root.instance()]);
    let mut open = vec![(root, root.below())];
    let mut done = Vec::new();
    while let Some((vertex, below)) = open.last_mut() {
        match below.next() {
            Some(next) => {
                if seen.insert(next.instance()) {
                    open.push((next, next.below()));
                }
            }
            None => {
                done.push(*vertex);
                open.pop();
            }
        }
    }
    done
}

/// Whether a vertex is one that leads to `root`, or `root` itself.
pub fn reaches(root: &Vertex, vertex: &Vertex) -> bool {
    order(root).contains(&vertex)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::fixture::{bind, hub, mkdir, run};
    use crate::{Access, Edge, Metadata, State};

    /// Every vertex of the level below is an input of both vertices of a level, so there are as many paths as there are
    /// subsets.
    fn lattice(levels: usize) -> Edge {
        let mut below = [hub("a:1"), hub("b:1")];
        for level in 0..levels {
            let path = format!("/{level}");
            let over = |lower: &Edge, upper: &Edge| {
                let mount = bind(&path, upper.clone().into(), Access::Discard);
                run(lower.clone().into(), vec![mount]).vertex.output(0)
            };
            below = [over(&below[0], &below[1]), over(&below[1], &below[0])];
        }
        below[0].clone()
    }

    #[test]
    fn each_vertex_stands_once_after_its_inputs() {
        let root = lattice(40);
        let order = order(&root.vertex);
        assert_eq!(order.len(), 2 * 40 + 1);
        let mut before = BTreeSet::new();
        for vertex in order {
            assert!(vertex.inputs().iter().all(|edge| before.contains(edge.vertex.digest())));
            assert!(before.insert(vertex.digest()));
        }
    }

    #[test]
    fn vertices_of_one_digest_both_stand() {
        let first = mkdir(State::Scratch, "/x", Metadata::default());
        let second = mkdir(State::Scratch, "/x", Metadata::default());
        let outputs = run(first.into(), vec![bind("/y", second.into(), Access::Discard)]);
        assert_eq!(outputs.vertex.inputs().len(), 1);
        assert_eq!(order(&outputs.vertex).len(), 3);
    }
}
