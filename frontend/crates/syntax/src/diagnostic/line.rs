use super::{Diagnostic, Severity};
use crate::source::Sources;

/// Renders a diagnostic on one line: `FILE:LINE:COLUMN: error[CODE]: message`, for tools and progress.
///
/// Without a span the location is left out. Labels and help are dropped.
pub fn render_line(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let Diagnostic { code, severity, message, .. } = diagnostic;
    let found = format!("{}[{}]: {message}", severity.word(), code.id);
    let location = diagnostic.span.and_then(|span| Some((sources.get(span.file)?, span.start)));
    match location {
        None => found,
        Some((file, start)) => {
            let at = file.position(start);
            format!("{}:{}:{}: {found}", file.shown_name(), at.line, at.column)
        }
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
    use crate::source::Span;

    static CODE: Code = Code::warning("HLB0999", "test");

    #[test]
    fn names_the_location_if_there_is_one() {
        let mut sources = Sources::default();
        let file = sources.add("a.hlb", "one\nzwö x\n");
        let found = CODE.at(Span::new(file, 9, 10), "odd `x`");
        assert_eq!(render_line(&found, &sources), "a.hlb:2:5: warning[HLB0999]: odd `x`");
        assert_eq!(render_line(&CODE.without_span("odd"), &sources), "warning[HLB0999]: odd");
    }
}
