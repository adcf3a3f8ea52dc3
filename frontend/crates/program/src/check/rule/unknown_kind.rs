use hlb_syntax::diagnostic::{Code, Diagnostic, did_you_mean, nearest_name};
use hlb_syntax::source::Span;
use hlb_syntax::tree::Name;

use crate::builtin::{Builtins, Kind};
use crate::check::scope::KindError;

/// A kind that the language does not have.
pub static UNKNOWN_KIND: Code = Code::error("HLB0123", "unknown-kind");

const KINDS: [&str; 6] = ["bool", "fs", "int", "option", "pipeline", "string"];

/// A kind that can't be read as one.
pub(in crate::check) fn kind_error(
    error: KindError,
    name: &Name,
    builtins: &Builtins,
) -> Diagnostic {
    match error {
        KindError::Unknown => unknown_kind(name),
        KindError::UnknownSubject => unknown_subject(name, builtins),
    }
}

fn unknown_kind(name: &Name) -> Diagnostic {
    let text = name.text();
    let found = UNKNOWN_KIND.at(name.span, format!("unknown kind `{name}`"));
    let form = KINDS.into_iter().find(|kind| is_form_of(text, kind));
    match form.or_else(|| nearest_name(text, KINDS)) {
        Some(kind) => found.did_you_mean(kind),
        None => found
            .help("write `bool`, `fs`, `int`, `option`, `option::NAME`, `pipeline` or `string`"),
    }
}

/// A kind that is no kind, before a name that is one.
pub(in crate::check) fn swapped(kind: &Name, name: &Name) -> Diagnostic {
    let found = UNKNOWN_KIND.at(kind.span, format!("unknown kind `{kind}`"));
    let declared = kind.text().trim_end_matches(':');
    found.help(format!("write the kind first: `{name} {declared}`"))
}

/// Whether one of both is the other's abbreviation, as `str`, `integer` and `boolean` are in other languages.
fn is_form_of(text: &str, kind: &str) -> bool {
    let (text, kind) = (text.to_ascii_lowercase(), kind.to_ascii_lowercase());
    text.len() >= 3 && kind.len() >= 3 && (text.starts_with(&kind) || kind.starts_with(&text))
}

/// `option::N` for an `N` that nothing declares.
fn unknown_subject(name: &Name, builtins: &Builtins) -> Diagnostic {
    let subject = name.text().strip_prefix("option::").unwrap_or_default();
    let span = Span { start: name.span.end - subject.len() as u32, ..name.span };
    let found = UNKNOWN_KIND.at(span, format!("kind `{name}`: unknown name `{subject}`"));
    let subjects = builtins.iter().filter_map(|signature| match &signature.kind {
        Kind::Option(it) => Some(it.as_ref()),
        _ => None,
    });
    match nearest_name(subject, subjects) {
        Some(nearest) => found.help(did_you_mean(&format!("option::{nearest}"))),
        None => found,
    }
}
