use hlb_syntax::diagnostic::Diagnostic;
use hlb_syntax::heredoc_value;
use hlb_syntax::tree::{self, StringForm, StringLit, StringPart};

use crate::builtin::{ArgSite, Judgment, Param, Signature};
use crate::program::{Callee, Expr, Stmt};

/// What a builtin has against an argument whose value is known without evaluation.
pub fn invalid_literal(
    signature: &Signature,
    param: &Param,
    arg: &tree::Expr,
) -> Option<Diagnostic> {
    let site = ArgSite { builtin: signature.name, param: param.name, span: arg.span() };
    let checked = match arg {
        tree::Expr::String(literal) => param.check?(&text(literal)?, &site),
        tree::Expr::Int(literal) => param.int_check?(literal.value, &site),
        _ => return None,
    };
    checked.err()
}

/// What the options of a call have against its arguments, as far as both are known without evaluation.
pub fn invalid_under(
    options: &Expr,
    signature: &'static Signature,
    args: &[tree::Expr],
) -> Vec<Diagnostic> {
    let invalid = |option: &Signature| {
        let Judgment { param, check } = option.judges?;
        let index = signature.params.iter().position(|it| it.name == param)?;
        let tree::Expr::String(literal) = args.get(index)? else { return None };
        let site = ArgSite { builtin: signature.name, param, span: literal.span };
        check(&text(literal)?, &site).err()
    };
    written(options).filter_map(invalid).collect()
}

/// The builtins of options that a call has for certain.
fn written(options: &Expr) -> impl Iterator<Item = &'static Signature> {
    let (call, stmts) = match options {
        Expr::Call(call) => (Some(&**call), &[][..]),
        Expr::Block { block, .. } => (None, &*block.stmts),
        _ => (None, &[][..]),
    };
    let stmts = stmts.iter().filter_map(|stmt| match stmt {
        Stmt::Call(call) => Some(call),
        _ => None,
    });
    call.into_iter().chain(stmts).filter_map(|call| match call.callee {
        Callee::Builtin(signature) => Some(signature),
        _ => None,
    })
}

fn text(literal: &StringLit) -> Option<String> {
    let text = literal.parts.iter().map(|part| match part {
        StringPart::Text { value, .. } => Some(&**value),
        StringPart::Interpolation { .. } => None,
    });
    let text: String = text.collect::<Option<_>>()?;
    Some(match literal.form {
        StringForm::Heredoc { indent, .. } => heredoc_value(indent, &text),
        StringForm::Quoted | StringForm::Raw => text,
    })
}
