use std::fmt;

use hlb_syntax::diagnostic::{Code, Diagnostic};
use hlb_syntax::source::Span;
use hlb_syntax::tree::{IntLit, Name, Path, StringLit, StringPart};

use crate::builtin::Kind;
use crate::check::expected::Expected;
use crate::program::Declaration;

/// Something of one kind where another is needed.
pub static KIND_MISMATCH: Code = Code::error("HLB0141", "kind-mismatch");

/// What needs a kind, as the message names it.
#[derive(Clone, Copy)]
pub(in crate::check) enum Role<'s> {
    Statement,
    Call { callee: &'s Path },
    Argument { callee: &'s Path, param: &'s str },
    Options { callee: &'s Path },
    Source { import: &'s Name },
    Interpolation,
    Default { param: &'s Name },
}

impl fmt::Display for Role<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Statement => f.write_str("statement"),
            Self::Call { callee } => write!(f, "call of `{callee}`"),
            Self::Argument { callee, param } => write!(f, "parameter `{param}` of `{callee}`"),
            Self::Options { callee } => write!(f, "`with` of `{callee}`"),
            Self::Source { import } => write!(f, "source of import `{import}`"),
            Self::Interpolation => f.write_str("interpolation"),
            Self::Default { param } => write!(f, "default of `{param}`"),
        }
    }
}

/// A literal, or the kind of a block, that does not fit.
pub(in crate::check) fn literal_mismatch(
    span: Span,
    found: &Kind,
    expected: Expected<'_>,
    role: Role<'_>,
) -> Diagnostic {
    let error = KIND_MISMATCH.at(span, message(found, expected, role));
    match (role, found) {
        (Role::Argument { .. }, Kind::AnyOption) => error.help("write `with` before it"),
        _ => error,
    }
}

/// A number that does not fit, but may as text.
pub(in crate::check) fn int_mismatch(
    literal: &IntLit,
    expected: Expected<'_>,
    role: Role<'_>,
) -> Diagnostic {
    let found = literal_mismatch(literal.span, &Kind::Int, expected, role);
    match expected.accepts(&Kind::String) {
        true => found.help(format!("write `\"{}\"` for a string", literal.value)),
        false => found,
    }
}

/// A string that does not fit; one that holds a number may have been meant as that.
pub(in crate::check) fn string_mismatch(
    literal: &StringLit,
    expected: Expected<'_>,
    role: Role<'_>,
) -> Diagnostic {
    let found = literal_mismatch(literal.span, &Kind::String, expected, role);
    if expected.accepts(&Kind::Fs) && matches!(role, Role::Argument { .. } | Role::Default { .. }) {
        return found
            .help("write `local(…)` for files of the build context, `image(…)` for an image");
    }
    let [StringPart::Text { value, .. }] = literal.parts.as_slice() else { return found };
    let is_number = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number || !expected.accepts(&Kind::Int) {
        return found;
    }
    let is_octal = value.len() > 1 && value.bytes().all(|byte| byte < b'8');
    match value.strip_prefix('0') {
        Some(digits) if is_octal => found.help(format!("write `0o{digits}` for an octal number")),
        _ => found.help(format!("write `{}` without quotes", value.trim_start_matches('0'))),
    }
}

/// A name that does not fit; `span` is that of the name, of a reference that of the member.
pub(in crate::check) fn name_mismatch(
    span: Span,
    path: &Path,
    callee: Declaration<'_>,
    expected: Expected<'_>,
    role: Role<'_>,
) -> Diagnostic {
    let kind = callee.kind();
    let mut found = KIND_MISMATCH.at(span, message(kind, expected, role));
    if let Some(declared) = callee.span() {
        found = found.label(declared, "declared here");
    }
    match (expected, kind) {
        (Expected::Statement(Kind::Pipeline), Kind::Fs | Kind::String | Kind::Int | Kind::Bool) => {
            let args = if callee.arity().1 == Some(0) { "" } else { "(…)" };
            found.help(format!("write `stage {path}{args}`"))
        }
        (Expected::Statement(Kind::Fs), Kind::Option(subject)) => found
            .help(format!("write `{path}` in the options of a call: `{subject} … with {path}`")),
        _ => found,
    }
}

fn message(found: &Kind, expected: Expected<'_>, role: Role<'_>) -> String {
    let choices = match expected {
        Expected::Any => "any kind".to_owned(),
        Expected::Argument(Kind::Pipeline) => {
            "`bool`, `fs`, `int`, `pipeline` or `string`".to_owned()
        }
        Expected::Statement(kind) | Expected::Argument(kind) | Expected::Options(kind) => {
            format!("`{kind}`")
        }
        Expected::Source => "`fs` or `string`".to_owned(),
        Expected::Interpolation => "`bool`, `int` or `string`".to_owned(),
    };
    format!("{role}: expected {choices}, found `{found}`")
}
