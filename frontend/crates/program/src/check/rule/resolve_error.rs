use hlb_syntax::diagnostic::{Diagnostic, SuggestionBudget};
use hlb_syntax::tree::Path;

use super::{dotted, unknown_name};
use crate::check::expected::Expected;
use crate::check::resolve::ResolveError;
use crate::check::scope::Scope;

/// The diagnostic of a path that means nothing.
pub(in crate::check) fn resolve_error(
    error: ResolveError<'_>,
    scope: &Scope<'_>,
    path: &Path,
    expected: Expected<'_>,
    budget: &mut SuggestionBudget,
) -> Diagnostic {
    let program = scope.program;
    let member = path.member.as_deref().unwrap_or(&path.first);
    match error {
        ResolveError::UnknownName => {
            unknown_name::unknown_name(scope, &path.first, expected, budget)
        }
        ResolveError::UnknownImport => unknown_name::unknown_import(scope, path, expected, budget),
        ResolveError::CalledImport(id) => dotted::called_import(&path.first, program.import(id)),
        ResolveError::NotAnImport(declared) => dotted::not_an_import(path, member, declared),
        ResolveError::UnexportedMember { import, item } => {
            let declared = program.name_of(item).span;
            dotted::unexported_member(member, program.import(import), declared)
        }
        ResolveError::UnknownMember { import, module } => {
            let import = program.import(import);
            dotted::unknown_member(program, member, import, module, expected, budget)
        }
        ResolveError::MemberIsImport(id) => dotted::member_is_import(member, program.import(id)),
    }
}
