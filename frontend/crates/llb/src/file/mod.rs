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
    Vertex::new(op, inputs, &capabilities, metadata).output(0).into()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::fixture::{hub, strings, summary_of};
    use crate::*;

    #[test]
    fn an_owner_by_name_is_looked_up_in_the_filesystem_below() {
        let copy = FileCopy {
            from: hub("busybox:1").into(),
            src: "/bin/*".to_owned(),
            dest: "/b".to_owned(),
            owner: Owner { user: Some(User::Name("web".to_owned())), group: Some(User::Id(0)) },
            create_dest_path: true,
            allow_wildcard: true,
            include_patterns: strings(&["s*", "l*"]),
            ..FileCopy::default()
        };
        let copied = file(State::Scratch, vec![FileAction::Copy(copy)], Metadata::default());
        expect![[r#"
            v1 source docker-image://docker.io/library/busybox:1 (linux/amd64)
            v2 file <- scratch
                copy v1:0 /bin/* /b create-dest-path allow-wildcard include ["s*", "l*"] owner web(scratch):0
            result v2:0
        "#]]
        .assert_eq(&summary_of(copied.edge().unwrap()));
    }

    #[test]
    fn without_actions_nothing_changes() {
        let alpine = State::from(hub("alpine:3.20"));
        assert_eq!(file(alpine.clone(), Vec::new(), Metadata::default()), alpine);
    }
}
