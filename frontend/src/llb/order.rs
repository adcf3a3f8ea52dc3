use std::collections::HashSet;

use super::vertex::Vertex;

/// All vertices that lead to `root` and itself, each after its inputs.
///
/// Each *instance* stands once, so one digest may come again with other metadata. The order depends on the graph alone. The
/// walk keeps its own stack: a chain may be longer than the machine's.
pub fn order(root: &Vertex) -> Vec<&Vertex> {
    let mut seen = HashSet::from([root.instance()]);
    let mut open = vec![(root, root.inputs().iter())];
    let mut done = Vec::new();
    while let Some((vertex, inputs)) = open.last_mut() {
        match inputs.next() {
            Some(input) => {
                if seen.insert(input.vertex.instance()) {
                    open.push((&input.vertex, input.vertex.inputs().iter()));
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
