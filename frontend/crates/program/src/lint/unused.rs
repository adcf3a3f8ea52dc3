//! Declarations that nothing mentions. Every function of a program can be a target, except those of kind `option`.

use std::collections::HashSet;

use hlb_syntax::diagnostic::{Code, Diagnostic};
use hlb_syntax::source::Span;
use hlb_syntax::tree::Name;

use super::Linted;
use crate::builtin::Kind;
use crate::check::function::Function;
use crate::check::resolve::Resolved;
use crate::check::scope::is_swapped;

/// A parameter that its function does not use.
pub static UNUSED_PARAMETER: Code = Code::warning("HLB0511", "unused-parameter");

/// An import that its module does not use.
pub static UNUSED_IMPORT: Code = Code::warning("HLB0512", "unused-import");

/// A function of kind `option` that its module neither uses nor exports.
pub static UNUSED_OPTION_FUNCTION: Code = Code::warning("HLB0513", "unused-option-function");

/// A function of an imported module that neither uses nor exports it.
pub static UNUSED_FUNCTION: Code = Code::warning("HLB0514", "unused-function");

pub(super) fn lint(linted: &Linted<'_>, found: &mut Vec<Diagnostic>) {
    // What a syntax error took may have used anything.
    if linted.scope.module.has_syntax_errors() {
        return;
    }
    let used = Used::of(linted);
    let imports = linted.scope.imports.iter().map(|import| &import.name);
    found.extend(imports.filter(|name| !used.has(linted, name)).map(|name| {
        let message = format!("import `{name}` is never used");
        UNUSED_IMPORT.at(name.span, message).help("remove it")
    }));
    for function in &linted.scope.functions {
        found.extend(unused_function(linted, &used, function));
        found.extend(unused_params(&used, function));
    }
}

/// What a module uses of its own.
struct Used<'s> {
    /// The names in the declarations of functions, aliases and parameters.
    declarations: HashSet<Span>,
    /// The imports that references go through, and the `N` of every `option::N`.
    names: HashSet<&'s str>,
}

impl<'s> Used<'s> {
    fn of(linted: &Linted<'s>) -> Self {
        let mut used = Self { declarations: HashSet::new(), names: HashSet::new() };
        for it in linted.walked.iter().flat_map(|walked| &walked.uses) {
            used.declarations.extend(it.resolved.span());
            if let Resolved::Alias(_, _, function) = it.resolved {
                used.declarations.insert(function.span());
            }
            if it.path.member.is_some() || matches!(it.resolved, Resolved::Unchecked) {
                used.names.insert(it.path.first.text());
            }
        }
        for function in &linted.scope.functions {
            let kinds = function.params.iter().chain(&function.effects).chain([&function.kind]);
            used.names.extend(kinds.filter_map(|kind| match kind {
                Kind::Option(subject) => Some(subject.as_ref()),
                _ => None,
            }));
        }
        let literals = linted.walked.iter().flat_map(|walked| &walked.kinds);
        used.names.extend(literals.filter_map(|kind| kind.text().strip_prefix("option::")));
        for alias in linted.scope.aliases.iter().filter(|it| linted.scope.exports(it.name.text())) {
            used.declarations.insert(alias.func.name.span);
        }
        used
    }

    /// Whether a parameter is used, as a value or in an `option::N`.
    fn has_param(&self, name: &Name) -> bool {
        self.declarations.contains(&name.span) || self.names.contains(name.text())
    }

    fn has(&self, linted: &Linted<'_>, name: &Name) -> bool {
        self.has_param(name) || linted.scope.exports(name.text())
    }
}

fn unused_function(
    linted: &Linted<'_>,
    used: &Used<'_>,
    function: &Function<'_>,
) -> Option<Diagnostic> {
    let name = &function.decl.name;
    let (code, why) = if function.kind.is_option() {
        (&UNUSED_OPTION_FUNCTION, "is never used")
    } else if linted.scopes.modules.is_program(linted.scope.module.id) {
        return None;
    } else {
        (&UNUSED_FUNCTION, "is neither used nor exported")
    };
    let lint = || code.at(name.span, format!("function `{name}` {why}"));
    (!used.has(linted, name)).then(|| lint().help("remove it, or export it"))
}

fn unused_params(used: &Used<'_>, function: &Function<'_>) -> Vec<Diagnostic> {
    // Without a body there is nothing that could use them; an underscore says that this is meant.
    if function.decl.body.is_none() {
        return Vec::new();
    }
    // A parameter whose name is taken, or stands where its kind belongs, is an error, and no warning besides.
    let params = function.decl.params.params.iter().zip(&function.params).enumerate();
    let counting = params.filter(|(index, (param, kind))| {
        function.param(param.name.text()) == Some(*index) && !is_swapped(param, kind)
    });
    let unused = counting
        .map(|(_, (param, _))| &param.name)
        .filter(|name| !name.text().starts_with('_') && !used.has_param(name));
    let lint = |name: &Name| {
        let message = format!("parameter `{name}` of `{}` is never used", function.decl.name);
        UNUSED_PARAMETER.at(name.span, message).help("remove it, or put an underscore before it")
    };
    unused.map(lint).collect()
}
