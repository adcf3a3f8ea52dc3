use gateway_proto::errdefs;
use gateway_proto::excerpt::{excerpt, last_shown};
use hlb_syntax::source::{File, LANGUAGE, Position, Sources, Span};
use visible::visible;

/// Largest snippet, in bytes, most of which are the line feeds of the lines before it.
const MAX_SNIPPET: usize = 2 << 20;

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

/// The detail of an error or a warning that shows a span: the lines that clients print, and not the whole file, which all
/// of many would carry.
///
/// None if the file is unknown, or the line too far down in it to be shown.
pub(super) fn detail(sources: &Sources, span: Span) -> Option<errdefs::Source> {
    let file = sources.get(span.file)?;
    let marked = file.marked(span);
    let lines = marked.start.line as usize..=marked.end.line as usize;
    let last = last_shown(&lines);
    let data = visible(&excerpt(&file.text, &[lines], MAX_SNIPPET)?).as_bytes().to_vec();
    let filename = file.shown_name().into_owned();
    let info = errdefs::SourceInfo { filename, data, language: LANGUAGE.to_owned() };
    let mut range = range(file, span);
    range.end.line = range.end.line.min(i32::try_from(last).unwrap_or(i32::MAX));
    Some(errdefs::Source { info, ranges: vec![range] })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snippet_has_its_lines_and_no_others() {
        let mut sources = Sources::default();
        let text = "one\n".repeat(1000) + "\u{1b}[2Jtwo\n" + &"three\n".repeat(1000);
        let file = sources.add("a\u{1b}.hlb", text);
        let shown = detail(&sources, Span::new(file, 4000, 4005)).expect("fits");
        assert_eq!(shown.ranges[0].start.line, 1001);
        let lines = "\n".repeat(996) + "one\none\none\none\n␛[2Jtwo\nthree\nthree\nthree\nthree";
        assert_eq!(String::from_utf8(shown.info.data).expect("text"), lines);
        assert_eq!(shown.info.filename, "a␛.hlb");
    }

    #[test]
    fn a_span_of_many_lines_shows_the_first() {
        let mut sources = Sources::default();
        let file = sources.add("a.hlb", "x\n".repeat(10_000));
        let shown = detail(&sources, Span::new(file, 0, 20_000)).expect("fits");
        let [range] = shown.ranges[..] else { panic!("one range") };
        assert!(range.end.line < 100 && shown.info.data.len() < 200, "{range:?}");
    }
}
