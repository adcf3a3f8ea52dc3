//! Declarations that nothing mentions. Every function of a program can be a target, except those of kind `option`.

use std::collections::HashSet;

use hlb_syntax::diagnostic::{Code, Diagnostic};
use hlb_syntax::source::Span;
use hlb_syntax::tree::Name;

use super::linted::Linted;
use super::rule::{Find, Rule};
use crate::builtin::Kind;
use crate::program::{Callee, Declaration, Function};

/// A parameter that its function does not use.
pub static UNUSED_PARAMETER: Code = Code::warning("HLB0511", "unused-parameter");

/// An import that its module does not use.
pub static UNUSED_IMPORT: Code = Code::warning("HLB0512", "unused-import");

/// A function of kind `option` that its module neither uses nor exports.
pub static UNUSED_OPTION_FUNCTION: Code = Code::warning("HLB0513", "unused-option-function");

/// A function of an imported module, other than `default`, that neither uses nor exports it.
pub static UNUSED_FUNCTION: Code = Code::warning("HLB0514", "unused-function");

/// What a build of a file makes that is not asked for another target.
pub(super) const DEFAULT_TARGET: &str = "default";

/// Parameters of a target that the build itself takes: what BuildKit knows as build arguments of its own.
const TAKEN_BY_BUILDS: &[&str] =
    &["BUILDKIT_SBOM_SCAN_CONTEXT", "BUILDKIT_SBOM_SCAN_STAGE", "SOURCE_DATE_EPOCH"];

pub(super) static RULE: Rule = Rule {
    codes: &[&UNUSED_PARAMETER, &UNUSED_IMPORT, &UNUSED_OPTION_FUNCTION, &UNUSED_FUNCTION],
    across_modules: &[&UNUSED_FUNCTION],
    find: Find::InModule(lint),
};

fn lint(linted: &Linted<'_>, found: &mut Vec<Diagnostic>) {
    // What a syntax error took may have used anything.
    if linted.module.has_syntax_errors {
        return;
    }
    let used = Used::of(linted);
    let imports = linted.module.imports().map(|id| &linted.program.import(id).name);
    found.extend(imports.filter(|name| !used.has(linted, name)).map(|name| {
        let message = format!("import `{name}` is never used");
        UNUSED_IMPORT.at(name.span, message).help("remove it")
    }));
    for function in linted.functions() {
        found.extend(unused_function(linted, &used, function));
        found.extend(unused_params(&used, function));
    }
}

/// What a module uses of its own.
struct Used<'p> {
    /// The names in the declarations of functions, aliases and parameters.
    declarations: HashSet<Span>,
    /// The imports that references go through, and the `N` of every `option::N`.
    names: HashSet<&'p str>,
}

impl<'p> Used<'p> {
    fn of(linted: &Linted<'p>) -> Self {
        let mut used = Self { declarations: HashSet::new(), names: HashSet::new() };
        for call in &linted.calls {
            let declaration = call.declaration(linted.program);
            used.declarations.extend(declaration.span());
            if let Declaration::Alias(_, function) = declaration {
                used.declarations.insert(function.name.span);
            }
            let is_unknown = matches!(call.it.callee, Callee::Error | Callee::Unavailable(_));
            if call.it.path.member.is_some() || is_unknown {
                used.names.insert(call.it.path.first.text());
            }
        }
        for function in linted.functions() {
            let params = function.params.iter().chain(&function.effects);
            let kinds = params.map(|it| &it.kind).chain([&function.kind]);
            used.names.extend(kinds.filter_map(|kind| match kind {
                Kind::Option(subject) => Some(subject.as_ref()),
                _ => None,
            }));
        }
        let written = linted.kinds.iter();
        used.names.extend(written.filter_map(|kind| kind.text().strip_prefix("option::")));
        let aliases = linted.module.aliases().map(|id| linted.program.alias(id));
        for alias in aliases.filter(|it| linted.module.exports(it.name.text())) {
            used.declarations.insert(linted.program.function(alias.function).name.span);
        }
        used
    }

    /// Whether a parameter is used, as a value or in an `option::N`.
    fn has_param(&self, name: &Name) -> bool {
        self.declarations.contains(&name.span) || self.names.contains(name.text())
    }

    fn has(&self, linted: &Linted<'_>, name: &Name) -> bool {
        self.has_param(name) || linted.module.exports(name.text())
    }
}

fn unused_function(
    linted: &Linted<'_>,
    used: &Used<'_>,
    function: &Function,
) -> Option<Diagnostic> {
    let name = &function.name;
    let (code, why) = if function.kind.is_option() {
        (&UNUSED_OPTION_FUNCTION, "is never used")
    } else if linted.module.is_program || name.text() == DEFAULT_TARGET {
        return None;
    } else {
        (&UNUSED_FUNCTION, "is neither used nor exported")
    };
    let lint = || code.at(name.span, format!("function `{name}` {why}"));
    (!used.has(linted, name)).then(|| lint().help("remove it, or export it"))
}

fn unused_params(used: &Used<'_>, function: &Function) -> Vec<Diagnostic> {
    // Without a body there is nothing that could use them; an underscore says that this is meant.
    if function.body.is_none() {
        return Vec::new();
    }
    // A parameter whose name is taken, or is that of a kind, is an error, and no warning besides.
    let mut seen = HashSet::new();
    let params = function.params.iter().filter(|it| seen.insert(it.name.text()));
    let unused = params.filter(|param| !param.has_name_of_kind()).map(|param| &param.name);
    let unused = unused.filter(|name| !TAKEN_BY_BUILDS.contains(&name.text()));
    let unused = unused.filter(|name| !name.text().starts_with('_') && !used.has_param(name));
    let lint = |name: &Name| {
        let message = format!("parameter `{name}` of `{}` is never used", function.name);
        UNUSED_PARAMETER.at(name.span, message).help("remove it, or put an underscore before it")
    };
    unused.map(lint).collect()
}
