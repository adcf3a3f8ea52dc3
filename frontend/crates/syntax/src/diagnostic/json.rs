use serde::Serialize;

use super::{Diagnostic, Label};
use crate::source::{Position, Sources, Span};

/// Renders a diagnostic as one JSON object without a line feed.
///
/// Lines and columns count from 1, columns in characters; the end is exclusive. `file`, `start` and `end` are `null` where
/// no source can be named. The order of the fields is fixed.
pub fn render_json(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let labelled = |label| Labelled::new(label, sources);
    let object = Object {
        code: diagnostic.code.id,
        name: diagnostic.code.name,
        severity: diagnostic.severity.word(),
        message: &diagnostic.message,
        location: Location::of(diagnostic.span, sources),
        labels: diagnostic.labels.iter().map(labelled).collect(),
        help: &diagnostic.help,
        notes: diagnostic.facts().collect(),
        calls: diagnostic.calls().map(labelled).collect(),
    };
    // Strings, numbers and lists under string keys: nothing of it can fail.
    serde_json::to_string(&object).unwrap_or_default()
}

#[derive(Serialize)]
struct Object<'a> {
    code: &'a str,
    name: &'a str,
    severity: &'a str,
    message: &'a str,
    #[serde(flatten)]
    location: Location<'a>,
    labels: Vec<Labelled<'a>>,
    help: &'a [String],
    notes: Vec<&'a String>,
    calls: Vec<Labelled<'a>>,
}

#[derive(Serialize)]
struct Labelled<'a> {
    text: &'a str,
    #[serde(flatten)]
    location: Location<'a>,
}

#[derive(Default, Serialize)]
struct Location<'a> {
    file: Option<&'a str>,
    start: Option<Point>,
    end: Option<Point>,
}

#[derive(Serialize)]
struct Point {
    line: u32,
    column: u32,
}

impl<'a> Labelled<'a> {
    fn new(label: &'a Label, sources: &'a Sources) -> Self {
        Self { text: &label.text, location: Location::of(Some(label.span), sources) }
    }
}

impl<'a> Location<'a> {
    fn of(span: Option<Span>, sources: &'a Sources) -> Self {
        let Some((span, file)) = span.and_then(|span| Some((span, sources.get(span.file)?))) else {
            return Self::default();
        };
        Self {
            file: Some(&file.name),
            start: Some(file.position(span.start).into()),
            end: Some(file.position(span.end.max(span.start)).into()),
        }
    }
}

impl From<Position> for Point {
    fn from(Position { line, column }: Position) -> Self {
        Self { line, column }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Code;

    static CODE: Code = Code::error("HLB0999", "test");

    #[test]
    fn has_every_field_in_order() {
        let mut sources = Sources::default();
        let file = sources.add("build.hlb", "fs a()\r\n\timgé \"x\"\n");
        let found = CODE
            .at(Span::new(file, 9, 14), "unknown name `imgé`")
            .label(Span::new(file, 0, 2), "in \"this\"")
            .help("did you mean `image`?")
            .note("a fact")
            .call(Span::new(file, 3, 4), "called here");
        assert_eq!(
            render_json(&found, &sources),
            concat!(
                r#"{"code":"HLB0999","name":"test","severity":"error","message":"unknown name `imgé`","#,
                r#""file":"build.hlb","start":{"line":2,"column":2},"end":{"line":2,"column":6},"#,
                r#""labels":[{"text":"in \"this\"","file":"build.hlb","start":{"line":1,"column":1},"#,
                r#""end":{"line":1,"column":3}}],"help":["did you mean `image`?"],"notes":["a fact"],"#,
                r#""calls":[{"text":"called here","file":"build.hlb","start":{"line":1,"column":4},"#,
                r#""end":{"line":1,"column":5}}]}"#
            )
        );
    }

    #[test]
    fn no_location_is_null() {
        let json = render_json(&CODE.without_span("a\tb"), &Sources::default());
        assert_eq!(
            json,
            concat!(
                r#"{"code":"HLB0999","name":"test","severity":"error","message":"a\tb","#,
                r#""file":null,"start":null,"end":null,"labels":[],"help":[],"notes":[],"calls":[]}"#
            )
        );
    }
}
