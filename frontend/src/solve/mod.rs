//! Solves: from a build request to its result, by way of the requests that the program's sections become.
//!
//! In: frontend options and a bridge to the daemon. Out: the result that is returned, or the error. Supplies what
//! loading and evaluation ask for. Knows nothing of syntax. Start at [`serve`], then [`build`], which loads, evaluates
//! and solves one after the other.

mod absent_source;
mod askers;
mod build;
mod cache_hosts;
mod cache_permission;
mod cache_report;
mod choices;
mod contexts;
mod damaged_section;
mod defaults;
mod early_imports;
mod empty_caches;
mod execute;
mod failure;
mod file_answers;
mod fingerprints;
mod frontend_answers;
mod given;
mod import;
mod layouts;
mod load;
mod loaded;
mod log;
mod lookup;
mod missing;
mod own_steps;
mod patience;
mod request;
mod resolve_cache;
mod result;
mod run;
mod sbom;
mod serve;
mod source_answers;
mod source_date;
mod substitutes;
mod survey;
mod targets;
mod timing;
mod together;
mod unresolved;
mod usable_caches;
mod warnings;

pub use build::{about_options, build};
pub use cache_report::{CACHE, CacheReport, ReportedImport, ReportedSection};
pub use choices::{FIRST_OF, place};
pub use empty_caches::about as about_emptied_cache;
pub use failure::Failure;
pub use import::FAILED_IMPORT;
pub use load::load;
pub use request::{Build, DEFAULT_TARGET, eval_settings};
pub use resolve_cache::ResolveCache;
pub use serve::{Handler, Outcome, serve};
pub use substitutes::Substitution;
pub use survey::survey_target;
pub use targets::{Targets, described_target, targets};
pub use usable_caches::permitted_caches;

use hlb_syntax::diagnostic::Code;

/// Every rule of this crate.
pub static CODES: &[&Code] = &[
    &frontend_answers::NESTED_FRONTEND,
    &resolve_cache::TOO_MANY_QUESTIONS,
    &source_date::INVALID_SOURCE_DATE,
    &sbom::SCANNER_WITHOUT_COMMAND,
    &FAILED_IMPORT,
    &usable_caches::REQUIRED_CACHE,
    &missing::MISSING_SECRET,
    &missing::MISSING_DEVICE,
    &damaged_section::DAMAGED_SECTION,
    &empty_caches::NOT_EMPTIED,
    &empty_caches::UNKNOWN_CACHE,
    &empty_caches::KEPT_CACHE,
];
