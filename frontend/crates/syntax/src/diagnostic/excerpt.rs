//! The source lines that a diagnostic shows, with its spans marked on them.

use std::ops::Range;

use annotate_snippets::{Annotation, AnnotationKind, Group, Origin, Snippet};

use super::Diagnostic;
use crate::source::{File, FileId, Sources, Span};
use visible::visible_in_place;

/// Most bytes of source that one excerpt covers.
///
/// The renderer scans all of the text that it is given, also the lines that it does not show: 2 ms for each MB and
/// diagnostic. So it is given an excerpt.
pub(super) const MAX_EXCERPT: usize = 16 << 10;

/// Neighboring lines of one file with all marks on them.
pub(super) struct Excerpt<'a> {
    id: FileId,
    file: &'a File,
    /// Lines counted from 1, the end is inclusive.
    first: u32,
    last: u32,
    marks: Vec<Mark<'a>>,
}

struct Mark<'a> {
    kind: AnnotationKind,
    /// In the file's text; on character boundaries.
    range: Range<usize>,
    text: &'a str,
}

/// Gathers the spans of a diagnostic, the primary one first; labels near an earlier span join its excerpt.
pub(super) fn excerpts<'a>(diagnostic: &'a Diagnostic, sources: &'a Sources) -> Vec<Excerpt<'a>> {
    let primary = diagnostic.span.map(|span| (AnnotationKind::Primary, span, ""));
    let labels = diagnostic.labels.iter().chain(diagnostic.calls());
    let labels = labels.map(|label| (AnnotationKind::Context, label.span, label.text.as_str()));
    let mut all = Vec::<Excerpt>::new();
    for (kind, span, text) in primary.into_iter().chain(labels) {
        let Some(file) = sources.get(span.file) else { continue };
        let new = Excerpt::new(file, span, kind, text);
        match all.iter_mut().find(|it| it.reaches(&new)) {
            Some(near) => near.join(new),
            None => all.push(new),
        }
    }
    all
}

impl<'a> Excerpt<'a> {
    fn new(file: &'a File, span: Span, kind: AnnotationKind, text: &'a str) -> Self {
        let start = file.clamp(span.start);
        let end = file.clamp(span.end).max(start);
        let (first, last) = (file.position(start).line, file.position(end).line);
        let mark = Mark { kind, range: start as usize..end as usize, text };
        let mut new = Self { id: span.file, file, first, last, marks: vec![mark] };
        if new.bytes().len() > MAX_EXCERPT {
            new.keep_first_line();
        }
        new
    }

    /// The whole lines that this excerpt covers.
    fn bytes(&self) -> Range<usize> {
        self.file.line_range(self.first).start..self.file.line_range(self.last).end
    }

    fn keep_first_line(&mut self) {
        self.last = self.first;
        let end_of_line = self.bytes().end;
        for mark in &mut self.marks {
            mark.range.end = mark.range.end.min(end_of_line).max(mark.range.start);
        }
    }

    /// Whether both fit into one excerpt.
    fn reaches(&self, other: &Self) -> bool {
        let (first, last) = (self.first.min(other.first), self.last.max(other.last));
        self.id == other.id
            && self.file.line_range(last).end - self.file.line_range(first).start <= MAX_EXCERPT
    }

    fn join(&mut self, other: Self) {
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        self.marks.extend(other.marks);
    }

    pub(super) fn add_to(self, group: Group<'a>) -> Group<'a> {
        let bytes = self.bytes();
        if bytes.len() > MAX_EXCERPT {
            return self.add_origins_to(group);
        }
        // Whole lines, since a mark may end behind the line feed.
        let end = self.file.line_range(self.last + 1).start;
        let mut source = visible_in_place(&self.file.text[bytes.start..end]);
        if self.last == self.file.line_count() && source.ends_with('\n') {
            // What follows the last line feed is a line of ours, but the renderer wants to see it end.
            source.to_mut().push('\n');
        }
        let annotations = self.marks.into_iter().map(|mark| -> Annotation {
            let range = mark.range.start - bytes.start..mark.range.end - bytes.start;
            let label = (!mark.text.is_empty()).then_some(mark.text);
            mark.kind.span(range).label(label)
        });
        let snippet = Snippet::source(source)
            .path(self.file.shown_name())
            .line_start(self.first as usize)
            .annotations(annotations);
        group.element(snippet)
    }

    /// Names the locations only, since the lines are too long to be shown.
    fn add_origins_to(self, group: Group<'a>) -> Group<'a> {
        group.elements(self.marks.into_iter().map(|mark| {
            let at = self.file.position(mark.range.start as u32);
            Origin::path(self.file.shown_name())
                .line(at.line as usize)
                .char_column(at.column as usize)
        }))
    }
}
