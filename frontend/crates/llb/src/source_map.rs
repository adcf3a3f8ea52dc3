//! The source map of a definition: which vertex comes from which lines, and those lines.

use std::collections::{BTreeMap, HashMap};
use std::ops::RangeInclusive;
use std::sync::Arc;

use gateway_proto::excerpt::{excerpt, last_shown};
use gateway_proto::pb;

use super::metadata::{Location, Range, SourceFile};
use super::vertex::Vertex;

/// Largest file that a definition has as a whole, in bytes; of a larger one it has the lines that vertices come from.
///
/// The daemon copies all that there is of a file into the error of each failing vertex, and an error travels in a header
/// of HTTP/2, twice in base64.
const MAX_WHOLE: usize = 256 << 10;

/// Most bytes of all whole files together, and of all excerpts: with its ops a definition has to fit into 4 MiB before
/// BuildKit 0.14.
const MAX_WHOLES: usize = 1 << 20;
const MAX_EXCERPTS: usize = 2 << 20;

/// The source map of a definition that is being built.
#[derive(Default)]
pub(super) struct SourceMap {
    /// In the order of their first use.
    files: Vec<Mapped>,
    /// The indexes in `files` by the addresses of the files that were seen.
    known: HashMap<usize, usize>,
    locations: BTreeMap<String, pb::Locations>,
}

/// A file with the lines that vertices come from.
struct Mapped {
    file: Arc<SourceFile>,
    lines: Vec<RangeInclusive<usize>>,
}

impl SourceMap {
    /// Adds the locations of a vertex. Those of the first vertex with an op hold: BuildKit prints several in an order that
    /// changes from hop to hop, and an empty list would crash a daemon.
    pub fn add(&mut self, vertex: &Vertex) {
        if vertex.locations().is_empty() || self.locations.contains_key(vertex.digest()) {
            return;
        }
        let locations = vertex.locations().iter().map(|location| self.location(location)).collect();
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
        Some(pb::Source { infos, locations })
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
    let position = |position: super::Position| pb::Position {
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
    use crate::{Metadata, Position, State, marshal};

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
    fn lines_too_far_down_have_no_text() {
        let large = file("a.hlb", "\n".repeat(2 * MAX_EXCERPTS));
        let line = u32::try_from(2 * MAX_EXCERPTS).unwrap();
        let source = source(vec![at(&large, line)]);
        assert_eq!((text(&source, 0), source.locations.len()), ("", 1));
    }
}
