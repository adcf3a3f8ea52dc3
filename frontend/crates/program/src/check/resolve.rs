use hlb_syntax::source::Span;
use hlb_syntax::tree::{Name, Path};

use super::expected::Expected;
use super::scope::Scope;
use crate::builtin::Kind;
use crate::module::{ModuleId, Target};
use crate::program::{Callee, ImportId, Item, Module, PARALLEL};

/// Why a path means nothing.
#[derive(Clone, Copy, Debug)]
pub(super) enum ResolveError<'c> {
    /// Nothing in scope has the name.
    UnknownName,
    /// Nothing in scope has the name before the dot.
    UnknownImport,
    /// An import is used as if it were a function.
    CalledImport(ImportId),
    /// There is a dot after something that is no import; with the name in its declaration, which builtins do not have.
    NotAnImport(Option<Span>),
    /// The imported module declares the member and does not export it.
    UnexportedMember { import: ImportId, item: Item },
    /// The imported module declares no such member.
    UnknownMember { import: ImportId, module: &'c Module },
    /// The member is an import of the imported module.
    MemberIsImport(ImportId),
}

/// Finds what a path means.
///
/// Among the builtins of a name the first, by kind, that fits `expected` is taken; if none fits, the first. The caller
/// checks whether the kind fits.
pub(super) fn resolve<'c>(
    scope: &Scope<'c>,
    path: &Path,
    expected: Expected<'_>,
) -> Result<Callee, ResolveError<'c>> {
    match &path.member {
        None => name(scope, path.first.text(), expected),
        Some(member) => reference(scope, path.first.text(), member),
    }
}

fn name<'c>(
    scope: &Scope<'c>,
    text: &str,
    expected: Expected<'_>,
) -> Result<Callee, ResolveError<'c>> {
    if text == "breakpoint" {
        return Ok(Callee::Breakpoint(Box::new(expected.empty_kind())));
    }
    // The parser leaves an empty name for one that is missing.
    if text.is_empty() {
        return Ok(Callee::Error);
    }
    if let Some(found) = scope.local(text) {
        return Ok(option_instead(scope, text, &found, expected).unwrap_or(found));
    }
    match scope.module.lookup(text) {
        Some(_) if scope.module.is_ambiguous(text) => Ok(Callee::Error),
        Some(Item::Import(import)) => Err(ResolveError::CalledImport(import)),
        Some(item) => {
            let found = callee(scope, item);
            Ok(option_instead(scope, text, &found, expected).unwrap_or(found))
        }
        None => match builtin(scope, text, expected) {
            Some(found) => Ok(found),
            None if scope.is_incomplete() => Ok(Callee::Error),
            None => Err(ResolveError::UnknownName),
        },
    }
}

/// The option of a name that stands where only an option can, so that something else of that name does not hide it, as in
/// `secret "token" with version(version)`: names of options are too many to avoid.
fn option_instead(
    scope: &Scope<'_>,
    name: &str,
    found: &Callee,
    expected: Expected<'_>,
) -> Option<Callee> {
    let fits = |kind: &Kind| expected.accepts(kind);
    if expected.is_any() || fits(scope.declaration(found).kind()) {
        return None;
    }
    let mut named = scope.builtins.named(name).iter();
    named.find(|it| it.kind.is_option() && fits(&it.kind)).copied().map(Callee::Builtin)
}

fn builtin(scope: &Scope<'_>, name: &str, expected: Expected<'_>) -> Option<Callee> {
    let named = scope.builtins.named(name);
    let fitting = named.iter().find(|signature| expected.accepts(&signature.kind));
    match (named, fitting) {
        ([], _) if name == PARALLEL => {
            scope.builtins.get("stage", &Kind::Pipeline).map(Callee::Builtin)
        }
        ([_, _, ..], _) if expected.is_any() => Some(Callee::Error),
        (_, Some(fitting)) => Some(Callee::Builtin(fitting)),
        // What is missing here may declare the name that was meant.
        (_, None) if scope.is_incomplete() && named.iter().all(|it| it.kind.is_option()) => None,
        (_, None) => named.first().copied().map(Callee::Builtin),
    }
}

fn reference<'c>(scope: &Scope<'c>, text: &str, member: &Name) -> Result<Callee, ResolveError<'c>> {
    if let Some(found) = scope.local(text) {
        return Err(ResolveError::NotAnImport(scope.declaration(&found).span()));
    }
    let module = scope.module;
    let import = match module.lookup(text) {
        Some(_) if module.is_ambiguous(text) => return Ok(Callee::Error),
        Some(Item::Import(import)) => import,
        Some(item) => {
            return Err(ResolveError::NotAnImport(Some(scope.program.name_of(item).span)));
        }
        None if scope.is_incomplete() => return Ok(Callee::Error),
        None if text.is_empty() || member.text().is_empty() => return Ok(Callee::Error),
        None if !scope.builtins.named(text).is_empty() => {
            return Err(ResolveError::NotAnImport(None));
        }
        None => return Err(ResolveError::UnknownImport),
    };
    match scope.program.import(import).target {
        Target::Loaded(module) => export(scope, import, module, member.text()),
        Target::Unresolved => Ok(Callee::Unavailable(import)),
        Target::Failed => Ok(Callee::Error),
    }
}

fn export<'c>(
    scope: &Scope<'c>,
    import: ImportId,
    id: ModuleId,
    member: &str,
) -> Result<Callee, ResolveError<'c>> {
    let Some(module) = scope.program.module(id) else { return Ok(Callee::Error) };
    match module.lookup(member) {
        _ if member.is_empty() => Ok(Callee::Error),
        Some(_) if module.is_ambiguous(member) => Ok(Callee::Error),
        Some(Item::Import(other)) => Err(ResolveError::MemberIsImport(other)),
        Some(item) if module.exports(member) || module.is_incomplete => Ok(callee(scope, item)),
        Some(item) => Err(ResolveError::UnexportedMember { import, item }),
        None if module.is_incomplete => Ok(Callee::Error),
        None => Err(ResolveError::UnknownMember { import, module }),
    }
}

fn callee(scope: &Scope<'_>, item: Item) -> Callee {
    match item {
        Item::Function(id) => Callee::Function(id),
        Item::Alias(id) if scope.program.alias(id).effect.is_some() => Callee::Alias(id),
        // The error in its `as` clause is reported there.
        Item::Alias(_) | Item::Import(_) => Callee::Error,
    }
}
