use std::collections::{BTreeMap, BTreeSet};
use std::iter;
use std::sync::Arc;

use gateway_proto::caps::{self, Cap};
use gateway_proto::pb;
use visible::{shortened, visible_line};

use super::step_name::StepName;

/// The description key under which BuildKit looks for the name of a vertex (`solver/llbsolver/vertex.go`).
pub(super) const CUSTOM_NAME: &str = "llb.customname";

/// What the daemon learns about a vertex besides its op. None of it changes the digest.
///
/// A builder adds the capabilities that its op uses.
#[derive(Clone, Debug, Default)]
pub struct Metadata {
    /// Free text by key; [`Metadata::named`] knows the one that BuildKit shows.
    pub description: BTreeMap<String, String>,
    /// What progress shows instead of the name, once the definition is there that numbers it.
    pub step: Option<StepName>,
    /// Capabilities that do not follow from the op's own fields.
    pub capabilities: BTreeSet<Cap>,
    pub progress_group: Option<pb::ProgressGroup>,
    /// Runs the vertex even if there is a result, and empties its cache mounts first; a [`super::KeyText`] keeps them.
    pub ignore_cache: bool,
    /// Overrides whether the vertex is part of a cache export.
    pub export_cache: Option<bool>,
    /// Where the vertex comes from, for messages when it fails.
    pub location: Option<Location>,
    /// The calls that led there, the innermost first.
    pub calls: Arc<[Location]>,
}

/// Ranges of one file.
#[derive(Clone, Debug, PartialEq)]
pub struct Location {
    pub file: Arc<SourceFile>,
    /// One, but in locations that others made.
    pub ranges: Vec<Range>,
}

/// From the first position that belongs to it to the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    pub start: Position,
    pub end: Position,
}

/// A position in a file: the line from 1, the character from 0, as BuildKit counts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    pub line: u32,
    pub character: u32,
}

/// A file that vertices come from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SourceFile {
    /// The name to print.
    pub filename: String,
    /// The whole text: line numbers refer to it. Of a large one a definition has an excerpt.
    pub data: Vec<u8>,
    /// Such as `Dockerfile`.
    pub language: String,
    /// What loaded the file; complete and consistent if present, or provenance fails.
    pub definition: Option<pb::Definition>,
}

impl Metadata {
    /// Metadata with no more than a name, which is what progress shows for the vertex.
    pub fn named(name: String) -> Self {
        Self::default().with_name(name)
    }

    /// The same with another name.
    pub fn with_name(mut self, name: String) -> Self {
        self.description.insert(CUSTOM_NAME.to_owned(), shown_name(&name));
        self
    }

    /// Whether `into_op_metadata` would make the same. Most vertices of a chain differ in nothing, and making it to find
    /// that out is a good part of what a vertex costs.
    pub(super) fn gives(&self, of_op: &[Cap], made: &pb::OpMetadata) -> bool {
        // There are a few, of which some may be there twice.
        let ids = || self.capability_ids(of_op);
        let count =
            ids().enumerate().filter(|(at, id)| ids().take(*at).all(|it| it != *id)).count();
        count == made.caps.len()
            && ids().all(|id| made.caps.contains_key(id))
            && self.ignore_cache == made.ignore_cache
            && self.description == made.description
            && self.export_cache == made.export_cache.as_ref().map(|export| export.value)
            && self.progress_group == made.progress_group
    }

    pub(super) fn into_op_metadata(self, of_op: &[Cap]) -> pb::OpMetadata {
        pb::OpMetadata {
            caps: self.capability_ids(of_op).map(|id| (id.to_owned(), true)).collect(),
            ignore_cache: self.ignore_cache,
            description: self.description,
            export_cache: self.export_cache.map(|value| pb::ExportCache { value }),
            progress_group: self.progress_group,
        }
    }

    /// May have one twice.
    fn capability_ids<'a>(&'a self, of_op: &'a [Cap]) -> impl Iterator<Item = &'a str> {
        let own = iter::once(caps::CONSTRAINTS.id);
        own.chain(of_op.iter().chain(&self.capabilities).map(|cap| cap.id))
    }
}

/// A name as progress shows it: clients print it as it is, on one line.
pub(super) fn shown_name(name: &str) -> String {
    /// Longer than any line of a terminal.
    const MAX_BYTES: usize = 500;
    visible_line(&shortened(name, MAX_BYTES)).into_owned()
}

impl Location {
    /// One range of a file.
    pub fn new(file: Arc<SourceFile>, range: Range) -> Self {
        Self { file, ranges: vec![range] }
    }
}
