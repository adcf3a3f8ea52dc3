use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use gateway_proto::pb;
use prost::Message as _;

use super::Definition;
use super::metadata::{Location, Position, Range, SourceFile};
use super::vertex::{Edge, Origin, State, Vertex, digest};

/// What is wrong with a definition that others made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ForeignError {
    /// The bytes at this index of the list are no op.
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
/// out as well; metadata fields that are newer than our messages are discarded.
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
        let edges = edges.collect::<Result<Vec<_>, _>>()?;
        let bytes = bytes.get(digest).map(|bytes| bytes.to_vec()).unwrap_or_default();
        let metadata = definition.metadata.get(digest).cloned().unwrap_or_default();
        let origin = Origin { locations: locations.of_vertex(digest), ..Origin::default() };
        let vertex = Vertex::of_bytes(bytes, edges.into(), metadata, origin);
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
                definition: info.definition.clone().map(without_empty_locations),
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

/// The definition that a source file was loaded by, as it can be encoded: prost leaves out the value of a map entry that is
/// empty, and Go clients crash on an entry without one.
///
/// Decoding has a limit for messages in messages, so this ends.
fn without_empty_locations(mut definition: Definition) -> Definition {
    if let Some(source) = &mut definition.source {
        source.locations.retain(|_, locations| !locations.locations.is_empty());
        for info in &mut source.infos {
            info.definition = info.definition.take().map(without_empty_locations);
        }
    }
    definition
}

/// A range of which one end is missing is that position alone.
fn range(range: &pb::Range) -> Option<Range> {
    let start = range.start.or(range.end)?;
    let end = range.end.unwrap_or(start);
    Some(Range { start: position(start), end: position(end) })
}

fn position(position: pb::Position) -> Position {
    let unsigned = |number: i32| u32::try_from(number).unwrap_or_default();
    Position { line: unsigned(position.line), character: unsigned(position.character) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{at, bind, hub, mkdir, run, source_file};
    use crate::{Access, Detail, Metadata, marshal, summary};

    fn ours() -> Edge {
        let metadata = Metadata {
            location: Some(at(&source_file("theirs", "x\n"), 1)),
            ..Metadata::named("made".to_owned())
        };
        let made = mkdir(hub("alpine:3.20").into(), "/x", metadata);
        let outputs = run(hub("busybox:1").into(), vec![bind("/m", made.into(), Access::Output)]);
        outputs.mount(0).unwrap()
    }

    fn splice(definition: &Definition) -> Result<Edge, ForeignError> {
        foreign(definition).map(|state| state.edge().unwrap().clone())
    }

    #[test]
    fn a_definition_comes_back_as_it_was() {
        let definition = marshal(&ours());
        assert_eq!(marshal(&splice(&definition).unwrap()), definition);
        assert_eq!(foreign(&Definition::default()), Ok(State::Scratch));
    }

    #[test]
    fn the_order_of_ops_does_not_matter() {
        let definition = marshal(&ours());
        let mut reversed = definition.clone();
        let ops = reversed.def.len() - 1;
        reversed.def[..ops].reverse();
        assert_eq!(marshal(&splice(&reversed).unwrap()), definition);
    }

    /// Field 99 is no field of an op; encoding what we decode would lose it.
    #[test]
    fn what_we_do_not_know_of_an_op_stays() {
        let op = [0x9a, 0x06, 0x01, b'?'];
        let input = pb::Input { digest: digest(&op), index: 3 };
        let terminal = pb::Op { inputs: vec![input], ..pb::Op::default() }.encode_to_vec();
        let theirs = Definition { def: vec![op.to_vec(), terminal], ..Definition::default() };
        let edge = splice(&theirs).unwrap();
        assert_eq!((edge.vertex.bytes(), edge.index), (op.as_slice(), 3));
        let spliced = marshal(&mkdir(edge.into(), "/x", Metadata::default()));
        assert_eq!(spliced.def[0], op);
        assert!(spliced.metadata[&digest(&op)].caps.contains_key("constraints"));
    }

    #[test]
    fn a_source_map_moves_behind_ours() {
        let placed = |name: &str| Metadata {
            location: Some(at(&source_file(name, "x\n"), 1)),
            ..Metadata::default()
        };
        let theirs = marshal(&mkdir(State::Scratch, "/theirs", placed("theirs")));
        let ours = mkdir(State::Scratch, "/ours", placed("ours"));
        let theirs = splice(&theirs).unwrap();
        let digest = theirs.vertex.digest().to_owned();
        let mounts = vec![bind("/m", theirs.into(), Access::Readonly)];
        let both = marshal(&run(ours.into(), mounts).root().unwrap());
        let source = both.source.unwrap();
        let location = &source.locations[&digest].locations[0];
        assert_eq!(location.source_index, 1);
        assert_eq!(source.infos[1].filename, "theirs");
    }

    #[test]
    fn a_location_that_would_crash_a_daemon_is_left_out() {
        let mut definition = marshal(&ours());
        let source = definition.source.as_mut().unwrap();
        for locations in source.locations.values_mut() {
            let half =
                pb::Range { start: Some(pb::Position { line: 7, character: -1 }), end: None };
            let [below, above] =
                [-1, 1].map(|source_index| pb::Location { source_index, ranges: Vec::new() });
            let ranges = vec![half, pb::Range::default()];
            locations.locations = vec![below, above, pb::Location { source_index: 0, ranges }];
        }
        let spliced = marshal(&splice(&definition).unwrap()).source.unwrap();
        let position = Some(pb::Position { line: 7, character: 0 });
        let whole = pb::Range { start: position, end: position };
        for locations in spliced.locations.values() {
            let expected = pb::Location { source_index: 0, ranges: vec![whole] };
            assert_eq!(locations.locations, [expected]);
        }
    }

    /// As BuildKit 0.13 sends it for the vertices of a Dockerfile, whose own definition has no location.
    #[test]
    fn a_source_file_with_empty_locations_is_passed_on_without_them() {
        let mut definition = marshal(&ours());
        let mut file = marshal(&ours());
        let locations = &mut file.source.as_mut().unwrap().locations;
        locations.insert("sha256:0".to_owned(), pb::Locations::default());
        let expected = marshal(&ours());
        definition.source.as_mut().unwrap().infos[0].definition = Some(file);
        let spliced = marshal(&splice(&definition).unwrap()).source.unwrap();
        assert_eq!(spliced.infos[0].definition, Some(expected));
    }

    #[test]
    fn a_malformed_definition_is_refused() {
        let definition = marshal(&ours());
        let without = |position: usize| {
            let mut definition = definition.clone();
            definition.def.remove(position);
            definition
        };
        let last = definition.def.len() - 1;
        let lost = digest(&definition.def[0]);
        assert_eq!(splice(&without(last)), Err(ForeignError::NoTerminal));
        assert_eq!(splice(&without(0)), Err(ForeignError::UnknownInput(lost)));

        let mut changed = definition.clone();
        changed.def[0] = vec![0xff];
        assert_eq!(splice(&changed), Err(ForeignError::Undecodable(0)));
        changed.def[last] = vec![0xff];
        assert_eq!(splice(&changed), Err(ForeignError::Undecodable(last)));

        let mut negative = definition.clone();
        let input = pb::Input { digest: digest(&definition.def[0]), index: -1 };
        negative.def[last] = pb::Op { inputs: vec![input], ..pb::Op::default() }.encode_to_vec();
        assert_eq!(splice(&negative), Err(ForeignError::OutputIndex(-1)));
    }

    /// Every op with every byte changed in turn: what remains a definition can be marshaled, and all of it described.
    #[test]
    fn no_byte_makes_it_panic() {
        let definition = marshal(&ours());
        for position in 0..definition.def.len() {
            for at in 0..definition.def[position].len() {
                for mask in [0x01, 0x80, 0xff] {
                    let mut changed = definition.clone();
                    changed.def[position][at] ^= mask;
                    if let Ok(State::Edge(edge)) = foreign(&changed) {
                        assert!(!marshal(&edge).def.is_empty());
                    }
                    assert!(!summary(&changed, Detail::default()).is_empty());
                }
            }
        }
    }

    /// A digest that is a hash can't be part of what it is the hash of, so this takes made-up ones.
    #[test]
    fn a_cycle_is_found() {
        let input = |digest: &str| vec![pb::Input { digest: digest.to_owned(), index: 0 }];
        let inputs = [("a", "b"), ("b", "c"), ("c", "b")];
        let inputs = inputs.map(|(digest, below)| (digest.to_owned(), input(below)));
        let inputs = BTreeMap::from(inputs);
        assert_eq!(order(&inputs, "a"), Err(ForeignError::Cycle("b".to_owned())));
    }
}
