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
    if actions.is_empty() {
        return input;
    }
    let mut capabilities = vec![caps::FILE_BASE];
    capabilities.extend(actions.iter().flat_map(FileAction::capabilities));
    let mut inputs = Inputs::default();
    let base = inputs.index(&input);
    let secondary: Vec<i64> = actions.iter().map(|action| action.secondary(&mut inputs)).collect();
    let mut steps = Steps { base, first_result: inputs.len() as i64, actions: Vec::new() };
    let chain = actions.into_iter().zip(secondary);
    chain.fold(base, |on, (action, from)| action.append(on, from, &mut steps));
    if let Some(last) = steps.actions.last_mut() {
        last.output = 0;
    }
    let op = pb::Op {
        op: Some(pb::op::Op::File(pb::FileOp { actions: steps.actions })),
        constraints: Some(pb::WorkerConstraints::default()),
        ..pb::Op::default()
    };
    Vertex::new(op, inputs, &capabilities, metadata).output(0).into()
}

/// The actions of an op.
struct Steps {
    /// The input in which names of users are looked up.
    base: i64,
    /// The index of the first action's result: they are numbered after the op's inputs.
    first_result: i64,
    actions: Vec<pb::FileAction>,
}

impl Steps {
    /// Adds an action on an input or a result, and returns the index of its own result.
    fn push(&mut self, input: i64, secondary_input: i64, action: pb::file_action::Action) -> i64 {
        let result = self.first_result + self.actions.len() as i64;
        let action = Some(action);
        self.actions.push(pb::FileAction { input, secondary_input, output: SKIP_OUTPUT, action });
        result
    }
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
    fn what_mkdir_and_mkfile_drop_of_a_mode_a_copy_brings() {
        let actions = vec![
            FileAction::Mkdir(Mkdir { path: "/tmp".to_owned(), mode: 0o1777, ..Mkdir::default() }),
            FileAction::Mkfile(Mkfile {
                path: "/bin/su".to_owned(),
                mode: 0o4755,
                data: b"x".to_vec(),
                owner: Owner { user: Some(User::Id(7)), group: None },
                timestamp: Some(5),
            }),
        ];
        let made = file(hub("busybox:1").into(), actions, Metadata::default());
        expect![[r#"
            v1 source docker-image://docker.io/library/busybox:1 (linux/amd64)
            v2 file <- v1:0
                mkdir /tmp 0777
                mkdir /tmp 0777 on scratch
                copy result 2 / / contents mode 1777 on result 1
                mkfile /bin/su 0755 "" owner 7: timestamp 5
                mkfile /su 0755 "x" on scratch
                copy result 5 /su /bin/su mode 4755 owner 7: timestamp 5 on result 4
            result v2:0
        "#]]
        .assert_eq(&summary_of(made.edge().unwrap()));
    }

    #[test]
    fn without_actions_nothing_changes() {
        let alpine = State::from(hub("alpine:3.20"));
        assert_eq!(file(alpine.clone(), Vec::new(), Metadata::default()), alpine);
    }
}
