use hlb_syntax::diagnostic::Code;

use super::fs;
use super::{
    capability, evaluator, export, filter, import, limit, string, target, unused_argument,
};

/// Every rule of this crate.
pub static CODES: &[&Code] = &[
    &evaluator::UNSUPPORTED,
    &evaluator::TOO_DEEP,
    &evaluator::UNAVAILABLE,
    &evaluator::NO_CANDIDATE,
    &limit::EVALUATION_TOO_LARGE,
    &target::UNKNOWN_TARGET,
    &target::MISSING_ARGUMENT,
    &target::INVALID_BUILD_ARGUMENT,
    &target::NOT_BUILDABLE,
    &export::EXPORT_PATH,
    &export::NO_OWN_PROGRAM,
    &fs::WINDOWS_IMAGE,
    &import::EXPORT_IN_IMPORT,
    &string::CLIENT_COMMAND,
    &string::INVALID_TEMPLATE,
    &string::UNAVAILABLE_MANIFEST,
    &unused_argument::UNUSED_ARGUMENT,
    &filter::UNKNOWN_CACHE_FILTER,
    &fs::UNRESOLVED_IMAGE,
    &fs::EXCLUDED_PATH,
    &fs::MISSING_CONTEXT,
    &fs::MERGE_TOO_LARGE,
    &fs::INVALID_PORT,
    &fs::INVALID_SIGNAL,
    &fs::EMPTY_NAME,
    &fs::INVALID_DURATION,
    &fs::NO_COMMAND,
    &fs::UNBINDABLE,
    &fs::SHARING_CONFLICT,
    &capability::MISSING_CAPABILITY,
    &fs::DUPLICATE_MOUNT,
    &fs::ROOT_MOUNT,
    &fs::SECRET_DIRECTORY,
    &fs::UNAVAILABLE_SOURCE,
    &fs::NO_SECRET_KEY,
    &fs::WEAK_SECRET_KEY,
    &fs::NO_FINGERPRINT,
    &fs::INVALID_CACHE_SPEC,
    &string::NO_CONTENT,
];
