//! Comments that silence lints, and what is wrong with them.

use std::cell::Cell;
use std::ops::Range;

use hlb_syntax::diagnostic::{Code, Diagnostic};
use hlb_syntax::source::Span;

use super::directive::{Directive, Scope, directive};
use crate::program::Module;

/// An `allow` that names no lint.
pub static UNKNOWN_LINT: Code = Code::warning("HLB0590", "unknown-lint");

/// An `allow` that silences nothing.
pub static UNUSED_ALLOW: Code = Code::warning("HLB0591", "unused-allow");

/// What the comments of a file allow.
pub(super) struct Allows<'t> {
    /// In the order of the text, and so by the start of the line that each is about.
    of_lines: Vec<OfLine<'t>>,
    of_file: Vec<Allowed<'t>>,
    /// What is wrong with comments that are for lints.
    pub malformed: Vec<Diagnostic>,
}

/// What a comment allows on the line after it.
struct OfLine<'t> {
    /// Without the line feed; empty if there is code in front of the comment.
    line: Range<u32>,
    allowed: Vec<Allowed<'t>>,
}

/// A code, or the name of one.
struct Allowed<'t> {
    name: &'t str,
    span: Span,
    scope: Scope,
    used: Cell<bool>,
}

impl<'t> Allows<'t> {
    pub fn of(module: &'t Module) -> Self {
        let mut allows = Self { of_lines: Vec::new(), of_file: Vec::new(), malformed: Vec::new() };
        for comment in &module.comments {
            let Directive { scope, names } = match directive(&module.text, *comment) {
                None => continue,
                Some(Ok(directive)) => directive,
                Some(Err(found)) => {
                    allows.malformed.push(found);
                    continue;
                }
            };
            let allowed = names.into_iter().map(|(name, span)| {
                let used = Cell::new(false);
                Allowed { name, span, scope, used }
            });
            match scope {
                Scope::File => allows.of_file.extend(allowed),
                Scope::NextLine => {
                    let line = match is_alone(&module.text, comment.start) {
                        true => line_after(&module.text, comment.end),
                        false => comment.end..comment.end,
                    };
                    allows.of_lines.push(OfLine { line, allowed: allowed.collect() });
                }
            }
        }
        allows
    }

    /// Whether a comment on the line before a finding silences it, or else one that is about the whole file.
    pub fn silences(&self, found: &Diagnostic) -> bool {
        let Some(span) = found.span else { return false };
        let about = self.of_lines.partition_point(|it| it.line.start <= span.start);
        let about = self.of_lines.get(..about).and_then(<[_]>::last);
        let about = about.filter(|it| span.start <= it.line.end && !it.line.is_empty());
        let of_line = about.into_iter().flat_map(|comment| &comment.allowed);
        let mut allowed = of_line.chain(&self.of_file);
        let allowed = allowed.find(|it| found.code.is_named(it.name));
        allowed.inspect(|it| it.used.set(true)).is_some()
    }

    /// What names no lint.
    pub fn unknown(&self, codes: &[&'static Code]) -> Vec<Diagnostic> {
        let unknown = self.all().filter_map(|it| {
            let lint = unknown_lint(it.name, codes)?;
            Some(Diagnostic { span: Some(it.span), ..lint })
        });
        unknown.collect()
    }

    /// What silenced nothing so far, but for `others`, which depend on more than the file itself.
    pub fn unused(&self, codes: &[&'static Code], others: &[&'static Code]) -> Vec<Diagnostic> {
        let one_of = |name: &str, codes: &[&Code]| codes.iter().any(|code| code.is_named(name));
        let lints = self.all().filter(|it| one_of(it.name, codes) && !one_of(it.name, others));
        let unused = lints.filter(|it| !it.used.get() && !UNUSED_ALLOW.is_named(it.name));
        unused
            .map(|it| {
                let message = format!("allowing `{}` silences nothing", it.name);
                UNUSED_ALLOW.at(it.span, message).help(match it.scope {
                    Scope::NextLine => "remove it, or put it on the line before what it allows",
                    Scope::File => "remove it",
                })
            })
            .collect()
    }

    fn all(&self) -> impl Iterator<Item = &Allowed<'t>> {
        self.of_lines.iter().flat_map(|comment| &comment.allowed).chain(&self.of_file)
    }
}

/// A warning that a name is that of none of some lints, if it is.
pub fn unknown_lint(name: &str, codes: &[&'static Code]) -> Option<Diagnostic> {
    if codes.iter().any(|code| code.is_named(name)) {
        return None;
    }
    let lint = UNKNOWN_LINT.without_span(format!("there is no lint `{name}`"));
    let words = codes.iter().flat_map(|code| [code.id, code.name]);
    Some(lint.suggest(name, words))
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
