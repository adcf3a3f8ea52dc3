//! What may be on the two sides of a dot.

use hlb_syntax::diagnostic::{Code, Diagnostic, SuggestionBudget, choices};
use hlb_syntax::source::Span;
use hlb_syntax::tree::{Name, Path};

use crate::check::expected::Expected;
use crate::check::suggest::{exports, suggest};
use crate::program::{Import, Module, Program};

/// An import that is used as if it were a function.
pub static CALLED_IMPORT: Code = Code::error("HLB0202", "called-import");

/// A dot after something that is no import.
pub static NOT_AN_IMPORT: Code = Code::error("HLB0203", "not-an-import");

/// A member that its module does not export.
pub static UNEXPORTED_MEMBER: Code = Code::error("HLB0204", "unexported-member");

/// A member that its module does not declare.
pub static UNKNOWN_MEMBER: Code = Code::error("HLB0205", "unknown-member");

/// The most exports that the diagnostic of an unknown member lists.
const MAX_LISTED: usize = 8;

pub(in crate::check) fn called_import(name: &Name, import: &Import) -> Diagnostic {
    CALLED_IMPORT
        .at(name.span, format!("`{name}` is an import and can't be called"))
        .label(import.name.span, "imported here")
        .help(format!("write `{name}.` and the name of what it exports"))
}

/// `declared` is where the name before the dot is declared; builtins have no text.
pub(in crate::check) fn not_an_import(
    path: &Path,
    member: &Name,
    declared: Option<Span>,
) -> Diagnostic {
    let dot = path.first.span.after().to(member.span);
    let found = NOT_AN_IMPORT.at(dot, format!("`{}` is no import and has no members", path.first));
    match declared {
        Some(span) => found.label(span, "declared here"),
        None => found,
    }
}

/// `declared` is the name in the imported module.
pub(in crate::check) fn unexported_member(
    member: &Name,
    import: &Import,
    declared: Span,
) -> Diagnostic {
    UNEXPORTED_MEMBER
        .at(member.span, format!("`{member}` is not exported by `{}`", import.name))
        .label(declared, "declared here")
        .label(import.name.span, "imported here")
        .help(format!("write `export {member}` in the imported module"))
}

/// An import of an import: a reference has two parts, so nothing of it can be reached.
pub(in crate::check) fn member_is_import(member: &Name, other: &Import) -> Diagnostic {
    CALLED_IMPORT
        .at(member.span, format!("`{member}` is an import of the imported module"))
        .label(other.name.span, "imported here")
        .help(format!("import what `{member}` is imported from"))
}

/// `module` is the imported one.
pub(in crate::check) fn unknown_member(
    program: &Program,
    member: &Name,
    import: &Import,
    module: &Module,
    expected: Expected<'_>,
    budget: &mut SuggestionBudget,
) -> Diagnostic {
    let found = UNKNOWN_MEMBER
        .at(member.span, format!("unknown name `{member}` in import `{}`", import.name))
        .label(import.name.span, "imported here");
    let candidates = exports(program, module, expected);
    suggest(found, member.text(), candidates, budget).unwrap_or_else(|found| {
        match module.exports.len() {
            1..=MAX_LISTED => {
                let names = module.exports.iter().map(|export| export.name.text());
                found.help(format!("use what it exports: {}", choices(names)))
            }
            _ => found,
        }
    })
}
