//! Lints: what builds, but is probably not meant, or is deprecated.
//!
//! A comment `# hlb: allow(NAME)` with a code or the name of one, or several with commas, on the line before silences
//! them there, and `# hlb: allow-file(NAME)` in all of its file. Modules from other filesystems are not linted, since
//! whoever builds the program cannot change them.
//!
//! Each rule is in a file of its own, with its codes, and a line of the list below. Rules know no builtin by name, only
//! what its parameters are [about](crate::builtin::Meaning).

mod allow;
mod cache;
mod check_line;
mod command_line;
mod copied_secret;
mod decimal_mode;
mod default_cache;
mod deprecated;
mod directive;
mod directory;
mod discarded;
mod early_revision;
mod empty_run;
mod evaluated;
mod export;
mod flows;
mod host_port;
mod ignored_path;
mod linted;
mod literal;
mod options;
mod package_manager;
mod recorded_secret;
mod rule;
mod secret_name;
mod shadow;
mod shell;
mod stale_upgrade;
mod syntax_line;
mod unchecked_line;
mod unexpanded;
mod unmatched_pattern;
mod unneeded_run;
mod unused;
mod words;

use std::collections::BTreeMap;

use hlb_syntax::diagnostic::{Code, Diagnostic};
use hlb_syntax::source::FileId;

use crate::builtin::Builtins;
use crate::program::{Program, sort_diagnostics};
use allow::Allows;
use linted::Linted;
use rule::{Find, Rule};

pub use allow::unknown_lint;
pub use evaluated::{
    BASE_PLATFORM, BASE_TRIGGERS, CACHE_WITHOUT_CREDENTIALS, CANDIDATE_PLATFORM, DENIED_CACHE,
    DENIED_CANDIDATE, DIVIDED_CACHE, DIVIDED_IMPORT, INCOMPLETE_SEED, MADE_CANDIDATE, SILENT_CACHE,
    UNSUBSTITUTED, UNTRUSTED_CACHE, UNUSABLE_LAYOUT,
};
pub use ignored_path::ignored_paths;

static RULES: &[&Rule] = &[
    &deprecated::RULE,
    &unused::RULE,
    &discarded::RULE,
    &export::RULE,
    &shadow::RULE,
    &syntax_line::RULE,
    &check_line::RULE,
    &cache::RULE,
    &default_cache::RULE,
    &copied_secret::RULE,
    &recorded_secret::RULE,
    &directory::RULE,
    &unexpanded::RULE,
    &host_port::RULE,
    &evaluated::RULE,
    &empty_run::RULE,
    &unneeded_run::RULE,
    &unchecked_line::RULE,
    &decimal_mode::RULE,
    &unmatched_pattern::RULE,
    &stale_upgrade::RULE,
    &early_revision::RULE,
];

/// Every lint.
pub fn codes() -> impl Iterator<Item = &'static Code> {
    let rules = RULES.iter().flat_map(|rule| rule.codes).copied();
    rules.chain([&allow::UNKNOWN_LINT, &allow::UNUSED_ALLOW, &directive::UNKNOWN_DIRECTIVE])
}

/// Finds the warnings about a program, by file and position; the errors are for [`check`](crate::check::check()).
pub fn lint(program: &Program, builtins: &Builtins) -> Vec<Diagnostic> {
    let all = program.modules().map(|module| Linted::new(program, builtins, module));
    let all: Vec<Linted<'_>> = all.collect();
    let ours = || all.iter().filter(|linted| linted.module.is_ours());
    let mut found = Vec::new();
    for rule in RULES {
        match rule.find {
            Find::InModule(find) => ours().for_each(|linted| find(linted, &mut found)),
            Find::InProgram(find) => find(&all, &mut found),
            Find::ByEvaluation => {}
        }
    }
    let allows = allows(program);
    let is_silenced = |it: &Diagnostic| {
        let of_file = it.span.and_then(|span| allows.get(&span.file));
        of_file.is_some_and(|allows| allows.silences(it))
    };
    let codes: Vec<_> = codes().collect();
    found.extend(allows.values().flat_map(|allows| allows.unknown(&codes)));
    found.extend(allows.values().flat_map(|allows| allows.malformed.iter().cloned()));
    found.retain(|it| !is_silenced(it));
    // A part of the text that a syntax error took may have had the finding that is allowed.
    let whole = ours().filter(|linted| !linted.module.has_syntax_errors);
    let whole = whole.filter_map(|linted| allows.get(&linted.module.file));
    let across: Vec<_> = RULES.iter().flat_map(|rule| rule.across_modules).copied().collect();
    let unused = whole.flat_map(|allows| allows.unused(&codes, &across));
    found.extend(unused.filter(|it| !is_silenced(it)));
    sort_diagnostics(program, &mut found);
    found
}

/// What of the warnings of an evaluation is to be shown, by file and position: what is about the program itself, unless
/// a comment allows it.
pub fn shown(program: &Program, mut warnings: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let allows = allows(program);
    warnings.retain(|it| {
        let of_file = it.span.and_then(|span| allows.get(&span.file));
        of_file.is_some_and(|allows| !allows.silences(it))
    });
    sort_diagnostics(program, &mut warnings);
    warnings
}

/// The comments of the files of the program itself.
fn allows(program: &Program) -> BTreeMap<FileId, Allows<'_>> {
    let ours = program.modules().filter(|module| module.is_ours());
    ours.map(|module| (module.file, Allows::of(module))).collect()
}
