use gateway_proto::{caps, pb};

use super::metadata::Metadata;
use super::vertex::{Inputs, State, Vertex};

/// The changes that make `upper` of `lower`, as a filesystem for [`merge`](super::merge).
///
/// Against scratch that is `upper`, and against itself scratch. There is nothing to fall back on if the daemon's capability
/// `diffop` is missing or disabled.
pub fn diff(lower: &State, upper: &State, metadata: Metadata) -> State {
    if lower == upper {
        return State::Scratch;
    }
    if *lower == State::Scratch {
        return upper.clone();
    }
    let mut inputs = Inputs::default();
    let op = pb::DiffOp {
        lower: Some(pb::LowerDiffInput { input: inputs.index(lower) }),
        upper: Some(pb::UpperDiffInput { input: inputs.index(upper) }),
    };
    let op = pb::Op {
        op: Some(pb::op::Op::Diff(op)),
        constraints: Some(pb::WorkerConstraints::default()),
        ..pb::Op::default()
    };
    Vertex::new(op, inputs, &[caps::DIFFOP], metadata).output(0).into()
}

#[cfg(test)]
mod tests {
    use crate::fixture::hub;
    use crate::*;

    #[test]
    fn some_differences_need_no_op() {
        let alpine = State::from(hub("alpine:3.20"));
        let diff = |lower: &State, upper: &State| diff(lower, upper, Metadata::default());
        assert_eq!(diff(&State::Scratch, &alpine), alpine);
        assert_eq!(diff(&alpine, &alpine), State::Scratch);
        assert_eq!(diff(&State::Scratch, &State::Scratch), State::Scratch);
    }
}
