use hlb_syntax::diagnostic::Code;

use super::fs;
use super::{call, evaluator, target};

/// Every rule of this crate.
pub static CODES: &[&Code] = &[
    &call::INVALID_ARGUMENT,
    &evaluator::UNSUPPORTED,
    &evaluator::TOO_DEEP,
    &evaluator::UNAVAILABLE,
    &target::UNKNOWN_TARGET,
    &target::MISSING_ARGUMENT,
    &target::INVALID_BUILD_ARGUMENT,
    &target::NOT_BUILDABLE,
    &fs::UNRESOLVED_IMAGE,
    &fs::NO_COMMAND,
    &fs::UNBINDABLE,
    &fs::SHARING_CONFLICT,
    &fs::INVALID_CACHE_SPEC,
];
