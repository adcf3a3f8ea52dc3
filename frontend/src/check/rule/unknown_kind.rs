use crate::builtin::{Builtins, Kind};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;
use crate::syntax::tree::Name;

/// A kind that the language does not have.
pub static UNKNOWN_KIND: Code = Code::error("HLB0123", "unknown-kind");

const KINDS: [&str; 6] = ["bool", "fs", "int", "option", "pipeline", "string"];

/// The most single-letter changes between a kind and what was probably meant by it.
const NEAR: usize = 2;

pub(in crate::check) fn unknown_kind(name: &Name) -> Diagnostic {
    let distance = |kind: &&str| strsim::osa_distance(name.text(), kind);
    let found = UNKNOWN_KIND.at(name.span, format!("unknown kind `{name}`"));
    let near = if name.text().len() <= 3 { 1 } else { NEAR };
    match KINDS.iter().min_by_key(|kind| distance(kind)).filter(|kind| distance(kind) <= near) {
        Some(kind) => found.help(format!("did you mean `{kind}`?")),
        None => found
            .help("write `bool`, `fs`, `int`, `option`, `option::NAME`, `pipeline` or `string`"),
    }
}

/// `option::N` for an `N` that nothing declares.
pub(in crate::check) fn unknown_subject(name: &Name, builtins: &Builtins) -> Diagnostic {
    let subject = name.text().strip_prefix("option::").unwrap_or_default();
    let span = Span { start: name.span.end - subject.len() as u32, ..name.span };
    let found = UNKNOWN_KIND.at(span, format!("kind `{name}`: unknown name `{subject}`"));
    let near = if subject.len() <= 3 { 1 } else { NEAR };
    let ranked = builtins.iter().filter_map(|signature| match &signature.kind {
        Kind::Option(it) => Some((strsim::osa_distance(subject, it), it.as_ref())),
        _ => None,
    });
    match ranked.min().filter(|(distance, _)| *distance <= near) {
        Some((_, nearest)) => found.help(format!("did you mean `option::{nearest}`?")),
        None => found,
    }
}
