use std::sync::{Arc, OnceLock};

use hlb_syntax::source::{File, LANGUAGE, Position, Sources, Span};
use visible::visible;

/// The sources of a program as definitions hold them, each made once and only if a vertex stands in it.
pub struct SourceMap<'a> {
    pub sources: &'a Sources,
    /// In the order of `sources`.
    files: Vec<OnceLock<Arc<llb::SourceFile>>>,
}

impl<'a> SourceMap<'a> {
    pub fn new(sources: &'a Sources) -> Self {
        Self { sources, files: sources.iter().map(|_| OnceLock::new()).collect() }
    }

    /// The location of the op that a span stands for.
    ///
    /// It begins with the line, so that debuggers stop there: they compare the column of a breakpoint, which is 0 if the
    /// editor names none, with the first of a range (buildx 0.29, `dap/adapter.go`, `intersect`).
    pub fn location(&self, span: Span) -> Option<llb::Location> {
        let mut location = self.shown_location(span)?;
        for range in &mut location.ranges {
            range.start.character = 0;
        }
        Some(location)
    }

    /// A location that is only shown.
    pub fn shown_location(&self, span: Span) -> Option<llb::Location> {
        let source = self.sources.get(span.file)?;
        let file = self.files.get(span.file.index())?.get_or_init(|| Arc::new(mapped(source)));
        let position = |at: Position| llb::Position { line: at.line, character: at.column - 1 };
        let marked = source.marked(span);
        let range = llb::Range { start: position(marked.start), end: position(marked.end) };
        Some(llb::Location::new(file.clone(), range))
    }
}

fn mapped(source: &File) -> llb::SourceFile {
    llb::SourceFile {
        filename: source.shown_name().into_owned(),
        // Clients print its lines as they are.
        data: visible(&source.text).into_owned().into_bytes(),
        language: LANGUAGE.to_owned(),
        definition: None,
    }
}
