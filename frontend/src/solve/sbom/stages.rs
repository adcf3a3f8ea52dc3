use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use hlb_gateway::options::Scan;
use llb::{Edge, Scope, State, Vertex};

/// What a result takes of the functions that are meant, each under the function's name; numbered if there are several.
///
/// What a function makes is what steps of another take of its own steps. The target's are in the result itself.
pub fn stages(result: &Edge, target: &str, scan: &Scan) -> Vec<(String, State)> {
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    let mut counts = BTreeMap::new();
    let mut left = vec![&result.vertex];
    let mut visited = HashSet::new();
    while let Some(vertex) = left.pop() {
        if !visited.insert(vertex.digest()) {
            continue;
        }
        for input in vertex.inputs() {
            left.push(&input.vertex);
            let Some(scope) = scope(&input.vertex) else { continue };
            let is_taken = scope_of_other(vertex, scope);
            if is_taken && scope.name != target && scan.covers(&scope.name) && seen.insert(input) {
                found.push((scope.name.as_str(), input));
            }
        }
    }
    let named = found.into_iter().map(|(name, edge)| {
        let count = counts.entry(name).and_modify(|it| *it += 1).or_insert(1_u32);
        let name = if *count == 1 { name.to_owned() } else { format!("{name}-{count}") };
        (name, edge.clone().into())
    });
    named.collect()
}

fn scope(vertex: &Vertex) -> Option<&Arc<Scope>> {
    vertex.step().map(|step| &step.scope)
}

/// Whether a vertex belongs to another call of a function, or to none.
fn scope_of_other(vertex: &Vertex, than: &Arc<Scope>) -> bool {
    scope(vertex).is_none_or(|it| !Arc::ptr_eq(it, than))
}
