use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use gateway_proto::pb;
use prost::Message as _;

use super::Definition;
use super::metadata::{Location, Position, Range, SourceFile};
use super::vertex::{Edge, State, Vertex, digest};

/// What is wrong with a definition that others made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ForeignError {
    /// The bytes at this place of the list are no op.
    Undecodable(usize),
    /// The last op does not merely name an output.
    NoTerminal,
    /// An op takes an input that is none of the definition's ops: its digest is wrong, or the op is missing.
    UnknownInput(String),
    /// An op takes an output with an impossible number.
    OutputIndex(i64),
    /// An op leads back to itself.
    Cycle(String),
}

/// Makes a definition that others made part of our graph: a frontend input, the definition of a ref, a file.
///
/// Its ops keep their bytes, whatever is in them, with their metadata and source locations. An empty definition is scratch.
/// What the result does not need is left out. A location in a file that isn't listed would crash the daemon, so it is left
/// out as well; metadata fields that are newer than our messages are lost.
pub fn foreign(definition: &Definition) -> Result<State, ForeignError> {
    let Some((terminal, rest)) = definition.def.split_last() else { return Ok(State::Scratch) };
    let terminal = decode(rest.len(), terminal)?;
    let (None, Some(result)) = (&terminal.op, terminal.inputs.first()) else {
        return Err(ForeignError::NoTerminal);
    };
    let mut bytes = BTreeMap::new();
    let mut inputs = BTreeMap::new();
    for (position, op) in rest.iter().enumerate() {
        let digest = digest(op);
        inputs.insert(digest.clone(), decode(position, op)?.inputs);
        bytes.insert(digest, op);
    }
    let locations = Locations::of(definition.source.as_ref());
    let mut vertices = BTreeMap::new();
    for digest in order(&inputs, &result.digest)? {
        let edges = inputs.get(digest).into_iter().flatten().map(|input| edge(&vertices, input));
        let edges = edges.collect::<Result<_, _>>()?;
        let bytes = bytes.get(digest).map(|bytes| bytes.to_vec()).unwrap_or_default();
        let metadata = definition.metadata.get(digest).cloned().unwrap_or_default();
        let vertex = Vertex::of_bytes(bytes, edges, metadata, locations.of_vertex(digest));
        vertices.insert(digest, vertex);
    }
    Ok(edge(&vertices, result)?.into())
}

impl fmt::Display for ForeignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Undecodable(position) => write!(f, "definition: op {position} can't be decoded"),
            Self::NoTerminal => f.write_str("definition: the last op does not name a result"),
            Self::UnknownInput(digest) => write!(f, "definition: no op has the digest `{digest}`"),
            Self::OutputIndex(index) => write!(f, "definition: no op has an output {index}"),
            Self::Cycle(digest) => write!(f, "definition: op `{digest}` leads back to itself"),
        }
    }
}

impl std::error::Error for ForeignError {}

fn decode(position: usize, op: &[u8]) -> Result<pb::Op, ForeignError> {
    pb::Op::decode(op).map_err(|_| ForeignError::Undecodable(position))
}

fn edge(vertices: &BTreeMap<&str, Vertex>, input: &pb::Input) -> Result<Edge, ForeignError> {
    let vertex = vertices.get(input.digest.as_str());
    let vertex = vertex.ok_or_else(|| ForeignError::UnknownInput(input.digest.clone()))?;
    let index = u32::try_from(input.index).map_err(|_| ForeignError::OutputIndex(input.index))?;
    Ok(vertex.output(index))
}

/// The digests that lead to `root` and itself, each after its inputs, whatever order the definition has them in.
fn order<'a>(
    inputs: &'a BTreeMap<String, Vec<pb::Input>>,
    root: &str,
) -> Result<Vec<&'a str>, ForeignError> {
    let find = |digest: &str| {
        let found = inputs.get_key_value(digest);
        let (digest, inputs) =
            found.ok_or_else(|| ForeignError::UnknownInput(digest.to_owned()))?;
        Ok((digest.as_str(), inputs.iter()))
    };
    let mut open = vec![find(root)?];
    let mut unfinished: BTreeSet<&str> = open.iter().map(|(digest, _)| *digest).collect();
    let mut finished = BTreeSet::new();
    let mut order = Vec::new();
    while let Some((digest, inputs)) = open.last_mut() {
        let Some(input) = inputs.next() else {
            unfinished.remove(*digest);
            finished.insert(*digest);
            order.push(*digest);
            open.pop();
            continue;
        };
        if finished.contains(input.digest.as_str()) {
            continue;
        }
        let next = find(&input.digest)?;
        if !unfinished.insert(next.0) {
            return Err(ForeignError::Cycle(next.0.to_owned()));
        }
        open.push(next);
    }
    Ok(order)
}

/// A definition's source map, in our types.
struct Locations<'a> {
    files: Vec<Arc<SourceFile>>,
    source: Option<&'a pb::Source>,
}

impl<'a> Locations<'a> {
    fn of(source: Option<&'a pb::Source>) -> Self {
        let files = source.into_iter().flat_map(|source| &source.infos).map(|info| {
            Arc::new(SourceFile {
                filename: info.filename.clone(),
                data: info.data.clone(),
                language: info.language.clone(),
                definition: info.definition.clone(),
            })
        });
        Self { files: files.collect(), source }
    }

    fn of_vertex(&self, digest: &str) -> Vec<Location> {
        let locations = self.source.and_then(|source| source.locations.get(digest));
        let locations = locations.into_iter().flat_map(|locations| &locations.locations);
        locations.filter_map(|location| self.location(location)).collect()
    }

    fn location(&self, location: &pb::Location) -> Option<Location> {
        let file = self.files.get(usize::try_from(location.source_index).ok()?)?;
        let ranges = location.ranges.iter().filter_map(range).collect();
        Some(Location { file: file.clone(), ranges })
    }
}

/// A range of which one end is missing is that place alone.
fn range(range: &pb::Range) -> Option<Range> {
    let start = range.start.or(range.end)?;
    let end = range.end.unwrap_or(start);
    Some(Range { start: position(start), end: position(end) })
}

fn position(position: pb::Position) -> Position {
    let unsigned = |number: i32| u32::try_from(number).unwrap_or_default();
    Position { line: unsigned(position.line), character: unsigned(position.character) }
}
