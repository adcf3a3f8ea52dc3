//! Definitions as a graph of vertices, for whoever draws or lists them.

use std::collections::BTreeSet;

use gateway_proto::pb;
use prost::Message as _;

use super::Definition;
use super::metadata::CUSTOM_NAME;
use super::vertex::digest;

/// The vertices of some definitions, each once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Graph {
    /// Each after its inputs.
    pub nodes: Vec<Node>,
}

/// A vertex.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    pub digest: String,
    pub kind: NodeKind,
    /// What it does, in the words of `buildctl debug dump-llb --dot`; of a result, its name.
    pub label: String,
    /// What progress calls it.
    pub step: Option<String>,
    pub inputs: Vec<Input>,
    /// Where the program says so.
    pub locations: Vec<NodeLocation>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeKind {
    Source,
    Exec,
    File,
    Merge,
    Diff,
    Build,
    /// The end of a definition, whose input is what the definition makes.
    Result,
}

/// An output of another vertex.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    pub digest: String,
    pub output: i64,
    /// Where an exec mounts it; empty for the root filesystem, and for other ops.
    pub mounted_at: String,
}

/// A place in a file: lines from 1, characters from 0.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeLocation {
    pub file: String,
    pub ranges: Vec<pb::Range>,
}

impl NodeKind {
    /// A word for it, which programs read.
    pub fn word(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Exec => "exec",
            Self::File => "file",
            Self::Merge => "merge",
            Self::Diff => "diff",
            Self::Build => "build",
            Self::Result => "result",
        }
    }
}

impl Graph {
    /// The graph of some definitions, each with the name of its result.
    pub fn new<'d>(definitions: impl IntoIterator<Item = (&'d str, &'d Definition)>) -> Self {
        let mut graph = Self::default();
        let mut seen = BTreeSet::new();
        for (name, definition) in definitions {
            for bytes in &definition.def {
                let digest = digest(bytes);
                if seen.insert(digest.clone()) {
                    graph.nodes.push(node(digest, bytes, name, definition));
                }
            }
        }
        graph
    }
}

fn node(digest: String, bytes: &[u8], result: &str, definition: &Definition) -> Node {
    let op = pb::Op::decode(bytes).unwrap_or_default();
    let (kind, label) = described(&op, result);
    let inputs = op.inputs.iter().enumerate();
    let inputs = inputs.map(|(index, input)| Input {
        digest: input.digest.clone(),
        output: input.index,
        mounted_at: mounted_at(&op, index).to_owned(),
    });
    let inputs = inputs.collect();
    let step = definition.metadata.get(&digest).and_then(|it| it.description.get(CUSTOM_NAME));
    let step = step.cloned();
    let locations = locations(definition, &digest);
    Node { digest, kind, label, step, inputs, locations }
}

fn described(op: &pb::Op, result: &str) -> (NodeKind, String) {
    use pb::op::Op;
    match &op.op {
        Some(Op::Source(source)) => (NodeKind::Source, source.identifier.clone()),
        Some(Op::Exec(exec)) => {
            let args = exec.meta.as_ref().map_or(&[][..], |meta| &meta.args);
            (NodeKind::Exec, args.join(" "))
        }
        Some(Op::File(file)) => {
            let actions: Vec<String> = file.actions.iter().map(action).collect();
            (NodeKind::File, actions.join("\n"))
        }
        Some(Op::Merge(_)) => (NodeKind::Merge, "merge".to_owned()),
        Some(Op::Diff(_)) => (NodeKind::Diff, "diff".to_owned()),
        Some(Op::Build(_)) => (NodeKind::Build, "build".to_owned()),
        // The terminal op has no kind.
        None => (NodeKind::Result, result.to_owned()),
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

fn mounted_at(op: &pb::Op, index: usize) -> &str {
    let Some(pb::op::Op::Exec(exec)) = &op.op else { return "" };
    let of_input = |mount: &&pb::Mount| usize::try_from(mount.input) == Ok(index);
    let mounts = exec.mounts.iter().filter(of_input);
    mounts.map(|mount| mount.dest.as_str()).find(|dest| *dest != "/").unwrap_or_default()
}

fn locations(definition: &Definition, digest: &str) -> Vec<NodeLocation> {
    let Some(source) = &definition.source else { return Vec::new() };
    let locations = source.locations.get(digest).into_iter().flat_map(|it| &it.locations);
    // What is for debuggers alone has a line 0.
    let shows = |range: &pb::Range| range.start.is_none_or(|start| start.line > 0);
    let located = locations.filter(|it| it.ranges.iter().all(shows)).filter_map(|it| {
        let info = source.infos.get(usize::try_from(it.source_index).ok()?)?;
        Some(NodeLocation { file: info.filename.clone(), ranges: it.ranges.clone() })
    });
    located.collect()
}
