//! The builtins of kind `string`, and what literals come to.

mod client;
mod file_content;
mod format;
mod manifest;
mod platform;
mod sprintf;
mod template;

use std::sync::Arc;

use super::Builtin;
pub use client::{CLIENT_COMMAND, LOCAL_ENV};
use hlb_syntax::heredoc_value;
use hlb_syntax::tree::StringForm;
pub use manifest::UNAVAILABLE_MANIFEST;
pub use template::INVALID_TEMPLATE;

pub use file_content::NO_CONTENT;

/// All of them; each file lists its own.
pub(super) static ROWS: &[&[&Builtin]] = &[
    client::ROWS,
    file_content::ROWS,
    format::ROWS,
    manifest::ROWS,
    platform::ROWS,
    template::ROWS,
];

/// The value of a literal once its parts are joined.
pub(super) fn finish(form: StringForm, text: &str) -> Arc<str> {
    match form {
        StringForm::Quoted | StringForm::Raw => text.into(),
        StringForm::Heredoc { indent, .. } => heredoc_value(indent, text).into(),
    }
}
