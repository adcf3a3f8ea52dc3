use hlb_syntax::diagnostic::Diagnostic;
use hlb_syntax::tree::{Expr, StringForm, StringLit, StringPart};

use crate::builtin::{ArgSite, Param, Signature};

/// What a builtin has against an argument whose value is known without evaluation.
///
/// The text of a heredoc is not: its indentation is removed later.
pub fn invalid_literal(signature: &Signature, param: &Param, arg: &Expr) -> Option<Diagnostic> {
    let site = ArgSite { builtin: signature.name, param: param.name, span: arg.span() };
    let checked = match arg {
        Expr::String(literal) => param.check?(&text(literal)?, &site),
        Expr::Int(literal) => param.int_check?(literal.value, &site),
        _ => return None,
    };
    checked.err()
}

fn text(literal: &StringLit) -> Option<String> {
    if !matches!(literal.form, StringForm::Quoted | StringForm::Raw) {
        return None;
    }
    let text = literal.parts.iter().map(|part| match part {
        StringPart::Text { value, .. } => Some(&**value),
        StringPart::Interpolation { .. } => None,
    });
    text.collect()
}
