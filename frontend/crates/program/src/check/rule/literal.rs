use hlb_syntax::diagnostic::Diagnostic;
use hlb_syntax::tree::{Expr, StringForm, StringPart};

use crate::builtin::Param;

/// What a builtin has against an argument whose text is known without evaluation.
///
/// A heredoc is not: its indentation is removed later.
pub fn invalid_literal(param: &Param, arg: &Expr) -> Option<Diagnostic> {
    let check = param.check?;
    let Expr::String(literal) = arg else { return None };
    if !matches!(literal.form, StringForm::Quoted | StringForm::Raw) {
        return None;
    }
    let text = literal.parts.iter().map(|part| match part {
        StringPart::Text { value, .. } => Some(&**value),
        StringPart::Interpolation { .. } => None,
    });
    check(&text.collect::<Option<String>>()?, literal.span).err()
}
