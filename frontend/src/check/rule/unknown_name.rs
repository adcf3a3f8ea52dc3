use crate::check::resolve::{Expected, Place};
use crate::check::scope::{Scope, Scopes};
use crate::check::suggest::Nearest;
use crate::diagnostic::{Code, Diagnostic};
use crate::syntax::tree::Name;

/// A name that nothing in scope declares.
pub static UNKNOWN_NAME: Code = Code::error("HLB0201", "unknown-name");

/// In a call or mention; `expected` are the kinds that a suggestion must have.
pub(in crate::check) fn unknown_name(
    scopes: &Scopes<'_>,
    place: &Place<'_>,
    name: &Name,
    expected: Expected<'_>,
) -> Diagnostic {
    let found = unknown(name);
    if let Some(later) = place.later_param(name.text()) {
        let help = format!("move `{name}` to the left of the parameter whose default needs it");
        return found.label(later.name.span, "declared here, to the right").help(help);
    }
    if let Some(digits) = octal(name.text()) {
        return found.help(format!("write `0o{digits}` for an octal number"));
    }
    match scopes.nearest(place, name.text(), expected) {
        None => found,
        Some(nearest) => nearest.add_to(found),
    }
}

/// Before a dot, where only imports may stand.
pub(in crate::check) fn unknown_import(
    scopes: &Scopes<'_>,
    scope: &Scope<'_>,
    name: &Name,
) -> Diagnostic {
    let mut nearest = Nearest::new(name.text(), &scopes.comparisons);
    nearest.offer_imports(scope);
    match nearest.take() {
        None => unknown(name),
        Some(nearest) => nearest.add_to(unknown(name)),
    }
}

/// In an `export`, where only declarations of the module may stand.
pub(in crate::check) fn unknown_export(
    scopes: &Scopes<'_>,
    scope: &Scope<'_>,
    name: &Name,
) -> Diagnostic {
    let mut nearest = Nearest::new(name.text(), &scopes.comparisons);
    nearest.offer_members(scope, Expected::Any, |_| true);
    match nearest.take() {
        None => unknown(name),
        Some(nearest) => nearest.add_to(unknown(name)),
    }
}

/// The digits of a name that other languages read as an octal number, such as `0755`.
fn octal(name: &str) -> Option<&str> {
    let digits = name.strip_prefix('0')?;
    let all = !digits.is_empty() && digits.bytes().all(|digit| (b'0'..=b'7').contains(&digit));
    all.then_some(digits)
}

fn unknown(name: &Name) -> Diagnostic {
    UNKNOWN_NAME.at(name.span, format!("unknown name `{name}`"))
}
