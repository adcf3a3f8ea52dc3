use annotate_snippets::{Group, Level, Renderer};

use super::excerpt::excerpts;
use super::{Diagnostic, Severity};
use crate::source::Sources;

/// Whether escape sequences for color may be written; who calls knows the terminal and `NO_COLOR`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Color {
    Plain,
    Ansi,
}

/// Renders a diagnostic for people: headline, location, the source lines with the spans underlined, help.
///
/// Any span is accepted: one that leaves the text is clamped, and one without a known file shows no source. The
/// result ends without a line feed. Control characters are made visible; a tab is shown as four spaces.
pub fn render_terminal(diagnostic: &Diagnostic, sources: &Sources, color: Color) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group =
        Group::with_title(level.primary_title(diagnostic.message.as_str()).id(diagnostic.code.id));
    for excerpt in excerpts(diagnostic, sources) {
        group = excerpt.add_to(group);
    }
    let help = diagnostic.help.iter();
    group = group.elements(help.map(|text| Level::HELP.message(text.as_str())));
    let facts = diagnostic.facts();
    group = group.elements(facts.map(|text| Level::NOTE.message(text.as_str())));
    match color {
        Color::Plain => Renderer::plain(),
        Color::Ansi => Renderer::styled(),
    }
    .render(&[group])
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;
    use crate::diagnostic::Code;
    use crate::diagnostic::excerpt::MAX_EXCERPT;
    use crate::source::{FileId, Span};

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
    fn color_only_on_request() {
        let mut sources = Sources::default();
        let file = sources.add("a.hlb", "x");
        let found = WRONG.at(Span::new(file, 0, 1), "odd").help("no");
        assert!(!render_terminal(&found, &sources, Color::Plain).contains('\u{1b}'));
        assert!(render_terminal(&found, &sources, Color::Ansi).contains('\u{1b}'));
    }

    /// Every pair of offsets in texts of awkward parts: no panic, and the location in the headline is right.
    #[test]
    fn any_span() {
        let parts = ["", "a", "\n", "\r\n", "\t", "漢", "\r", "\u{feff}", "{\n", "e\u{301}"];
        for index in 0..parts.len().pow(3) {
            let nth = |power: u32| parts[index / parts.len().pow(power) % parts.len()];
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
                let location = format!("--> a.hlb:{}:{}\n", at.line, at.column);
                assert!(rendered.contains(&location), "{text:?} {start}..{end}: {rendered}");
            }
        }
    }
}
