use gateway_proto::{caps, pb};

use super::file::{FileAction, FileCopy, file};
use super::metadata::Metadata;
use super::vertex::{Edge, State, Vertex};

/// Lays filesystems over each other, the first lowest, without copying.
///
/// Scratch adds nothing, so it is left out; one filesystem that remains is the result itself, and none is scratch. A daemon
/// whose capability `mergeop` is missing or disabled needs [`merge_by_copy`] instead.
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

/// What happens where a file lies over a directory, or a directory over a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conflict {
    /// The build fails.
    Fail,
    /// The upper one wins, as in a real merge (BuildKit 0.14, `file.copy.alwaysreplaceexistingdestpaths`).
    Replace,
}

/// Does what [`merge`] does by copying each filesystem over those below; what an upper one has *deleted* stays.
pub fn merge_by_copy(layers: &[State], conflict: Conflict, metadata: &Metadata) -> State {
    let mut layers = layers.iter().filter(|state| **state != State::Scratch);
    let lowest = layers.next().cloned().unwrap_or_default();
    layers.fold(lowest, |below, layer| {
        let copy = FileCopy {
            from: layer.clone(),
            src: "/".to_owned(),
            dest: "/".to_owned(),
            dir_copy_contents: true,
            create_dest_path: true,
            allow_wildcard: true,
            allow_empty_wildcard: true,
            always_replace_existing_dest_paths: conflict == Conflict::Replace,
            ..FileCopy::default()
        };
        file(below, vec![FileAction::Copy(copy)], metadata.clone())
    })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::fixture::{hub, summary_of};
    use crate::*;

    #[test]
    fn scratch_adds_nothing() {
        let alpine = State::from(hub("alpine:3.20"));
        let merge = |layers: &[State]| merge(layers, Metadata::default());
        assert_eq!(merge(&[]), State::Scratch);
        assert_eq!(merge(&[State::Scratch, State::Scratch]), State::Scratch);
        assert_eq!(merge(&[State::Scratch, alpine.clone()]), alpine);
    }

    #[test]
    fn copies_do_for_a_daemon_without_merge() {
        let layers = ["a:1", "b:1", "c:1"].map(|name| State::from(hub(name)));
        let copied = merge_by_copy(&layers, Conflict::Replace, &Metadata::default());
        expect![[r#"
            v1 source docker-image://docker.io/library/a:1 (linux/amd64)
            v2 source docker-image://docker.io/library/b:1 (linux/amd64)
            v3 file <- v1:0
                copy v2:0 / / contents create-dest-path allow-wildcard allow-empty-wildcard replace
            v4 source docker-image://docker.io/library/c:1 (linux/amd64)
            v5 file <- v3:0
                copy v4:0 / / contents create-dest-path allow-wildcard allow-empty-wildcard replace
            result v5:0
        "#]]
        .assert_eq(&summary_of(copied.edge().unwrap()));
    }
}
