//! Comments that are for lints: `# hlb: allow(NAME, …)` and `# hlb: allow-file(NAME, …)`, each with `// REASON` after it
//! if somebody wants to know.

use hlb_syntax::diagnostic::{Code, Diagnostic};
use hlb_syntax::source::Span;

/// A comment that begins like one for lints, and is none.
pub static UNKNOWN_DIRECTIVE: Code = Code::warning("HLB0592", "unknown-directive");

/// What a comment says to lints.
pub(super) struct Directive<'t> {
    pub scope: Scope,
    /// Codes, or the names of codes, each with its span.
    pub names: Vec<(&'t str, Span)>,
}

/// What a directive is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    NextLine,
    File,
}

const WORDS: [(&str, Scope); 2] = [("allow", Scope::NextLine), ("allow-file", Scope::File)];

/// The directive that a comment of a text is, if it is one at all.
///
/// # Errors
/// If it can only be meant as one, and is not understood.
pub(super) fn directive(text: &str, comment: Span) -> Option<Result<Directive<'_>, Diagnostic>> {
    let written = text.get(comment.range())?.trim_end();
    let body = written.strip_prefix('#')?.trim_start().strip_prefix("hlb:")?.trim_start();
    let end = body.find(|it: char| !(it.is_ascii_alphanumeric() || it == '-'));
    let (word, rest) = body.split_at(end.unwrap_or(body.len()));
    let scope = WORDS.iter().find(|(known, _)| *known == word).map(|(_, scope)| *scope);
    let rest = rest.trim_start();
    if scope.is_none() && !rest.starts_with('(') {
        return None;
    }
    let list = rest.strip_prefix('(').and_then(|rest| rest.split_once(')'));
    let list = list.filter(|(_, after)| is_reason(after)).map(|(list, _)| list);
    let at = comment.start as usize + written.len() - rest.len() + 1;
    let names = list.map(|list| names(list, comment, at)).filter(|names| !names.is_empty());
    Some(match (scope, names) {
        (Some(scope), Some(names)) => Ok(Directive { scope, names }),
        (Some(_), None) => Err(malformed(word, comment, written)),
        (None, _) => {
            let start = comment.start + (written.len() - body.len()) as u32;
            let span = Span::new(comment.file, start, start + word.len() as u32);
            let found = UNKNOWN_DIRECTIVE.at(span, format!("there is no directive `{word}`"));
            Err(found.suggest(word, WORDS.map(|(known, _)| known)))
        }
    })
}

fn malformed(word: &str, comment: Span, written: &str) -> Diagnostic {
    let span = Span::new(comment.file, comment.start, comment.start + written.len() as u32);
    UNKNOWN_DIRECTIVE
        .at(span, format!("directive `{word}` is not understood"))
        .help(format!("write `# hlb: {word}(CODE)`, and after it `// REASON` for a reason"))
}

fn is_reason(after: &str) -> bool {
    let after = after.trim();
    after.is_empty() || after.starts_with("//")
}

/// The parts of a list that begins at an offset of the file.
fn names(list: &str, comment: Span, mut at: usize) -> Vec<(&str, Span)> {
    let mut names = Vec::new();
    for part in list.split(',') {
        let name = part.trim();
        let start = at + part.find(name).unwrap_or_default();
        if !name.is_empty() {
            names.push((name, Span::new(comment.file, start as u32, (start + name.len()) as u32)));
        }
        at += part.len() + 1;
    }
    names
}
