use std::borrow::Cow;
use std::ops::Range;

use annotate_snippets::{
    Annotation, AnnotationKind, Group, Level, Origin, Renderer, Snippet, normalize_untrusted_str,
};

use super::{Diagnostic, Severity};
use crate::source::{File, FileId, Sources, Span};

/// Whether escape sequences for color may be written; who calls knows the terminal and `NO_COLOR`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Color {
    Plain,
    Ansi,
}

/// Renders a diagnostic for people: headline, place, the source lines with what is wrong underlined, help.
///
/// Any span is accepted: one that leaves the text is clamped, and one without a known file shows no source. The
/// result ends without a line feed. Control characters are made visible; a tab is shown as four spaces.
pub fn render_terminal(diagnostic: &Diagnostic, sources: &Sources, color: Color) -> String {
    let level = match diagnostic.code.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group =
        Group::with_title(level.primary_title(diagnostic.message.as_str()).id(diagnostic.code.id));
    for excerpt in excerpts(diagnostic, sources) {
        group = excerpt.add_to(group);
    }
    let help = diagnostic.help.iter();
    group = group.elements(help.map(|text| Level::HELP.message(normalize_untrusted_str(text))));
    match color {
        Color::Plain => Renderer::plain(),
        Color::Ansi => Renderer::styled(),
    }
    .render(&[group])
}

/// Most bytes of source that one excerpt covers.
///
/// The renderer scans the whole text that it is given, shown or not: 2 ms for each MB and diagnostic.
const MAX_EXCERPT: usize = 16 << 10;

/// Neighbouring lines of one file with all marks on them.
struct Excerpt<'a> {
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

/// Gathers the places of a diagnostic, the primary one first; labels near an earlier place join it.
fn excerpts<'a>(diagnostic: &'a Diagnostic, sources: &'a Sources) -> Vec<Excerpt<'a>> {
    let primary = diagnostic.span.map(|span| (AnnotationKind::Primary, span, ""));
    let labels = diagnostic.labels.iter();
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

    fn add_to(self, group: Group<'a>) -> Group<'a> {
        let bytes = self.bytes();
        if bytes.len() > MAX_EXCERPT {
            return self.add_origins_to(group);
        }
        // Whole lines, since a mark may end behind the line feed.
        let end = self.file.line_range(self.last + 1).start;
        let mut source = Cow::Borrowed(&self.file.text[bytes.start..end]);
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
            .path(self.file.name.as_ref())
            .line_start(self.first as usize)
            .annotations(annotations);
        group.element(snippet)
    }

    /// Names the places only: the lines are too long to be shown.
    fn add_origins_to(self, group: Group<'a>) -> Group<'a> {
        group.elements(self.marks.into_iter().map(|mark| {
            let at = self.file.position(mark.range.start as u32);
            Origin::path(self.file.name.as_ref())
                .line(at.line as usize)
                .char_column(at.column as usize)
        }))
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;
    use crate::diagnostic::Code;

    static WRONG: Code = Code::error("HLB0999", "test");
    static ODD: Code = Code::warning("HLB0998", "test");

    fn check(text: &str, found: impl FnOnce(FileId) -> Diagnostic, expected: Expect) {
        let mut sources = Sources::default();
        let file = sources.add("build.hlb", text);
        let rendered = render_terminal(&found(file), &sources, Color::Plain);
        expected.assert_eq(&(rendered + "\n"));
    }

    #[test]
    fn headline_place_snippet_help() {
        check(
            "fs default() {\n\timge \"alpine\"\n}\n",
            |file| {
                WRONG
                    .at(Span::new(file, 16, 20), "unknown name `imge`")
                    .label(Span::new(file, 0, 2), "in this function")
                    .help("did you mean `image`?")
            },
            expect![[r#"
                error[HLB0999]: unknown name `imge`
                 --> build.hlb:2:2
                  |
                1 | fs default() {
                  | -- in this function
                2 |     imge "alpine"
                  |     ^^^^
                  |
                  = help: did you mean `image`?
            "#]],
        );
    }

    #[test]
    fn several_lines() {
        check(
            "fs a() {\n\trun <<EOT\none\ntwo\nEOT\n}\n",
            |file| ODD.at(Span::new(file, 14, 31), "a heredoc"),
            expect![[r#"
                warning[HLB0998]: a heredoc
                 --> build.hlb:2:6
                  |
                2 |       run <<EOT
                  |  _________^
                3 | | one
                4 | | two
                5 | | EOT
                  | |___^
            "#]],
        );
    }

    #[test]
    fn wide_characters_and_tabs() {
        check(
            "fs a() {\r\n\t\techo \"漢字é\t\" x\r\n}",
            |file| WRONG.at(Span::new(file, 29, 30), "odd `x`"),
            expect![[r#"
                error[HLB0999]: odd `x`
                 --> build.hlb:2:15
                  |
                2 |         echo "漢字é    " x
                  |                          ^
            "#]],
        );
    }

    #[test]
    fn end_of_file() {
        check(
            "fs a() {\n",
            |file| {
                let open = Span::new(file, 7, 8);
                WRONG.at(Span::new(file, 9, 9), "expected `}`").label(open, "opened here")
            },
            expect![[r#"
                error[HLB0999]: expected `}`
                 --> build.hlb:2:1
                  |
                1 | fs a() {
                  |        - opened here
                2 |
                  | ^
            "#]],
        );
        check(
            "",
            |file| WRONG.at(Span::new(file, 0, 0), "no target"),
            expect![[r#"
                error[HLB0999]: no target
                 --> build.hlb:1:1
                  |
                1 |
                  | ^
            "#]],
        );
    }

    #[test]
    fn no_source() {
        check(
            "fs a() {}\n",
            |_| WRONG.without_span("unknown option `x`\nEvil: \u{1b}[31m").help("see `--help`"),
            expect![[r#"
                error[HLB0999]: unknown option `x` Evil: ␛[31m
                 |
                 = help: see `--help`
            "#]],
        );
    }

    #[test]
    fn other_files_and_far_lines() {
        let mut sources = Sources::default();
        let far = format!("fs a() {{}}\n{}fs a() {{}}\n", "# filler\n".repeat(2000));
        let file = sources.add("build.hlb", far.as_str());
        let other = sources.add("lib/go.hlb", "\nexport a\n");
        let found = WRONG
            .at(Span::new(file, far.len() as u32 - 7, far.len() as u32 - 6), "`a` is redefined")
            .label(Span::new(file, 3, 4), "first here")
            .label(Span::new(other, 8, 9), "exported here");
        expect![[r#"
            error[HLB0999]: `a` is redefined
                --> build.hlb:2002:4
                 |
            2002 | fs a() {}
                 |    ^
                 |
                ::: build.hlb:1:4
                 |
               1 | fs a() {}
                 |    - first here
                 |
                ::: lib/go.hlb:2:8
                 |
               2 | export a
                 |        - exported here
        "#]]
        .assert_eq(&(render_terminal(&found, &sources, Color::Plain) + "\n"));
    }

    #[test]
    fn too_long_to_show() {
        let long = "x".repeat(MAX_EXCERPT + 1);
        check(
            &format!("fs a() {{\n{long}\n}}"),
            |file| WRONG.at(Span::new(file, 12, 13), "odd"),
            expect![[r#"
                error[HLB0999]: odd
                --> build.hlb:2:4
            "#]],
        );
        check(
            &format!("fs a() {{\n{}}}", "\tb\n".repeat(MAX_EXCERPT)),
            |file| WRONG.at(Span::new(file, 7, MAX_EXCERPT as u32 * 3), "odd"),
            expect![[r#"
                error[HLB0999]: odd
                 --> build.hlb:1:8
                  |
                1 | fs a() {
                  |        ^
            "#]],
        );
    }

    #[test]
    fn color_only_when_told() {
        let mut sources = Sources::default();
        let file = sources.add("a.hlb", "x");
        let found = WRONG.at(Span::new(file, 0, 1), "odd").help("no");
        assert!(!render_terminal(&found, &sources, Color::Plain).contains('\u{1b}'));
        assert!(render_terminal(&found, &sources, Color::Ansi).contains('\u{1b}'));
    }

    /// Every pair of offsets in texts of awkward pieces: no panic, and the headline's place is ours.
    #[test]
    fn any_span() {
        let pieces = ["", "a", "\n", "\r\n", "\t", "漢", "\r", "\u{feff}", "{\n", "e\u{301}"];
        for index in 0..pieces.len().pow(3) {
            let nth = |power: u32| pieces[index / pieces.len().pow(power) % pieces.len()];
            let text = [nth(0), nth(1), nth(2)].concat();
            let mut sources = Sources::default();
            let id = sources.add("a.hlb", text.as_str());
            let end = text.len() as u32 + 2;
            for (start, end) in (0..end).flat_map(|start| (0..end).map(move |end| (start, end))) {
                let found = WRONG
                    .at(Span::new(id, start, end), "odd")
                    .label(Span::new(id, end, start), "a")
                    .label(Span::new(id, 0, end), "b");
                let rendered = render_terminal(&found, &sources, Color::Plain);
                let at = sources.file(id).position(start);
                let place = format!("--> a.hlb:{}:{}\n", at.line, at.column);
                assert!(rendered.contains(&place), "{text:?} {start}..{end}: {rendered}");
            }
        }
    }
}
