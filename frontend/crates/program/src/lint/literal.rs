use hlb_syntax::heredoc_value;
use hlb_syntax::tree::StringForm;

use crate::program::{Expr, StringExpr, StringPart};

/// Put for an interpolation, whose value is not known; no program has this character.
pub(super) const HOLE: char = '\u{1A}';

/// The value of a string that needs no evaluation.
pub(super) fn literal(expr: &Expr) -> Option<String> {
    shown(expr).filter(|text| !text.contains(HOLE))
}

/// The value of a string literal, with a hole for each interpolation.
pub(super) fn shown(expr: &Expr) -> Option<String> {
    let Expr::String(StringExpr { form, parts, .. }) = expr else { return None };
    let mut text = String::new();
    for part in parts {
        match part {
            StringPart::Text { value, .. } => text.push_str(value),
            StringPart::Interpolation { .. } => text.push(HOLE),
        }
    }
    Some(match form {
        StringForm::Heredoc { indent, .. } => heredoc_value(*indent, &text),
        StringForm::Quoted | StringForm::Raw => text,
    })
}
