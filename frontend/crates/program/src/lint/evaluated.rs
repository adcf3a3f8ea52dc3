//! Warnings that need an evaluation, or files beside the program, and are reported by who has these: here is what comments can allow.

use hlb_syntax::diagnostic::Code;

use super::rule::{Find, Rule};

/// A base image that was made for another platform than the one that it is taken for.
pub static BASE_PLATFORM: Code = Code::warning("HLB0561", "base-platform");

/// A base image with instructions for a Dockerfile, which are not carried out.
pub static BASE_TRIGGERS: Code = Code::warning("HLB0562", "base-triggers");

/// A candidate that is not taken because access to a source of it is denied.
pub static DENIED_CANDIDATE: Code = Code::warning("HLB0576", "denied-candidate");

/// A candidate that is not taken because an image of it is not there for the platform.
pub static CANDIDATE_PLATFORM: Code = Code::warning("HLB0577", "candidate-platform");

/// A candidate whose value is made before anybody looks whether its sources are there.
pub static MADE_CANDIDATE: Code = Code::warning("HLB0578", "made-candidate");

/// A build cache whose host does not answer, and which is therefore not imported.
pub static SILENT_CACHE: Code = Code::warning("HLB0533", "silent-cache");

/// A build cache that a module from elsewhere imports, which the client does not trust.
pub static UNTRUSTED_CACHE: Code = Code::warning("HLB0535", "untrusted-cache");

/// A build cache that is none of those that the client lets be imported.
pub static DENIED_CACHE: Code = Code::warning("HLB0536", "denied-cache");

/// A build cache that only the client has the credentials for, which it does not give.
pub static CACHE_WITHOUT_CREDENTIALS: Code = Code::warning("HLB0537", "cache-without-credentials");

/// A build cache that is imported with two sets of attributes, of which the daemon takes one.
pub static DIVIDED_IMPORT: Code = Code::warning("HLB0538", "divided-import");

/// A filesystem that a build cache is imported from, in which there is none that a daemon could import.
pub static UNUSABLE_LAYOUT: Code = Code::warning("HLB0539", "unusable-layout");

/// A section that is built although it may be taken from an image, since nobody can say which, or whether it is there.
pub static UNSUBSTITUTED: Code = Code::warning("HLB0540", "unsubstituted-section");

/// A path of the build context that an ignore file on this machine leaves out.
pub static IGNORED_PATH: Code = Code::warning("HLB0566", "ignored-path");

/// One cache id with two owners, modes or contents, of which the daemon has a directory for each.
pub static DIVIDED_CACHE: Code = Code::warning("HLB0441", "divided-cache");

/// A seed with something that the cache does not have after it was filled.
pub static INCOMPLETE_SEED: Code = Code::warning("HLB0442", "incomplete-seed");

const CODES: &[&Code] = &[
    &BASE_PLATFORM,
    &BASE_TRIGGERS,
    &DENIED_CANDIDATE,
    &CANDIDATE_PLATFORM,
    &MADE_CANDIDATE,
    &SILENT_CACHE,
    &UNTRUSTED_CACHE,
    &DENIED_CACHE,
    &CACHE_WITHOUT_CREDENTIALS,
    &DIVIDED_IMPORT,
    &UNUSABLE_LAYOUT,
    &UNSUBSTITUTED,
    &IGNORED_PATH,
    &DIVIDED_CACHE,
    &INCOMPLETE_SEED,
];

pub(super) static RULE: Rule =
    Rule { codes: CODES, across_modules: CODES, find: Find::ByEvaluation };
