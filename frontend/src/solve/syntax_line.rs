use crate::diagnostic::{Code, Diagnostic};
use crate::source::{File, FileId, Span};

/// A `# syntax=` line that BuildKit does not look at.
pub static LATE_SYNTAX_LINE: Code = Code::warning("HLB0402", "late-syntax-line");

/// Finds a `# syntax=` line below the block of directives at the top of a file, where nobody reads it.
///
/// Directives are comments of the form `# key=value` before anything else; the first line that is none ends them
/// (BuildKit 0.32, `frontend/dockerfile/parser/directives.go`).
pub fn late_syntax_line(id: FileId, file: &File) -> Option<Diagnostic> {
    let mut at_top = true;
    let mut offset = 0;
    for line in file.text.split_inclusive('\n') {
        let directive = directive(line);
        if !at_top && directive == Some("syntax") {
            let span = Span::new(id, offset, offset + line.trim_end().len() as u32);
            let found = LATE_SYNTAX_LINE.at(span, "this `# syntax=` line has no effect");
            return Some(found.help("move it to the first line of the file"));
        }
        at_top &= directive.is_some() || (offset == 0 && line.starts_with("#!"));
        offset += line.len() as u32;
    }
    None
}

/// The key of a directive line, in lower case as the only one that matters is written.
fn directive(line: &str) -> Option<&str> {
    let (key, _) = line.strip_prefix('#')?.split_once('=')?;
    let key = key.trim();
    (!key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric())).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::late_syntax_line;
    use crate::source::Sources;

    fn is_late(text: &str) -> bool {
        let mut sources = Sources::default();
        let id = sources.add("build.hlb", text);
        late_syntax_line(id, sources.file(id)).is_some()
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
