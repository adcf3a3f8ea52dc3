use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use gateway_proto::{caps, pb};
use prost::Message as _;

use super::Definition;
use super::metadata::{Location, Range, SourceFile};
use super::order::order;
use super::vertex::{Edge, Vertex, digest};

/// Marshals the graph that leads to an output: what BuildKit solves.
///
/// Each op stands once, after its inputs; at the end is the terminal op, which names the output. Scratch has no definition
/// that BuildKit would load: a result that is scratch is a ref with an empty id.
pub fn marshal(root: &Edge) -> Definition {
    let mut definition = Definition::default();
    let mut sources = SourceMap::default();
    for vertex in order(&root.vertex) {
        sources.add(vertex);
        match definition.metadata.entry(vertex.digest().to_owned()) {
            Entry::Vacant(entry) => {
                entry.insert(vertex.metadata().clone());
                definition.def.push(vertex.bytes().to_vec());
            }
            Entry::Occupied(mut entry) => merge(entry.get_mut(), vertex.metadata()),
        }
    }
    let terminal = pb::Op { inputs: vec![root.to_input()], ..pb::Op::default() }.encode_to_vec();
    let metadata = terminal_metadata(&definition.metadata);
    definition.metadata.insert(digest(&terminal), metadata);
    definition.def.push(terminal);
    definition.source = sources.into_pb();
    definition
}

/// Adds the metadata of another vertex with the same op (`client/llb/state.go`, `mergeMetadata`).
fn merge(metadata: &mut pb::OpMetadata, other: &pb::OpMetadata) {
    metadata.ignore_cache |= other.ignore_cache;
    metadata.description.extend(other.description.clone());
    metadata.caps.extend(other.caps.clone());
    metadata.export_cache = other.export_cache.or(metadata.export_cache);
    if let Some(group) = &other.progress_group {
        metadata.progress_group = Some(group.clone());
    }
}

/// States what a daemon must know to read the definition as a whole (`client/llb/state.go`, `Marshal`).
fn terminal_metadata(of_ops: &BTreeMap<String, pb::OpMetadata>) -> pb::OpMetadata {
    let used = |by: fn(&pb::OpMetadata) -> bool| of_ops.values().any(by);
    let capabilities = [
        (true, caps::CONSTRAINTS),
        (true, caps::PLATFORM),
        (used(|op| op.ignore_cache), caps::META_IGNORECACHE),
        (used(|op| !op.description.is_empty()), caps::META_DESCRIPTION),
        (used(|op| op.export_cache.is_some()), caps::META_EXPORTCACHE),
    ];
    let capabilities = capabilities.into_iter().filter(|(used, _)| *used);
    let caps = capabilities.map(|(_, cap)| (cap.id.to_owned(), true)).collect();
    pb::OpMetadata { caps, ..pb::OpMetadata::default() }
}

/// The source map of a definition that is being built.
#[derive(Default)]
struct SourceMap {
    /// In the order of their first use.
    files: Vec<Arc<SourceFile>>,
    /// The places in `files` by the addresses of the files that were seen.
    known: HashMap<usize, usize>,
    locations: BTreeMap<String, pb::Locations>,
}

impl SourceMap {
    /// Adds the locations of a vertex. Those of the first vertex with an op hold: BuildKit prints several in an order that
    /// changes from hop to hop, and an empty list would crash a daemon.
    fn add(&mut self, vertex: &Vertex) {
        if vertex.locations().is_empty() || self.locations.contains_key(vertex.digest()) {
            return;
        }
        let locations = vertex.locations().iter().map(|location| self.location(location)).collect();
        self.locations.insert(vertex.digest().to_owned(), pb::Locations { locations });
    }

    fn location(&mut self, location: &Location) -> pb::Location {
        let source_index = saturate(self.file(&location.file));
        pb::Location { source_index, ranges: location.ranges.iter().map(range).collect() }
    }

    /// The place of a file; files with the same content share one.
    fn file(&mut self, file: &Arc<SourceFile>) -> usize {
        let files = &mut self.files;
        *self.known.entry(Arc::as_ptr(file).addr()).or_insert_with(|| {
            files.iter().position(|other| other == file).unwrap_or_else(|| {
                files.push(file.clone());
                files.len() - 1
            })
        })
    }

    fn into_pb(self) -> Option<pb::Source> {
        if self.locations.is_empty() {
            return None;
        }
        let infos = self.files.iter().map(|file| pb::SourceInfo {
            filename: file.filename.clone(),
            data: file.data.clone(),
            definition: file.definition.clone(),
            language: file.language.clone(),
        });
        Some(pb::Source { infos: infos.collect(), locations: self.locations })
    }
}

/// Start and end always both: what prints the range takes them for granted.
fn range(range: &Range) -> pb::Range {
    let position = |position: super::Position| pb::Position {
        line: saturate(position.line),
        character: saturate(position.character),
    };
    pb::Range { start: Some(position(range.start)), end: Some(position(range.end)) }
}

fn saturate(number: impl TryInto<i32>) -> i32 {
    number.try_into().unwrap_or(i32::MAX)
}
