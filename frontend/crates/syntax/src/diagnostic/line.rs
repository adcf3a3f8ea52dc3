use super::{Diagnostic, Label, Note, Severity};
use crate::source::{File, Sources, Span};

/// Renders a diagnostic on one line: `FILE:LINE:COLUMN: error[CODE]: message`, for tools and progress.
///
/// Without a span the location is left out. Labels and help are dropped.
pub fn render_line(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let Diagnostic { code, severity, message, .. } = diagnostic;
    let found = format!("{}[{}]: {message}", severity.word(), code.id);
    match diagnostic.span.and_then(|span| Some((sources.get(span.file)?, span))) {
        None => found,
        Some((file, span)) => located(file, span, &found),
    }
}

/// The same, and the help after it in parentheses.
pub fn render_line_with_help(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let line = render_line(diagnostic, sources);
    match &diagnostic.help[..] {
        [] => line,
        help => format!("{line} ({})", help.join("; ")),
    }
}

/// The same, and its notes on further lines.
pub fn render_lines(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let mut text = render_line_with_help(diagnostic, sources);
    for note in &diagnostic.notes {
        text.push_str("\n  ");
        match note {
            Note::Fact(fact) => text.push_str(fact),
            Note::Call(Label { span, text: call }) => match sources.get(span.file) {
                None => text.push_str(call),
                Some(file) => text.push_str(&located(file, *span, call)),
            },
        }
    }
    text
}

fn located(file: &File, span: Span, text: &str) -> String {
    let at = file.position(span.start);
    format!("{}:{}:{}: {text}", file.shown_name(), at.line, at.column)
}

impl Severity {
    /// The word that people and tools read.
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Code;

    static CODE: Code = Code::warning("HLB0999", "test");

    #[test]
    fn names_the_location_if_there_is_one() {
        let mut sources = Sources::default();
        let file = sources.add("a.hlb", "one\nzwö x\n");
        let found = CODE.at(Span::new(file, 9, 10), "odd `x`");
        assert_eq!(render_line(&found, &sources), "a.hlb:2:5: warning[HLB0999]: odd `x`");
        assert_eq!(render_line(&CODE.without_span("odd"), &sources), "warning[HLB0999]: odd");
    }
    #[test]
    fn notes_have_lines_of_their_own() {
        let mut sources = Sources::default();
        let file = sources.add("a.hlb", "one\ntwo\n");
        let found = CODE.at(Span::new(file, 4, 7), "odd").help("no");
        let found = found.call(Span::new(file, 0, 3), "called here, in `one`").note("a fact");
        assert_eq!(
            render_lines(&found, &sources),
            "a.hlb:2:1: warning[HLB0999]: odd (no)\n  a.hlb:1:1: called here, in `one`\n  a fact"
        );
    }
}
