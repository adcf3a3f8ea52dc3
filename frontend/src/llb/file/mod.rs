//! File ops: changes to a filesystem that need no container.
//!
//! In: a filesystem and actions. Out: the filesystem after them. Start at [`file`].

mod action;

use gateway_proto::{caps, pb};

use super::metadata::Metadata;
use super::vertex::{Inputs, SKIP_OUTPUT, State, Vertex};

pub use action::{
    CopyMode, FileAction, FileCopy, Mkdir, Mkfile, Owner, Rm, Symlink, Timestamp, User,
};

/// Builds the vertex of some actions, each on the result of the one before; without actions it is the input itself.
pub fn file(input: State, actions: Vec<FileAction>, metadata: Metadata) -> State {
    let Some(last) = actions.len().checked_sub(1) else { return input };
    let mut capabilities = vec![caps::FILE_BASE];
    capabilities.extend(actions.iter().flat_map(FileAction::capabilities));
    let mut inputs = Inputs::default();
    let base = inputs.index(&input);
    let secondary: Vec<i64> = actions.iter().map(|action| action.secondary(&mut inputs)).collect();
    let results = inputs.len() as i64;
    let actions = actions.into_iter().zip(secondary).enumerate();
    let actions = actions.map(|(position, (action, secondary_input))| pb::FileAction {
        // The results of the actions are numbered after the op's inputs.
        input: if position == 0 { base } else { results + position as i64 - 1 },
        secondary_input,
        output: if position == last { 0 } else { SKIP_OUTPUT },
        action: Some(action.into_pb(base)),
    });
    let op = pb::Op {
        op: Some(pb::op::Op::File(pb::FileOp { actions: actions.collect() })),
        constraints: Some(pb::WorkerConstraints::default()),
        ..pb::Op::default()
    };
    Vertex::new(op, inputs.into_edges(), &capabilities, metadata).output(0).into()
}
