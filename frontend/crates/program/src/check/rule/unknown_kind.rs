use hlb_syntax::diagnostic::{Code, Diagnostic};
use hlb_syntax::source::Span;
use hlb_syntax::tree::Name;

use crate::builtin::{Builtins, Kind};
use crate::check::suggest::max_edit_distance;

/// A kind that the language does not have.
pub static UNKNOWN_KIND: Code = Code::error("HLB0123", "unknown-kind");

const KINDS: [&str; 6] = ["bool", "fs", "int", "option", "pipeline", "string"];

pub(in crate::check) fn unknown_kind(name: &Name) -> Diagnostic {
    let text = name.text();
    let distance = |kind: &&str| match is_form_of(text, kind) {
        true => 0,
        false => strsim::osa_distance(text, kind),
    };
    let found = UNKNOWN_KIND.at(name.span, format!("unknown kind `{name}`"));
    let near = max_edit_distance(text);
    match KINDS.iter().min_by_key(|kind| distance(kind)).filter(|kind| distance(kind) <= near) {
        Some(kind) => found.help(format!("did you mean `{kind}`?")),
        None => found
            .help("write `bool`, `fs`, `int`, `option`, `option::NAME`, `pipeline` or `string`"),
    }
}

/// A kind that is no kind, before a name that is one.
pub(in crate::check) fn swapped(kind: &Name, name: &Name) -> Diagnostic {
    let found = UNKNOWN_KIND.at(kind.span, format!("unknown kind `{kind}`"));
    found.help(format!("write the kind first: `{name} {kind}`"))
}

/// Whether one of both is the other's abbreviation, as `str`, `integer` and `boolean` are in other languages.
fn is_form_of(text: &str, kind: &str) -> bool {
    let (text, kind) = (text.to_ascii_lowercase(), kind.to_ascii_lowercase());
    text.len() >= 3 && kind.len() >= 3 && (text.starts_with(&kind) || kind.starts_with(&text))
}

/// `option::N` for an `N` that nothing declares.
pub(in crate::check) fn unknown_subject(name: &Name, builtins: &Builtins) -> Diagnostic {
    let subject = name.text().strip_prefix("option::").unwrap_or_default();
    let span = Span { start: name.span.end - subject.len() as u32, ..name.span };
    let found = UNKNOWN_KIND.at(span, format!("kind `{name}`: unknown name `{subject}`"));
    let near = max_edit_distance(subject);
    let ranked = builtins.iter().filter_map(|signature| match &signature.kind {
        Kind::Option(it) => Some((strsim::osa_distance(subject, it), it.as_ref())),
        _ => None,
    });
    match ranked.min().filter(|(distance, _)| *distance <= near) {
        Some((_, nearest)) => found.help(format!("did you mean `option::{nearest}`?")),
        None => found,
    }
}
