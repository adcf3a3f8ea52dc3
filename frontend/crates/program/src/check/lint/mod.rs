//! Lints: what builds, and is probably not meant or will not build for ever.
//!
//! A comment `# hlb: allow(NAME)` with a code or the name of one, or several with commas, on the line before silences
//! them there. Modules from other filesystems are not linted: nobody can fix them here.
//!
//! Each rule looks at one module, but for [`cache`], which compares all of them. Rules that look into a call find it in
//! [`site`]; they know no builtin by name, only what its parameters are [about](crate::builtin::Meaning).

mod allow;
mod cache;
mod copied_secret;
mod deprecated;
mod directory;
mod discarded;
mod export;
mod literal;
mod recorded_secret;
mod secret_name;
mod shadow;
mod shell;
mod site;
mod syntax_line;
mod unexpanded;
mod unused;

use std::collections::BTreeMap;

use super::program::{sort, units};
use super::scope::{Scope, Scopes};
use super::walk::{Keep, Walked};
use crate::builtin::Builtins;
use crate::module::{Modules, Root};
use allow::Allows;
use hlb_syntax::diagnostic::{Code, Diagnostic};
use hlb_syntax::source::Span;
use hlb_syntax::tree::{Expr, Path};
use site::Sites;

/// Every lint.
pub static CODES: &[&Code] = &[
    &deprecated::DEPRECATED_KIND,
    &deprecated::DEPRECATED_CALL,
    &deprecated::DEPRECATED_IMPORT,
    &unused::UNUSED_PARAMETER,
    &unused::UNUSED_IMPORT,
    &unused::UNUSED_OPTION_FUNCTION,
    &unused::UNUSED_FUNCTION,
    &discarded::DISCARDED_STATEMENT,
    &export::REPEATED_EXPORT,
    &shadow::SHADOWING_PARAMETER,
    &shadow::SHADOWED_BUILTIN,
    &syntax_line::LATE_SYNTAX_LINE,
    &cache::CACHE_ID_COLLISION,
    &cache::CACHE_SHARING_MISMATCH,
    &copied_secret::COPIED_SECRET,
    &recorded_secret::RECORDED_SECRET,
    &directory::RELATIVE_DIRECTORY,
    &unexpanded::UNEXPANDED_NAME,
    &allow::UNKNOWN_LINT,
    &allow::UNUSED_ALLOW,
];

/// The lints whose findings depend on other modules, so that what allows one may do so only when another program is
/// looked at.
static OF_SEVERAL_MODULES: &[&Code] = &[
    &unused::UNUSED_FUNCTION,
    &discarded::DISCARDED_STATEMENT,
    &cache::CACHE_ID_COLLISION,
    &cache::CACHE_SHARING_MISMATCH,
];

/// Finds the warnings about all modules, by file and position; the errors are for [`check`](super::check()).
pub fn lint(modules: &Modules, builtins: &Builtins) -> Vec<Diagnostic> {
    let scopes = Scopes::new(modules, builtins);
    let all: Vec<Linted<'_>> = scopes.iter().map(|scope| Linted::of(&scopes, scope)).collect();
    let ours = || all.iter().filter(|linted| linted.is_ours());
    let mut found = Vec::new();
    for linted in ours() {
        deprecated::lint(linted, &mut found);
        unused::lint(linted, &mut found);
        discarded::lint(linted, &all, &mut found);
        export::lint(linted, &mut found);
        shadow::lint(linted, &mut found);
        copied_secret::lint(linted, &mut found);
        recorded_secret::lint(linted, &mut found);
        directory::lint(linted, &mut found);
        unexpanded::lint(linted, &mut found);
        syntax_line::lint(linted, &mut found);
    }
    cache::lint(&all, &mut found);
    let allows = ours().map(|it| (it.scope.module.tree.file, Allows::of(&it.scope.module.tree)));
    let allows: BTreeMap<_, _> = allows.collect();
    let silenced = |it: &Diagnostic| {
        let of_file = it.span.and_then(|span| allows.get(&span.file));
        of_file.is_some_and(|allows| allows.silences(it))
    };
    found.extend(allows.values().flat_map(|allows| allows.unknown(CODES)));
    found.retain(|it| !silenced(it));
    // What a syntax error took may have been what is allowed.
    let whole = ours().filter(|linted| !linted.scope.module.has_syntax_errors());
    let whole = whole.filter_map(|linted| allows.get(&linted.scope.module.tree.file));
    let idle = whole.flat_map(|allows| allows.idle(CODES, OF_SEVERAL_MODULES));
    found.extend(idle.filter(|it| !silenced(it)));
    sort(modules, &mut found);
    found
}

/// A module with what its imports and functions use.
struct Linted<'s> {
    scopes: &'s Scopes<'s>,
    scope: &'s Scope<'s>,
    /// Of each import, then of each function.
    walked: Vec<Walked<'s>>,
    sites: Sites<'s>,
    /// Whether each function leaves behind what it is applied to.
    starting: Vec<bool>,
}

impl<'s> Linted<'s> {
    fn of(scopes: &'s Scopes<'s>, scope: &'s Scope<'s>) -> Self {
        let walked = units(scopes, scope, Keep::All);
        let sites = Sites::of(scope, &walked);
        let starting = discarded::starting(scope, &sites);
        Self { scopes, scope, walked, sites, starting }
    }

    /// Whether who builds the program can fix this module.
    fn is_ours(&self) -> bool {
        matches!(self.scope.module.root, Root::Program { .. })
    }

    /// A finding at a place in a literal. In one of several lines no comment could silence it, so it is then about the
    /// call, and the place a label.
    fn in_text(
        &self,
        code: &'static Code,
        call: &Path,
        literal: &Expr,
        place: Span,
        message: String,
    ) -> Diagnostic {
        let before = literal.span().start as usize..place.start as usize;
        let text = self.scope.module.tree.text.get(before).unwrap_or_default();
        if text.contains('\n') {
            code.at(call.span, message).label(place, "here")
        } else {
            code.at(place, message)
        }
    }
}
