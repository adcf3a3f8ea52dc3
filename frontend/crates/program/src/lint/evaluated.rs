//! Warnings that need an evaluation, which reports them: here is what comments can allow.

use hlb_syntax::diagnostic::Code;

use super::rule::{Find, Rule};

/// A base image that was made for another platform than the one that it is taken for.
pub static BASE_PLATFORM: Code = Code::warning("HLB0561", "base-platform");

/// A base image with instructions for a Dockerfile, which are not carried out.
pub static BASE_TRIGGERS: Code = Code::warning("HLB0562", "base-triggers");

const CODES: &[&Code] = &[&BASE_PLATFORM, &BASE_TRIGGERS];

pub(super) static RULE: Rule =
    Rule { codes: CODES, across_modules: CODES, find: Find::ByEvaluation };
