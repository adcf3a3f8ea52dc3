use std::collections::BTreeMap;
use std::sync::Arc;

use gateway_proto::errdefs;

use crate::llb;
use crate::source::{File, FileId, Sources, Span};

/// The language of our sources, as debuggers and linters are told it.
pub const LANGUAGE: &str = "HLB";

/// Largest file that ops carry along as their source, in bytes.
///
/// The daemon copies the whole file into the error of each failing vertex, and an error has to fit into a message.
const MAX_MAPPED_BYTES: usize = 256 << 10;

/// The sources of a build as its definition holds them, each once.
#[derive(Clone, Debug, Default)]
pub struct SourceFiles(BTreeMap<FileId, Arc<llb::SourceFile>>);

impl SourceFiles {
    /// Takes all files over; `definition` is what loaded the first of them, the build file.
    pub fn new(sources: &Sources, definition: Option<&llb::Definition>) -> Self {
        let small = sources.iter().filter(|(_, file)| file.text.len() <= MAX_MAPPED_BYTES);
        let mut definition = definition.cloned();
        Self(
            small
                .map(|(id, file)| {
                    let data = file.text.as_bytes().to_vec();
                    let file = llb::SourceFile {
                        filename: file.name.to_string(),
                        data,
                        language: LANGUAGE.to_owned(),
                        definition: definition.take(),
                    };
                    (id, Arc::new(file))
                })
                .collect(),
        )
    }

    /// The location of an op that a span stands for; none in a file that is too large to be carried along.
    pub fn location(&self, sources: &Sources, span: Span) -> Option<llb::Location> {
        let range = range(sources.get(span.file)?, span);
        let line = |at: errdefs::Position| llb::Position {
            line: u32::try_from(at.line).unwrap_or_default(),
            character: u32::try_from(at.character).unwrap_or_default(),
        };
        let range = llb::Range { start: line(range.start), end: line(range.end) };
        Some(llb::Location::new(self.0.get(&span.file)?.clone(), range))
    }
}

/// The file as an error or a warning holds it.
pub(super) fn info(file: &File) -> errdefs::SourceInfo {
    errdefs::SourceInfo {
        filename: file.name.to_string(),
        data: file.text.as_bytes().to_vec(),
        language: LANGUAGE.to_owned(),
    }
}

/// The lines of a span from 1, its characters from 0, the end exclusive.
///
/// A span that takes a line feed in ends on that line and not on the next, which would be marked, too.
pub fn range(file: &File, span: Span) -> errdefs::Range {
    let text = file.text.get(span.range()).unwrap_or_default();
    let end = span.start + text.trim_end_matches(['\n', '\r']).len() as u32;
    let position = |offset: u32| {
        let at = file.position(offset);
        let number = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
        errdefs::Position { line: number(at.line), character: number(at.column - 1) }
    };
    errdefs::Range { start: position(span.start), end: position(end) }
}

/// The detail of an error that shows a span; none if the file is unknown.
pub(super) fn detail(sources: &Sources, span: Span) -> Option<errdefs::Source> {
    let file = sources.get(span.file)?;
    Some(errdefs::Source { info: info(file), ranges: vec![range(file, span)] })
}

/// The detail of an error that belongs to no place: the first line of the build file.
///
/// Without any, the Dockerfile frontend that called us would show its own syntax directive as the place.
pub(super) fn nowhere(sources: &Sources) -> Option<errdefs::Source> {
    let (id, _) = sources.iter().next()?;
    detail(sources, Span::new(id, 0, 0))
}

/// The detail of an error whose file can't be shown: clients print nothing for a line 0 (BuildKit 0.32,
/// `solver/errdefs/source.go`, `Print`).
///
/// It keeps the Dockerfile frontend from blaming its syntax directive, with the whole of a file that may be too large
/// for an error.
pub(super) fn unseen(sources: &Sources) -> errdefs::Source {
    let filename = sources.iter().next().map_or(String::new(), |(_, file)| file.name.to_string());
    let info = errdefs::SourceInfo { filename, data: Vec::new(), language: LANGUAGE.to_owned() };
    errdefs::Source { info, ranges: vec![errdefs::Range::default()] }
}
