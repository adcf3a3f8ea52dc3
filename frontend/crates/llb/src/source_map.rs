//! The source map of a definition: which vertex comes from which lines, and those lines.

use std::collections::{BTreeMap, HashMap};
use std::ops::RangeInclusive;
use std::sync::Arc;

use gateway_proto::excerpt::{excerpt, last_shown};
use gateway_proto::pb;

use super::metadata::{Location, Position, Range, SourceFile};
use super::vertex::Vertex;

/// Largest file that a definition has as a whole, in bytes; of a larger one it has the lines that vertices come from.
///
/// The daemon copies all that there is of a file into the error of a failing vertex, once for each location, and an error
/// travels in a header of HTTP/2, twice in base64.
const MAX_WHOLE: usize = 256 << 10;

/// Most bytes of all whole files together, and of all excerpts: with its ops a definition has to fit into 4 MiB before
/// BuildKit 0.14.
const MAX_WHOLES: usize = 1 << 20;
const MAX_EXCERPTS: usize = 2 << 20;

/// Most locations of calls of all vertices together; each takes some 20 bytes of a definition.
const MAX_CALLS: usize = 16 << 10;

/// The source map of a definition that is being built.
#[derive(Default)]
pub(super) struct SourceMap {
    /// In the order of their first use.
    files: Vec<Mapped>,
    /// The indexes in `files` by the addresses of the files that were seen.
    known: HashMap<usize, usize>,
    locations: BTreeMap<String, pb::Locations>,
    /// How many of them are locations of calls.
    calls: usize,
}

/// A file with the lines that vertices come from.
struct Mapped {
    file: Arc<SourceFile>,
    lines: Vec<RangeInclusive<usize>>,
}

impl SourceMap {
    /// Adds the locations of a vertex, and after them those of the calls that led there, the innermost first.
    ///
    /// Those of the first vertex with an op hold: BuildKit prints several in an order that changes from hop to hop, and an
    /// empty list would crash a daemon.
    pub fn add(&mut self, vertex: &Vertex) {
        let own = vertex.locations();
        if own.is_empty() || self.locations.contains_key(vertex.digest()) {
            return;
        }
        let mut locations: Vec<_> = own.iter().map(|location| self.location(location)).collect();
        let calls = vertex.calls();
        if let ([own], [_, ..]) = (own, calls)
            && self.calls + calls.len() <= MAX_CALLS
        {
            self.calls += calls.len();
            locations.extend(calls.iter().map(|call| self.location(call)));
            locations.push(self.location(&last_word(own)));
        }
        self.locations.insert(vertex.digest().to_owned(), pb::Locations { locations });
    }

    fn location(&mut self, location: &Location) -> pb::Location {
        let index = self.file(&location.file);
        if let Some(mapped) = self.files.get_mut(index) {
            mapped.lines.extend(location.ranges.iter().map(lines));
        }
        pb::Location {
            source_index: saturate(index),
            ranges: location.ranges.iter().map(range).collect(),
        }
    }

    /// The index of a file; files with the same content share one.
    fn file(&mut self, file: &Arc<SourceFile>) -> usize {
        let files = &mut self.files;
        *self.known.entry(Arc::as_ptr(file).addr()).or_insert_with(|| {
            files.iter().position(|other| other.file == *file).unwrap_or_else(|| {
                files.push(Mapped { file: file.clone(), lines: Vec::new() });
                files.len() - 1
            })
        })
    }

    pub fn into_pb(self) -> Option<pb::Source> {
        let Self { files, mut locations, .. } = self;
        if locations.is_empty() {
            return None;
        }
        let (mut wholes, mut excerpts) = (MAX_WHOLES, MAX_EXCERPTS);
        let mut infos = Vec::with_capacity(files.len());
        for (index, Mapped { file, lines }) in files.into_iter().enumerate() {
            let data = match wholes.checked_sub(file.data.len()) {
                Some(left) if file.data.len() <= MAX_WHOLE => {
                    wholes = left;
                    file.data.clone()
                }
                _ => {
                    shorten(&mut locations, saturate(index));
                    let text = String::from_utf8_lossy(&file.data);
                    // Without its lines, clients print nothing of a location.
                    let data = excerpt(&text, &lines, excerpts).unwrap_or_default().into_bytes();
                    excerpts -= data.len();
                    data
                }
            };
            infos.push(pb::SourceInfo {
                filename: file.filename.clone(),
                data,
                definition: file.definition.clone(),
                language: file.language.clone(),
            });
        }
        drop_large_calls(&mut locations, &infos);
        Some(pb::Source { infos, locations })
    }
}

/// The location of a vertex once more, behind those of its calls, in a form that no client prints.
///
/// A debugger goes through all ranges of a vertex and keeps those that seem better to it, whatever file they are in: it would
/// stop in the line of a call instead of that of the step. A range at line 0 is always better, and any range is better than
/// that. What prints an error prints no location in which there is a line 0 (buildx 0.29, `dap/variables.go`,
/// `fillLocation`; BuildKit 0.13 to 0.32, `solver/errdefs/source.go`).
fn last_word(own: &Location) -> Location {
    let nowhere = Position { line: 0, character: 0 };
    let nowhere = Range { start: nowhere, end: nowhere };
    let ranges = std::iter::once(nowhere).chain(own.ranges.iter().copied()).collect();
    Location { file: own.file.clone(), ranges }
}

/// Leaves out the calls of vertices with a location in a large file: an error has the text of each location's file.
fn drop_large_calls(locations: &mut BTreeMap<String, pb::Locations>, infos: &[pb::SourceInfo]) {
    let is_large = |location: &pb::Location| {
        let info = usize::try_from(location.source_index).ok().and_then(|index| infos.get(index));
        info.is_some_and(|info| info.data.len() > MAX_WHOLE)
    };
    for of_vertex in locations.values_mut() {
        if of_vertex.locations.iter().any(is_large) {
            of_vertex.locations.truncate(1);
        }
    }
}

/// Ends the ranges in a file of which there is an excerpt at the last line that it shows of them: clients print all lines
/// of a range.
fn shorten(locations: &mut BTreeMap<String, pb::Locations>, file: i32) {
    let of_file = locations.values_mut().flat_map(|it| &mut it.locations);
    let of_file = of_file.filter(|location| location.source_index == file);
    for range in of_file.flat_map(|location| &mut location.ranges) {
        if let pb::Range { start: Some(start), end: Some(end) } = range {
            let number = |line: i32| usize::try_from(line).unwrap_or_default();
            end.line = saturate(last_shown(&(number(start.line)..=number(end.line))));
        }
    }
}

fn lines(range: &Range) -> RangeInclusive<usize> {
    range.start.line as usize..=range.end.line as usize
}

/// Start and end always both: what prints the range takes them for granted.
fn range(range: &Range) -> pb::Range {
    let position = |position: Position| pb::Position {
        line: saturate(position.line),
        character: saturate(position.character),
    };
    pb::Range { start: Some(position(range.start)), end: Some(position(range.end)) }
}

fn saturate(number: impl TryInto<i32>) -> i32 {
    number.try_into().unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use prost::Message as _;

    use super::*;
    use crate::fixture::{at, mkdir};
    use crate::{Metadata, State, marshal};

    fn file(name: &str, text: String) -> Arc<SourceFile> {
        let language = "HLB".to_owned();
        let (filename, data) = (name.to_owned(), text.into_bytes());
        Arc::new(SourceFile { filename, data, language, definition: None })
    }

    fn source(locations: Vec<Location>) -> pb::Source {
        let mut chain = State::Scratch;
        for (number, location) in locations.into_iter().enumerate() {
            let metadata = Metadata { location: Some(location), ..Metadata::default() };
            chain = mkdir(chain, &format!("/{number}"), metadata).into();
        }
        marshal(chain.edge().unwrap()).source.unwrap()
    }

    fn text(source: &pb::Source, file: usize) -> &str {
        std::str::from_utf8(&source.infos[file].data).unwrap()
    }

    #[test]
    fn a_large_file_has_the_lines_that_vertices_come_from() {
        let large = file("a.hlb", "line\n".repeat(2 << 20));
        let source = source(vec![at(&large, 5), at(&large, 100_000)]);
        let lines: Vec<_> = text(&source, 0).split('\n').collect();
        assert_eq!((lines[0], lines[4], lines[9], lines[99_999]), ("line", "line", "", "line"));
        assert!(source.encoded_len() < 110_000, "{}", source.encoded_len());
    }

    #[test]
    fn many_files_are_bounded_together() {
        let files: Vec<_> =
            (0..20).map(|n| file(&format!("{n}.hlb"), "x\n".repeat(MAX_WHOLE / 2))).collect();
        let source = source(files.iter().map(|file| at(file, 1)).collect());
        assert_eq!(text(&source, 0).len(), MAX_WHOLE);
        assert_eq!(text(&source, 19), "x\nx\nx\nx\nx");
        assert!(source.encoded_len() < MAX_WHOLES + 4000, "{}", source.encoded_len());
    }

    #[test]
    fn a_location_of_many_lines_ends_where_the_excerpt_does() {
        let large = file("a.hlb", "line\n".repeat(1 << 20));
        let position = |line| Position { line, character: 0 };
        let range = Range { start: position(2), end: position(900_000) };
        let source = source(vec![Location::new(large, range)]);
        let locations: Vec<_> = source.locations.values().collect();
        let end = locations[0].locations[0].ranges[0].end.unwrap();
        assert!(end.line < 100 && text(&source, 0).len() < 1000, "{end:?}");
    }

    #[test]
    fn calls_follow_the_location_and_no_debugger_stops_at_them() {
        let (inner, outer) = (file("m.hlb", "x\n".repeat(9)), file("a.hlb", "y\n".repeat(9)));
        let called = |size: usize| {
            let calls = [at(&outer, 3), at(&file("large.hlb", "z\n".repeat(size)), 1)].into();
            let metadata = Metadata { location: Some(at(&inner, 5)), calls, ..Metadata::default() };
            let chain: State = mkdir(State::Scratch, "/a", metadata).into();
            let source = marshal(chain.edge().unwrap()).source.unwrap();
            let locations = source.locations.into_values().next().unwrap().locations;
            let lines = |location: &pb::Location| -> Vec<_> {
                location.ranges.iter().map(|range| range.start.unwrap().line).collect()
            };
            let places = locations.iter().map(|it| (it.source_index, lines(it)));
            places.collect::<Vec<_>>()
        };
        let all = [(0, vec![5]), (1, vec![3]), (2, vec![1]), (0, vec![0, 5])];
        assert_eq!(called(1), all);
        assert_eq!(called(MAX_WHOLE), all, "of a large file there is an excerpt");
    }

    #[test]
    fn an_error_has_few_copies_of_a_large_text() {
        let large = file("a.hlb", "\n".repeat(MAX_EXCERPTS / 2));
        let line = u32::try_from(MAX_EXCERPTS / 2 - 9).unwrap();
        let calls = [at(&large, 3)].into();
        let metadata = Metadata { location: Some(at(&large, line)), calls, ..Metadata::default() };
        let chain: State = mkdir(State::Scratch, "/a", metadata).into();
        let source = marshal(chain.edge().unwrap()).source.unwrap();
        assert!(source.locations.values().all(|it| it.locations.len() == 1));
    }

    #[test]
    fn lines_too_far_down_have_no_text() {
        let large = file("a.hlb", "\n".repeat(2 * MAX_EXCERPTS));
        let line = u32::try_from(2 * MAX_EXCERPTS).unwrap();
        let source = source(vec![at(&large, line)]);
        assert_eq!((text(&source, 0), source.locations.len()), ("", 1));
    }
}
