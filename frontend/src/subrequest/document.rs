use std::borrow::Cow;
use std::ops::RangeInclusive;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gateway_proto::errdefs::Position;
use gateway_proto::excerpt::excerpt;
use hlb_gateway::report::range;
use hlb_syntax::source::{File, FileId, LANGUAGE, Sources, Span};
use hlb_syntax::tree::Doc;
use serde_json::{Value, json};
use visible::visible;

/// Most of the sources' bytes in an answer; on the way it has them in base64, and has to fit into 4 MiB.
const MAX_SOURCES: usize = 1 << 20;

/// The files that an answer refers to, in the order in which it does so first.
pub struct Document<'s> {
    sources: &'s Sources,
    files: Vec<Mentioned>,
}

/// A file with the lines that the answer is about.
struct Mentioned {
    file: FileId,
    lines: Vec<RangeInclusive<usize>>,
}

impl<'s> Document<'s> {
    pub fn new(sources: &'s Sources) -> Self {
        Self { sources, files: Vec::new() }
    }

    /// A location as clients read it (BuildKit 0.32, `solver/pb`, `Location`): lines from 1, characters from 0.
    pub fn location(&mut self, span: Span) -> Value {
        let file = self.sources.file(span.file);
        let marked = file.marked(span);
        let lines = marked.start.line as usize..=marked.end.line as usize;
        let known = self.files.iter_mut().enumerate().find(|(_, it)| it.file == span.file);
        let index = match known {
            Some((index, mentioned)) => {
                mentioned.lines.push(lines);
                index
            }
            None => {
                self.files.push(Mentioned { file: span.file, lines: vec![lines] });
                self.files.len() - 1
            }
        };
        let range = range(file, span);
        let place = |at: Position| json!({ "line": at.line, "character": at.character });
        let range = json!({ "start": place(range.start), "end": place(range.end) });
        json!({ "sourceIndex": index, "ranges": [range] })
    }

    /// The texts of the files.
    pub fn texts(&self) -> Vec<String> {
        self.shown().into_iter().map(|(_, text)| text).collect()
    }

    /// The files with their names.
    pub fn files(&self) -> Vec<Value> {
        let shown = self.shown().into_iter();
        shown
            .map(|(file, data)| {
                json!({ "filename": *file.shown_name(), "data": data, "language": LANGUAGE })
            })
            .collect()
    }

    /// The files, each with its text in base64: as a whole if there is room, else the lines that the answer is about, and
    /// nothing if those are too many.
    fn shown(&self) -> Vec<(&'s File, String)> {
        let mut left = MAX_SOURCES;
        let shown = self.files.iter().map(|Mentioned { file, lines }| {
            let file = self.sources.file(*file);
            let text = match file.text.len() <= left {
                true => Cow::Borrowed(&*file.text),
                false => excerpt(&file.text, lines, left).unwrap_or_default().into(),
            };
            left -= text.len();
            (file, STANDARD.encode(&*visible(&text)))
        });
        shown.collect()
    }
}

/// What a documentation comment says of all, in one line.
pub fn description(doc: Option<&Doc>) -> String {
    doc.map(Doc::summary).unwrap_or_default()
}

/// What a documentation comment says of a parameter: what follows `@param NAME` on its line and the next ones (language
/// spec, section 1.5).
pub fn param_description(doc: Option<&Doc>, name: &str) -> String {
    let mut lines = doc.map_or("", |doc| &doc.text).lines().map(str::trim);
    let text = |line: &str| {
        let (word, text) =
            line.strip_prefix("@param")?.trim_start().split_once(char::is_whitespace)?;
        (word == name).then(|| text.trim().to_owned())
    };
    let Some(first) = lines.find_map(text) else { return String::new() };
    let more = lines.take_while(|line| !line.is_empty() && !line.starts_with('@'));
    std::iter::once(first).chain(more.map(str::to_owned)).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(lines: usize) -> Vec<String> {
        let mut sources = Sources::default();
        let text = "x\n".repeat(lines);
        let file = sources.add("a.hlb", text);
        let mut document = Document::new(&sources);
        document.location(Span::new(file, 20, 21));
        let decode = |text: String| STANDARD.decode(text).map(String::from_utf8);
        document.texts().into_iter().map(|text| decode(text).unwrap().unwrap()).collect()
    }

    #[test]
    fn a_file_is_whole_or_has_the_lines_that_are_shown() {
        assert_eq!(texts(20), ["x\n".repeat(20)]);
        let excerpt = "\n".repeat(6) + "x\nx\nx\nx\nx\nx\nx\nx\nx";
        assert_eq!(texts(MAX_SOURCES), [excerpt]);
    }

    #[test]
    fn a_comment_tells_of_the_function_and_of_its_parameters() {
        let mut sources = Sources::default();
        let text = "Builds\nit all.\n\nMore.\n@param version which\n  one\n@param jobs  how many\n@return it";
        let span = Span::new(sources.add("a.hlb", ""), 0, 0);
        let doc = Doc { span, text: text.into() };
        let doc = Some(&doc);
        assert_eq!(description(doc), "Builds it all.");
        assert_eq!(param_description(doc, "version"), "which one");
        assert_eq!(param_description(doc, "jobs"), "how many");
        assert_eq!(param_description(doc, "other"), "");
        assert_eq!(description(None), "");
    }
}
