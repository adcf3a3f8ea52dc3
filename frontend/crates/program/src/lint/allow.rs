//! Comments that silence lints, and what is wrong with them.

use std::cell::Cell;
use std::ops::Range;

use hlb_syntax::diagnostic::{Code, Diagnostic};
use hlb_syntax::source::Span;

use crate::program::Module;

/// An `allow` that names no lint.
pub static UNKNOWN_LINT: Code = Code::warning("HLB0590", "unknown-lint");

/// An `allow` that silences nothing.
pub static UNUSED_ALLOW: Code = Code::warning("HLB0591", "unused-allow");

/// What the comments of a file allow.
pub(super) struct Allows<'t> {
    /// In the order of the text, and so by the start of the line that each is about.
    comments: Vec<Comment<'t>>,
}

struct Comment<'t> {
    /// The line that it is about, without the line feed; empty if there is code in front of the comment.
    line: Range<u32>,
    allowed: Vec<Allowed<'t>>,
}

/// A code, or the name of one.
struct Allowed<'t> {
    name: &'t str,
    span: Span,
    used: Cell<bool>,
}

impl<'t> Allows<'t> {
    pub fn of(module: &'t Module) -> Self {
        let comments = module.comments.iter().filter_map(|comment| {
            let allowed = allowed(&module.text, *comment)?;
            let line = match is_alone(&module.text, comment.start) {
                true => line_after(&module.text, comment.end),
                false => comment.end..comment.end,
            };
            Some(Comment { line, allowed })
        });
        Self { comments: comments.collect() }
    }

    /// Whether a comment on the line before a finding silences it.
    pub fn silences(&self, found: &Diagnostic) -> bool {
        let Some(span) = found.span else { return false };
        let about = self.comments.partition_point(|it| it.line.start <= span.start);
        let about = self.comments.get(..about).and_then(<[_]>::last);
        let about = about.filter(|it| span.start <= it.line.end && !it.line.is_empty());
        let mut allowed = about.into_iter().flat_map(|comment| &comment.allowed);
        let allowed = allowed.find(|it| names(it.name, found.code));
        allowed.inspect(|it| it.used.set(true)).is_some()
    }

    /// What names no lint.
    pub fn unknown(&self, codes: &[&'static Code]) -> Vec<Diagnostic> {
        let unknown = self.all().filter(|it| !codes.iter().any(|code| names(it.name, code)));
        unknown.map(|it| unknown_lint(it, codes)).collect()
    }

    /// What silenced nothing so far, but for `others`, which depend on more than the file itself.
    pub fn unused(&self, codes: &[&'static Code], others: &[&'static Code]) -> Vec<Diagnostic> {
        let one_of = |name: &str, codes: &[&Code]| codes.iter().any(|code| names(name, code));
        let lints = self.all().filter(|it| one_of(it.name, codes) && !one_of(it.name, others));
        let unused = lints.filter(|it| !it.used.get() && !names(it.name, &UNUSED_ALLOW));
        unused
            .map(|it| {
                let message = format!("allowing `{}` silences nothing", it.name);
                UNUSED_ALLOW
                    .at(it.span, message)
                    .help("remove it, or put it on the line before what it allows")
            })
            .collect()
    }

    fn all(&self) -> impl Iterator<Item = &Allowed<'t>> {
        self.comments.iter().flat_map(|comment| &comment.allowed)
    }
}

fn unknown_lint(allowed: &Allowed<'_>, codes: &[&'static Code]) -> Diagnostic {
    let name = allowed.name;
    let lint = UNKNOWN_LINT.at(allowed.span, format!("there is no lint `{name}`"));
    let words = codes.iter().flat_map(|code| [code.id, code.name]);
    lint.suggest(name, words)
}

fn names(name: &str, code: &Code) -> bool {
    name == code.id || name == code.name
}

/// What a comment allows, if it is one for lints.
fn allowed(text: &str, comment: Span) -> Option<Vec<Allowed<'_>>> {
    let text = text.get(comment.range())?;
    let directive = text.strip_prefix('#')?.trim().strip_prefix("hlb:")?.trim_start();
    let list = directive.strip_prefix("allow(")?.strip_suffix(')')?;
    let mut at = comment.start as usize + text.rfind(list).unwrap_or_default();
    let mut allowed = Vec::new();
    for part in list.split(',') {
        let name = part.trim();
        let start = at + part.find(name).unwrap_or_default();
        let span = Span::new(comment.file, start as u32, (start + name.len()) as u32);
        if !name.is_empty() {
            allowed.push(Allowed { name, span, used: Cell::new(false) });
        }
        at += part.len() + 1;
    }
    Some(allowed)
}

/// Whether nothing but white space is before a comment on its line.
fn is_alone(text: &str, comment: u32) -> bool {
    let before = text.get(..comment as usize).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    line.chars().all(|it| matches!(it, ' ' | '\t' | '\r' | '\u{FEFF}'))
}

/// The line after the one that ends at or after an offset.
fn line_after(text: &str, offset: u32) -> Range<u32> {
    let offset = offset as usize;
    let rest = text.get(offset..).unwrap_or_default();
    let start = rest.find('\n').map_or(text.len(), |at| offset + at + 1);
    let line = text.get(start..).unwrap_or_default();
    let end = line.find('\n').map_or(text.len(), |at| start + at);
    start as u32..end as u32
}
