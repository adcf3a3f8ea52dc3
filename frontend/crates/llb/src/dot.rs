//! A definition as a graph for Graphviz, drawn as `buildctl debug dump-llb --dot` draws it.

use std::fmt::Write as _;

use gateway_proto::pb;
use prost::Message as _;

use super::Definition;
use super::vertex::digest;

/// Draws a definition: a node a vertex, named by its digest, and an edge an input, which says where it is mounted.
///
/// BuildKit 0.32, `cmd/buildctl/debug/dumpllb.go`, `writeDot`: the shapes are those, so that people find their way.
pub fn dot(definition: &Definition) -> String {
    let decoded = definition.def.iter().map(|bytes| {
        let op = pb::Op::decode(bytes.as_slice()).unwrap_or_default();
        (digest(bytes), op)
    });
    let ops: Vec<(String, pb::Op)> = decoded.collect();
    let mut text = "digraph {\n".to_owned();
    for (digest, op) in &ops {
        let (label, shape) = node(op);
        // Writing to a string can't fail, here and below.
        let _ = writeln!(text, "  \"{digest}\" [label={} shape={shape}];", quoted(&label));
    }
    for (digest, op) in &ops {
        for (index, input) in op.inputs.iter().enumerate() {
            let label = quoted(mounted_at(op, index));
            let _ = writeln!(text, "  {} -> \"{digest}\" [label={label}];", quoted(&input.digest));
        }
    }
    text + "}\n"
}

/// The label of a vertex and the shape that its op has.
fn node(op: &pb::Op) -> (String, &'static str) {
    use pb::op::Op;
    match &op.op {
        Some(Op::Source(source)) => (source.identifier.clone(), "ellipse"),
        Some(Op::Exec(exec)) => {
            let args = exec.meta.as_ref().map_or(&[][..], |meta| &meta.args);
            (args.join(" "), "box")
        }
        Some(Op::File(file)) => {
            let actions: Vec<String> = file.actions.iter().map(action).collect();
            (actions.join("\n"), "note")
        }
        Some(Op::Merge(_)) => ("merge".to_owned(), "invtriangle"),
        Some(Op::Diff(_)) => ("diff".to_owned(), "doublecircle"),
        Some(Op::Build(_)) => ("build".to_owned(), "box3d"),
        // The terminal op has no kind: its input is the result.
        None => ("result".to_owned(), "plaintext"),
    }
}

fn action(action: &pb::FileAction) -> String {
    use pb::file_action::Action;
    match &action.action {
        Some(Action::Copy(copy)) => format!("copy {} {}", copy.src, copy.dest),
        Some(Action::Mkfile(mkfile)) => format!("mkfile {}", mkfile.path),
        Some(Action::Mkdir(mkdir)) => format!("mkdir {}", mkdir.path),
        Some(Action::Rm(rm)) => format!("rm {}", rm.path),
        Some(Action::Symlink(symlink)) => {
            format!("symlink {} -> {}", symlink.newpath, symlink.oldpath)
        }
        None => "unknown action".to_owned(),
    }
}

/// Where an exec mounts one of its inputs; nothing for the root filesystem, and for other ops.
fn mounted_at(op: &pb::Op, index: usize) -> &str {
    let Some(pb::op::Op::Exec(exec)) = &op.op else { return "" };
    let of_input = |mount: &&pb::Mount| usize::try_from(mount.input) == Ok(index);
    let mounts = exec.mounts.iter().filter(of_input);
    mounts.map(|mount| mount.dest.as_str()).find(|dest| *dest != "/").unwrap_or_default()
}

/// A quoted string of the DOT language, in whose labels a backslash begins an escape.
fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("\"{escaped}\"")
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::fixture::{bind, hub, mkdir, run};
    use crate::{Access, Metadata, State, diff, marshal, merge};

    /// The digests are replaced by numbers, in the order of the nodes.
    fn drawn(definition: &Definition) -> String {
        let text = dot(definition);
        let digests = definition.def.iter().map(|bytes| digest(bytes));
        digests
            .zip(1..)
            .fold(text, |text, (digest, number)| text.replace(&digest, &format!("{number}")))
    }

    #[test]
    fn inputs_are_edges() {
        let alpine = hub("alpine:3.20");
        let made = mkdir(alpine.clone().into(), "/a \"b\\\n", Metadata::default());
        let ran = run(alpine.clone().into(), vec![bind("/m", made.into(), Access::Output)]);
        let [root, mount] = [ran.root(), ran.mount(0)].map(|it| State::from(it.expect("an edge")));
        let changed = diff(&root, &mount, Metadata::default());
        let merged = merge(&[alpine.into(), changed], |_| false, Metadata::default()).unwrap();
        expect![[r#"
            digraph {
              "1" [label="docker-image://docker.io/library/alpine:3.20" shape=ellipse];
              "2" [label="mkdir /a \"b\\\n" shape=note];
              "3" [label="x" shape=box];
              "4" [label="diff" shape=doublecircle];
              "5" [label="merge" shape=invtriangle];
              "6" [label="result" shape=plaintext];
              "1" -> "2" [label=""];
              "1" -> "3" [label=""];
              "2" -> "3" [label="/m"];
              "3" -> "4" [label=""];
              "3" -> "4" [label=""];
              "1" -> "5" [label=""];
              "4" -> "5" [label=""];
              "5" -> "6" [label=""];
            }
        "#]]
        .assert_eq(&drawn(&merged.definition()));
    }

    #[test]
    fn scratch_has_no_nodes() {
        assert_eq!(dot(&State::Scratch.definition()), "digraph {\n}\n");
        assert_eq!(drawn(&marshal(&hub("a:1"))).lines().count(), 5);
    }
}
