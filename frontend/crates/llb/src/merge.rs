use std::collections::HashSet;

use gateway_proto::{caps, pb};
use prost::Message as _;

use super::metadata::Metadata;
use super::vertex::{Edge, Inputs, State, Vertex};

/// Most filesystems that one merge lays over each other.
///
/// A filesystem with more layers can't be mounted by overlayfs (Linux 6.12, `fs/overlayfs/params.h`, `OVL_MAX_STACK`).
pub const MAX_MERGED: usize = 500;

/// Most layers that they have together, an image counting as one.
///
/// A step in a merge has all layers of the merge below it, and the daemon works on each: of 20 merges that each lay a step
/// over the merge before, it would work on a million. BuildKit 0.13 took 40 s for 1,023 layers of a directory each.
pub const MAX_LAYERS: u32 = 5000;

/// Why filesystems can't be merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MergeTooLarge {
    /// There are more than [`MAX_MERGED`].
    Filesystems,
    /// They have more than [`MAX_LAYERS`].
    Layers,
}

/// Lays filesystems over each other, the first lowest, without copying.
///
/// Scratch adds nothing, so it is left out; one filesystem that remains is the result itself, and none is scratch. There is
/// nothing to fall back on if the daemon's capability `mergeop` is missing or disabled: copies would bring back what an upper
/// filesystem has deleted.
///
/// A merge among the filesystems is taken apart, unless it `is_whole`, and one that comes again counts where it comes last.
/// The daemon takes merges apart as well, and keeps what comes again: without this, a few merges of a filesystem with
/// itself, one in the other, double its work with each (BuildKit 0.13 to 0.32, `cache/manager.go`, `Merge`). The result is
/// the same: all that the filesystem changes is changed once more by its last occurrence, be it added or deleted, and what
/// it does not change is changed by neither.
///
/// # Errors
/// If that is more than a daemon should work on.
pub fn merge(
    layers: &[State],
    is_whole: impl Fn(&Edge) -> bool,
    metadata: Metadata,
) -> Result<State, MergeTooLarge> {
    let Members { edges, twins } =
        flattened(layers.iter().filter_map(State::edge).cloned().collect(), is_whole)?;
    match edges.as_slice() {
        [] => return Ok(State::Scratch),
        [only] => return Ok(only.clone().into()),
        _ => {}
    }
    let members = (0..edges.len()).map(|index| pb::MergeInput { input: index as i64 }).collect();
    let op = pb::Op {
        op: Some(pb::op::Op::Merge(pb::MergeOp { inputs: members })),
        constraints: Some(pb::WorkerConstraints::default()),
        ..pb::Op::default()
    };
    let inputs = Inputs::from(edges).with_twins(twins);
    Ok(Vertex::new(op, inputs, &[caps::MERGEOP], metadata).output(0).into())
}

/// What a merge lays over each other.
#[derive(Default)]
struct Members {
    /// Each once, the lowest first.
    edges: Vec<Edge>,
    /// Others of their digests.
    twins: Vec<Edge>,
}

/// What these lay over each other in the end.
fn flattened(
    mut open: Vec<Edge>,
    is_whole: impl Fn(&Edge) -> bool,
) -> Result<Members, MergeTooLarge> {
    let mut seen = HashSet::<Edge>::new();
    let mut found = Members::default();
    // From the last on, so that the last occurrence is the one that is met.
    while let Some(edge) = open.pop() {
        if let Some(known) = seen.get(&edge) {
            if known.vertex.instance() != edge.vertex.instance() {
                found.twins.push(edge);
            }
            continue;
        }
        seen.insert(edge.clone());
        match members(&edge).filter(|_| !is_whole(&edge)) {
            Some(inner) => {
                open.extend(inner);
                found.twins.extend(edge.vertex.twins().iter().cloned());
            }
            None if found.edges.len() == MAX_MERGED => return Err(MergeTooLarge::Filesystems),
            None => found.edges.push(edge),
        }
    }
    let layers = found.edges.iter().map(|edge| edge.vertex.layers());
    if layers.fold(0, u32::saturating_add) > MAX_LAYERS && found.edges.len() > 1 {
        return Err(MergeTooLarge::Layers);
    }
    found.edges.reverse();
    Ok(found)
}

/// What a merge lays over each other; `None` if the edge is none of a merge.
fn members(edge: &Edge) -> Option<Vec<Edge>> {
    let vertex = &edge.vertex;
    // Most edges are known to be none without decoding their ops.
    if !vertex.metadata().caps.contains_key(caps::MERGEOP.id) {
        return None;
    }
    let op = pb::Op::decode(vertex.bytes()).ok()?;
    let pb::op::Op::Merge(merge) = op.op? else { return None };
    let input = |it: &pb::MergeInput| vertex.inputs().get(usize::try_from(it.input).ok()?).cloned();
    merge.inputs.iter().map(input).collect()
}

#[cfg(test)]
mod tests {
    use super::{MAX_MERGED, MergeTooLarge};
    use crate::fixture::{hub, mkdir};
    use crate::*;

    fn merge(layers: &[State]) -> State {
        super::merge(layers, |_| false, Metadata::default()).unwrap()
    }

    fn dirs(count: usize) -> Vec<State> {
        (0..count)
            .map(|n| mkdir(State::Scratch, &format!("/{n}"), Metadata::default()).into())
            .collect()
    }

    fn inputs(state: &State) -> Vec<State> {
        state.edge().unwrap().vertex.inputs().iter().cloned().map(State::from).collect()
    }

    #[test]
    fn scratch_adds_nothing() {
        let alpine = State::from(hub("alpine:3.20"));
        assert_eq!(merge(&[]), State::Scratch);
        assert_eq!(merge(&[State::Scratch, State::Scratch]), State::Scratch);
        assert_eq!(merge(&[State::Scratch, alpine.clone()]), alpine);
    }

    #[test]
    fn what_comes_again_counts_where_it_comes_last() {
        let [a, b, c] = dirs(3).try_into().unwrap();
        let merged = merge(&[a.clone(), b.clone(), a.clone(), c.clone(), c.clone()]);
        assert_eq!(inputs(&merged), [b, a.clone(), c]);
        assert_eq!(merge(&[a.clone(), a.clone()]), a);
    }

    #[test]
    fn merges_are_taken_apart() {
        let [a, b, c] = dirs(3).try_into().unwrap();
        let inner = merge(&[a.clone(), b.clone()]);
        let merged = merge(&[inner.clone(), c.clone(), inner.clone()]);
        assert_eq!(inputs(&merged), [c.clone(), a, b]);
        let kept = |edge: &Edge| State::from(edge.clone()) == inner;
        let merged = super::merge(&[inner.clone(), c.clone()], kept, Metadata::default()).unwrap();
        assert_eq!(inputs(&merged), [inner, c]);
    }

    #[test]
    fn nested_merges_grow_with_what_is_in_them() {
        let mut state = merge(&dirs(2));
        for dir in dirs(60) {
            state = merge(&[state.clone(), dir, state]);
        }
        assert_eq!(inputs(&state).len(), 60);
    }

    #[test]
    fn there_is_a_limit() {
        let count = |count| super::merge(&dirs(count), |_| false, Metadata::default());
        assert!(count(MAX_MERGED).is_ok());
        assert_eq!(count(MAX_MERGED + 1), Err(MergeTooLarge::Filesystems));
    }

    #[test]
    fn steps_over_merges_have_a_limit() {
        let mut state = merge(&dirs(2));
        let error = (0..20).find_map(|n| {
            let step = mkdir(state.clone(), &format!("/{n}"), Metadata::default()).into();
            match super::merge(&[state.clone(), step], |_| false, Metadata::default()) {
                Ok(merged) => state = merged,
                Err(error) => return Some((n, error)),
            }
            None
        });
        assert_eq!(error, Some((10, MergeTooLarge::Layers)));
    }
}
