//! Lints: what builds, and is probably not meant or will not build for ever.
//!
//! A comment `# hlb: allow(NAME)` with a code or the name of one, or several with commas, on the line before silences
//! them there. Modules from other filesystems are not linted: nobody can fix them here.
//!
//! Each rule looks at one module, but for [`cache`], which compares all of them. They know no builtin by
//! name, only what its parameters are [about](crate::builtin::Meaning).

mod allow;
mod cache;
mod copied_secret;
mod deprecated;
mod directory;
mod discarded;
mod export;
mod linted;
mod literal;
mod options;
mod recorded_secret;
mod secret_name;
mod shadow;
mod shell;
mod syntax_line;
mod unexpanded;
mod unused;

use std::collections::BTreeMap;

use hlb_syntax::diagnostic::{Code, Diagnostic};

use crate::builtin::Builtins;
use crate::program::{Program, sort_diagnostics};
use allow::Allows;
use linted::Linted;

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

/// Finds the warnings about a program, by file and position; the errors are for [`check`](crate::check::check()).
pub fn lint(program: &Program, builtins: &Builtins) -> Vec<Diagnostic> {
    let all = program.modules().map(|module| Linted::new(program, builtins, module));
    let all: Vec<Linted<'_>> = all.collect();
    let ours = || all.iter().filter(|linted| linted.module.is_ours());
    let flows = discarded::Flows::of(program);
    let mut found = Vec::new();
    for linted in ours() {
        deprecated::lint(linted, &mut found);
        unused::lint(linted, &mut found);
        discarded::lint(linted, &flows, &mut found);
        export::lint(linted, &mut found);
        shadow::lint(linted, &mut found);
        copied_secret::lint(linted, &mut found);
        recorded_secret::lint(linted, &mut found);
        directory::lint(linted, &mut found);
        unexpanded::lint(linted, &mut found);
        syntax_line::lint(linted, &mut found);
    }
    cache::lint(&all, &mut found);
    let allows = ours().map(|it| (it.module.file, Allows::of(it.module)));
    let allows: BTreeMap<_, _> = allows.collect();
    let is_silenced = |it: &Diagnostic| {
        let of_file = it.span.and_then(|span| allows.get(&span.file));
        of_file.is_some_and(|allows| allows.silences(it))
    };
    found.extend(allows.values().flat_map(|allows| allows.unknown(CODES)));
    found.retain(|it| !is_silenced(it));
    // What a syntax error took may have been what is allowed.
    let whole = ours().filter(|linted| !linted.module.has_syntax_errors);
    let whole = whole.filter_map(|linted| allows.get(&linted.module.file));
    let unused = whole.flat_map(|allows| allows.unused(CODES, OF_SEVERAL_MODULES));
    found.extend(unused.filter(|it| !is_silenced(it)));
    sort_diagnostics(program, &mut found);
    found
}
