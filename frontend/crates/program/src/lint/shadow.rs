//! Names that hide others.

use hlb_syntax::diagnostic::{Code, Diagnostic};
use hlb_syntax::tree::Name;

use super::linted::Linted;
use super::rule::{Find, Rule};
use crate::builtin::{Origin, Signature};
use crate::program::Item;

/// A parameter with the name of something that could else be called in its function.
pub static SHADOWING_PARAMETER: Code = Code::warning("HLB0521", "shadowing-parameter");

/// A declaration with the name of a builtin that is newer than the language.
pub static SHADOWED_BUILTIN: Code = Code::warning("HLB0522", "shadowed-builtin");

pub(super) static RULE: Rule = Rule {
    codes: &[&SHADOWING_PARAMETER, &SHADOWED_BUILTIN],
    across_modules: &[],
    find: Find::InModule(lint),
};

fn lint(linted: &Linted<'_>, found: &mut Vec<Diagnostic>) {
    for function in linted.functions() {
        let names = function.params.iter().map(|param| &param.name);
        found.extend(names.filter_map(|name| shadowing(linted, name)));
    }
    for name in linted.names() {
        let named = linted.builtins.named(name.text());
        // A name that the language has as well is reserved, which is an error and no warning.
        let is_extension = |builtin: &Signature| builtin.origin == Origin::Extension;
        let hides = has_more_than_options(named) || declares_option(linted, name);
        if hides && !named.is_empty() && named.iter().all(|builtin| is_extension(builtin)) {
            let message = format!("`{name}` hides the builtin of that name in this module");
            found.push(SHADOWED_BUILTIN.at(name.span, message).help("choose another name"));
        }
    }
}

fn shadowing(linted: &Linted<'_>, name: &Name) -> Option<Diagnostic> {
    let lint = |what: &str| {
        let message = format!("parameter `{name}` hides the {what} of that name");
        SHADOWING_PARAMETER.at(name.span, message).help("choose another name")
    };
    if let Some(item) = linted.module.lookup(name.text()) {
        let what = match item {
            Item::Function(_) => "function",
            Item::Import(_) => "import",
            Item::Alias(_) => "alias",
        };
        let declared = linted.program.name_of(item).span;
        return Some(lint(what).label(declared, "declared here"));
    }
    has_more_than_options(linted.builtins.named(name.text())).then(|| lint("builtin"))
}

fn declares_option(linted: &Linted<'_>, name: &Name) -> bool {
    let declared = linted.module.lookup(name.text());
    matches!(declared, Some(Item::Function(id)) if linted.program.function(id).kind.is_option())
}

/// Options are called where nothing else is expected, and their names are too many to avoid.
fn has_more_than_options(named: &[&Signature]) -> bool {
    named.iter().any(|builtin| !builtin.kind.is_option())
}
