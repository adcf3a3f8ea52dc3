//! A definition as text for eyes: which vertices there are, what each does and where its inputs come from.
//!
//! In: a [`Definition`], ours or anybody's. Out: a line a vertex, numbered in the definition's order, and below it what
//! differs from the usual. Start at [`summary`].

mod exec;
mod file;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use gateway_proto::pb;
use prost::Message as _;

use super::Definition;
use super::platform::Platform;
use super::vertex::digest;

/// What a summary says besides what the ops do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Detail {
    /// The digest of each vertex.
    pub digests: bool,
    /// Names, progress groups, cache switches and source locations.
    pub metadata: bool,
    /// The capabilities that each op states.
    pub capabilities: bool,
}

/// Describes a definition; what can't be read of it is said in its place.
///
/// An edge is written `v2:0`: output 0 of the second vertex. The last line is the result.
pub fn summary(definition: &Definition, detail: Detail) -> String {
    let Some((terminal, ops)) = definition.def.split_last() else {
        return "result scratch\n".to_owned();
    };
    let mut names = Names::default();
    let mut text = String::new();
    for (position, bytes) in ops.iter().enumerate() {
        let number = position + 1;
        let digest = digest(bytes);
        let lines = match pb::Op::decode(bytes.as_slice()) {
            Ok(op) => describe(&op, &names),
            Err(_) => Lines::new(format!("{} bytes that are no op", bytes.len())),
        };
        // Writing to a string can't fail, here and below.
        let _ = writeln!(text, "v{number} {}", lines.head);
        let metadata = definition.metadata.get(&digest);
        let about = about(&digest, metadata, definition.source.as_ref(), detail);
        for line in lines.details.iter().chain(&about) {
            let _ = writeln!(text, "    {line}");
        }
        names.0.insert(digest, number);
    }
    let result = pb::Op::decode(terminal.as_slice()).ok();
    let result = result.as_ref().and_then(|op| op.inputs.first());
    let result = result.map_or("nothing".to_owned(), |input| names.edge(input));
    let _ = writeln!(text, "result {result}");
    text
}

/// What stands about one op: its line and those below.
struct Lines {
    head: String,
    details: Vec<String>,
}

impl Lines {
    fn new(head: String) -> Self {
        Self { head, details: Vec::new() }
    }
}

/// The numbers of the vertices so far.
#[derive(Default)]
struct Names(BTreeMap<String, usize>);

impl Names {
    fn edge(&self, input: &pb::Input) -> String {
        match self.0.get(&input.digest) {
            Some(number) => format!("v{number}:{}", input.index),
            None => format!("{}:{}", input.digest, input.index),
        }
    }

    /// The edge at an index of an op's inputs.
    fn input(&self, op: &pb::Op, index: i64) -> String {
        if index == super::vertex::EMPTY {
            return "scratch".to_owned();
        }
        let input = usize::try_from(index).ok().and_then(|index| op.inputs.get(index));
        // After its inputs an op numbers the results of its own actions.
        let result = index - op.inputs.len() as i64 + 1;
        input.map_or_else(|| format!("result {result}"), |input| self.edge(input))
    }
}

fn describe(op: &pb::Op, names: &Names) -> Lines {
    use pb::op::Op;
    let mut lines = match &op.op {
        Some(Op::Source(source)) => describe_source(source),
        Some(Op::Exec(exec)) => exec::describe(exec, op, names),
        Some(Op::File(file)) => file::describe(file, op, names),
        Some(Op::Merge(merge)) => {
            let members = merge.inputs.iter().map(|member| names.input(op, member.input));
            Lines::new(format!("merge {}", members.collect::<Vec<_>>().join(" ")))
        }
        Some(Op::Diff(diff)) => {
            let lower = diff.lower.map_or("?".to_owned(), |lower| names.input(op, lower.input));
            let upper = diff.upper.map_or("?".to_owned(), |upper| names.input(op, upper.input));
            Lines::new(format!("diff {lower} -> {upper}"))
        }
        Some(Op::Build(_)) => describe_other("build", op, names),
        None => describe_other("unknown op", op, names),
    };
    if let Some(platform) = &op.platform {
        let _ = write!(lines.head, " ({})", Platform::from(platform));
    }
    lines
}

fn describe_source(source: &pb::SourceOp) -> Lines {
    let details = source.attrs.iter().map(|(key, value)| format!("{key} {}", word(value)));
    Lines { head: format!("source {}", source.identifier), details: details.collect() }
}

fn describe_other(what: &str, op: &pb::Op, names: &Names) -> Lines {
    let inputs = op.inputs.iter().map(|input| names.edge(input)).collect::<Vec<_>>();
    Lines::new(format!("{what} <- {}", inputs.join(" ")))
}

fn about(
    digest: &str,
    metadata: Option<&pb::OpMetadata>,
    source: Option<&pb::Source>,
    detail: Detail,
) -> Vec<String> {
    let mut lines = Vec::new();
    if detail.digests {
        lines.push(digest.to_owned());
    }
    if detail.metadata {
        lines.extend(metadata.into_iter().flat_map(metadata_lines));
        lines.extend(source.into_iter().flat_map(|source| location_lines(source, digest)));
    }
    if let (true, Some(metadata)) = (detail.capabilities, metadata) {
        let ids: Vec<_> = metadata.caps.keys().map(String::as_str).collect();
        lines.push(format!("needs {}", ids.join(" ")));
    }
    lines
}

fn metadata_lines(metadata: &pb::OpMetadata) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for (key, value) in &metadata.description {
        lines.push(format!("{key} {value:?}"));
    }
    if let Some(group) = &metadata.progress_group {
        let weak = if group.weak { " weak" } else { "" };
        lines.push(format!("group {} {:?}{weak}", word(&group.id), group.name));
    }
    if metadata.ignore_cache {
        lines.push("ignore-cache".to_owned());
    }
    if let Some(export) = &metadata.export_cache {
        lines.push(format!("export-cache {}", export.value));
    }
    lines
}

fn location_lines(source: &pb::Source, digest: &str) -> Vec<String> {
    let locations = source.locations.get(digest);
    let locations = locations.into_iter().flat_map(|locations| &locations.locations);
    let mut lines = Vec::new();
    for location in locations {
        let info = usize::try_from(location.source_index).ok();
        let info = info.and_then(|index| source.infos.get(index));
        let file = info.map_or("?", |info| info.filename.as_str());
        for range in &location.ranges {
            let (start, end) = (range.start.unwrap_or_default(), range.end.unwrap_or_default());
            lines.push(format!(
                "at {file}:{}:{}-{}:{}",
                start.line, start.character, end.line, end.character
            ));
        }
    }
    lines
}

/// A text as it is, or quoted where it would be unclear where it ends.
fn word(text: &str) -> String {
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && c != '"';
    if !text.is_empty() && text.chars().all(plain) { text.to_owned() } else { format!("{text:?}") }
}

/// The words whose condition holds.
fn switches<const N: usize>(switches: [(bool, &'static str); N]) -> Vec<String> {
    let set = switches.into_iter().filter(|(set, _)| *set);
    set.map(|(_, word)| word.to_owned()).collect()
}
