use std::fmt::Display;

use hlb_syntax::diagnostic::{Code, Diagnostic, SuggestionBudget};
use hlb_syntax::foreign;
use hlb_syntax::tree::{Name, Path};

use crate::builtin::Kind;
use crate::check::expected::Expected;
use crate::check::scope::Scope;
use crate::check::suggest::{callable, imports, members, suggest};

/// A name that nothing in scope declares.
pub static UNKNOWN_NAME: Code = Code::error("HLB0201", "unknown-name");

/// In a call or mention; `expected` are the kinds that a suggestion must have.
pub(in crate::check) fn unknown_name(
    scope: &Scope<'_>,
    name: &Name,
    expected: Expected<'_>,
    budget: &mut SuggestionBudget,
) -> Diagnostic {
    let found = unknown(name);
    if let Some(later) = scope.later_param(name.text()) {
        let help = format!("move `{name}` to the left of the parameter whose default needs it");
        return found.label(later.name.span, "declared here, to the right").help(help);
    }
    if let Some(help) = foreign::statement(name.text()) {
        return found.help(help);
    }
    match name.text().split_once(':') {
        Some(("", _)) => return found.help("remove it"),
        Some((name, "")) => return found.help(format!("write `{name}` without a colon")),
        _ => {}
    }
    if let Some(digits) = octal(name.text()) {
        return found.help(format!("write `0o{digits}` for an octal number"));
    }
    suggest(found, name.text(), callable(scope, name.text(), expected), budget)
        .unwrap_or_else(|found| as_string(found, name, expected))
}

/// Before a dot, where only imports may be.
pub(in crate::check) fn unknown_import(
    scope: &Scope<'_>,
    path: &Path,
    expected: Expected<'_>,
    budget: &mut SuggestionBudget,
) -> Diagnostic {
    let name = &path.first;
    suggest(unknown(name), name.text(), imports(scope.program, scope.module), budget)
        .unwrap_or_else(|found| as_string(found, path, expected))
}

/// An unknown name may be a string without its quotes.
fn as_string(found: Diagnostic, text: impl Display, expected: Expected<'_>) -> Diagnostic {
    match expected {
        Expected::Any | Expected::Argument(Kind::String) => {
            found.help(format!("write `\"{text}\"` for a string"))
        }
        Expected::Interpolation => {
            found.help(format!("write `\\${{{text}}}` for a variable of the shell"))
        }
        _ => found,
    }
}

/// In an `export`, where only declarations of the module may be.
pub(in crate::check) fn unknown_export(
    scope: &Scope<'_>,
    name: &Name,
    budget: &mut SuggestionBudget,
) -> Diagnostic {
    let declared = members(scope.program, scope.module, Expected::Any);
    suggest(unknown(name), name.text(), declared, budget).unwrap_or_else(|found| found)
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
