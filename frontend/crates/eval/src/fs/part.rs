//! Parts of filesystems: what a part is taken from, and that it is there.

use hlb_syntax::diagnostic::{Code, Diagnostic};
use hlb_syntax::source::Span;
use llb::{Part, State};

use crate::Cx;

/// A path of a context that an ignore file keeps from being sent.
pub static EXCLUDED_PATH: Code = Code::error("HLB0421", "excluded-path");

/// What a part of a filesystem is taken from.
///
/// # Errors
/// At `span`, if an ignore file leaves out all of the part: the daemon would only say that it is not there.
pub fn taken(cx: &mut Cx<'_>, whole: &State, part: &Part, span: Span) -> Result<State, Diagnostic> {
    let Some(path) = part.path() else { return Ok(cx.part(whole, part)) };
    let Some(excluding) = cx.excluding(whole, path) else { return Ok(cx.part(whole, part)) };
    Err(EXCLUDED_PATH
        .at(span, format!("`{path}` is excluded by {excluding}"))
        .help(format!("write `!{path}` below that line")))
}
