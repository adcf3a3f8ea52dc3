use std::collections::HashSet;

use llb::{Edge, State};

/// Whether what an output is made of is looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Way {
    On,
    Ends,
}

/// Looks at the outputs that some filesystems need, from these down, each once.
pub fn reach(roots: &[&State], mut look: impl FnMut(&Edge) -> Way) {
    let mut open: Vec<&Edge> = roots.iter().filter_map(|root| root.edge()).collect();
    let mut seen: HashSet<&Edge> = HashSet::new();
    while let Some(edge) = open.pop() {
        if seen.insert(edge) && look(edge) == Way::On {
            open.extend(edge.vertex.inputs());
        }
    }
}
