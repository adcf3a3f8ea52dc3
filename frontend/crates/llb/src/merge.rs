use gateway_proto::{caps, pb};

use super::metadata::Metadata;
use super::vertex::{Edge, State, Vertex};

/// Lays filesystems over each other, the first lowest, without copying.
///
/// Scratch adds nothing, so it is left out; one filesystem that remains is the result itself, and none is scratch. There is
/// nothing to fall back on if the daemon's capability `mergeop` is missing or disabled: copies would bring back what an upper
/// filesystem has deleted.
pub fn merge(layers: &[State], metadata: Metadata) -> State {
    // One that comes again is an input again, unlike in other ops (`client/llb/merge.go`, `Marshal`).
    let inputs: Vec<Edge> = layers.iter().filter_map(State::edge).cloned().collect();
    match inputs.as_slice() {
        [] => return State::Scratch,
        [only] => return only.clone().into(),
        _ => {}
    }
    let members = (0..inputs.len()).map(|index| pb::MergeInput { input: index as i64 }).collect();
    let op = pb::Op {
        op: Some(pb::op::Op::Merge(pb::MergeOp { inputs: members })),
        constraints: Some(pb::WorkerConstraints::default()),
        ..pb::Op::default()
    };
    Vertex::new(op, inputs.into(), &[caps::MERGEOP], metadata).output(0).into()
}

#[cfg(test)]
mod tests {
    use crate::fixture::hub;
    use crate::*;

    #[test]
    fn scratch_adds_nothing() {
        let alpine = State::from(hub("alpine:3.20"));
        let merge = |layers: &[State]| merge(layers, Metadata::default());
        assert_eq!(merge(&[]), State::Scratch);
        assert_eq!(merge(&[State::Scratch, State::Scratch]), State::Scratch);
        assert_eq!(merge(&[State::Scratch, alpine.clone()]), alpine);
    }
}
