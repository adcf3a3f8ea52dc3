use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gateway_proto::errdefs::Position;
use hlb_gateway::report::range;
use hlb_syntax::source::LANGUAGE;
use hlb_syntax::source::{FileId, Sources, Span};
use hlb_syntax::tree::Doc;
use serde_json::{Value, json};

/// The files that an answer refers to, in the order in which it does so first.
pub struct Document<'s> {
    sources: &'s Sources,
    files: Vec<FileId>,
}

impl<'s> Document<'s> {
    pub fn new(sources: &'s Sources) -> Self {
        Self { sources, files: Vec::new() }
    }

    /// A location as clients read it (BuildKit 0.32, `solver/pb`, `Location`): lines from 1, characters from 0.
    pub fn location(&mut self, span: Span) -> Value {
        let index = self.files.iter().position(|file| *file == span.file).unwrap_or_else(|| {
            self.files.push(span.file);
            self.files.len() - 1
        });
        let range = range(self.sources.file(span.file), span);
        let place = |at: Position| json!({ "line": at.line, "character": at.character });
        let range = json!({ "start": place(range.start), "end": place(range.end) });
        json!({ "sourceIndex": index, "ranges": [range] })
    }

    /// The texts of the files.
    pub fn texts(&self) -> Vec<String> {
        let text = |file: &FileId| STANDARD.encode(&*self.sources.file(*file).text);
        self.files.iter().map(text).collect()
    }

    /// The files with their names.
    pub fn files(&self) -> Vec<Value> {
        let file = |id: &FileId| {
            let file = self.sources.file(*id);
            json!({ "filename": *file.name, "data": STANDARD.encode(&*file.text), "language": LANGUAGE })
        };
        self.files.iter().map(file).collect()
    }
}

/// What a documentation comment says of all, in one line: its first paragraph, up to the first `@` line.
pub fn description(doc: Option<&Doc>) -> String {
    let lines = doc.map_or("", |doc| &doc.text).lines().map(str::trim);
    let lines = lines.skip_while(|line| line.is_empty());
    let lines = lines.take_while(|line| !line.is_empty() && !line.starts_with('@'));
    lines.collect::<Vec<_>>().join(" ")
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
