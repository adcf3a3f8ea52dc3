//! A line that names the frontend where BuildKit does not look for it.

use hlb_syntax::diagnostic::{Code, Diagnostic};
use hlb_syntax::source::{FileId, Span};

use super::linted::Linted;
use super::rule::{Find, Rule};

/// A `# syntax=` line that BuildKit does not look at.
pub static LATE_SYNTAX_LINE: Code = Code::warning("HLB0402", "late-syntax-line");

pub(super) static RULE: Rule =
    Rule { codes: &[&LATE_SYNTAX_LINE], across_modules: &[], find: Find::InModule(lint) };

fn lint(linted: &Linted<'_>, found: &mut Vec<Diagnostic>) {
    found.extend(late_syntax_line(linted.module.file, &linted.module.text));
}

/// Finds a `# syntax=` line below the block of directives at the top of a file, where BuildKit does not look for it.
///
/// Directives are comments of the form `# key=value` before anything else; the first line that is none ends them
/// (BuildKit 0.32, `frontend/dockerfile/parser/directives.go`).
fn late_syntax_line(file: FileId, text: &str) -> Option<Diagnostic> {
    let mut top = None;
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let at = |end: usize| Span::new(file, offset, offset + end as u32);
        let directive = directive(line);
        match top {
            Some(above) if directive == Some("syntax") => {
                let found = LATE_SYNTAX_LINE
                    .at(at(line.trim_end().len()), "`# syntax=` line below the top of the file");
                let found = found.label(above, "BuildKit stops looking here");
                return Some(found.help("move it to the first line of the file"));
            }
            None if directive.is_none() && !(offset == 0 && line.starts_with("#!")) => {
                top = Some(at(line.trim_end().len()));
            }
            _ => {}
        }
        offset += line.len() as u32;
    }
    None
}

/// The key of a directive line, as it is written.
pub(super) fn directive(line: &str) -> Option<&str> {
    let (key, _) = line.strip_prefix('#')?.split_once('=')?;
    let key = key.trim();
    (!key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric())).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::late_syntax_line;
    use hlb_syntax::source::Sources;

    fn is_late(text: &str) -> bool {
        let file = Sources::default().add("build.hlb", text);
        late_syntax_line(file, text).is_some()
    }

    #[test]
    fn only_the_top_counts() {
        assert!(!is_late("# syntax=a/b\nfs default() {}\n"));
        assert!(!is_late("#!/usr/bin/env hlb\n# syntax=a/b\n"));
        assert!(is_late("\n# syntax=a/b\n"));
        assert!(is_late("# A comment\n# syntax=a/b\n"));
        assert!(!is_late("fs default() {}\n"));
    }
}
