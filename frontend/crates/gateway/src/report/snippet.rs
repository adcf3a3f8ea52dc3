use gateway_proto::errdefs;
use hlb_syntax::source::{File, LANGUAGE, Position, Sources, Span};

/// The file as an error or a warning holds it.
pub(super) fn info(file: &File) -> errdefs::SourceInfo {
    errdefs::SourceInfo {
        filename: file.name.to_string(),
        data: file.text.as_bytes().to_vec(),
        language: LANGUAGE.to_owned(),
    }
}

/// The lines of a span from 1, its characters from 0, the end exclusive.
pub fn range(file: &File, span: Span) -> errdefs::Range {
    let number = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
    let position = |at: Position| errdefs::Position {
        line: number(at.line),
        character: number(at.column - 1),
    };
    let marked = file.marked(span);
    errdefs::Range { start: position(marked.start), end: position(marked.end) }
}

/// The detail of an error that shows a span; none if the file is unknown.
pub(super) fn detail(sources: &Sources, span: Span) -> Option<errdefs::Source> {
    let file = sources.get(span.file)?;
    Some(errdefs::Source { info: info(file), ranges: vec![range(file, span)] })
}

/// The detail of an error without a span: the first line of the build file.
///
/// Without any, the Dockerfile frontend that called us would show its own syntax directive as the location.
pub(super) fn without_span(sources: &Sources) -> Option<errdefs::Source> {
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
