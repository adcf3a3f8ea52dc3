use hlb_syntax::diagnostic::{Code, Diagnostic};

use super::linted::Linted;
use super::rule::{Find, Rule};
use crate::builtin::{ArgSite, Meaning, Param, Signature};
use crate::program::{Expr, IntLit};

/// Permission bits that are written as a decimal number, and look like an octal one.
pub static DECIMAL_MODE: Code = Code::warning("HLB0553", "decimal-mode");

pub(super) static RULE: Rule =
    Rule { codes: &[&DECIMAL_MODE], across_modules: &[], find: Find::InModule(lint) };

/// Usual modes whose decimal form has octal digits only: 420 and 511.
const MEANT: [i64; 2] = [0o644, 0o777];

fn lint(linted: &Linted<'_>, found: &mut Vec<Diagnostic>) {
    for call in &linted.calls {
        let Some(signature) = call.it.signature() else { continue };
        let args = call.it.args_with_params();
        let modes = args.filter(|(param, _)| param.meaning == Meaning::Mode);
        found.extend(modes.filter_map(|(param, mode)| decimal(linted, signature, param, mode)));
    }
}

fn decimal(
    linted: &Linted<'_>,
    signature: &'static Signature,
    param: &'static Param,
    mode: &Expr,
) -> Option<Diagnostic> {
    let Expr::Int(IntLit { span, value }) = mode else { return None };
    let site = ArgSite { builtin: signature.name, param: param.name, span: *span };
    // What has more bits than there are is an error already.
    if param.int_check.is_some_and(|check| check(*value, &site).is_err()) {
        return None;
    }
    let written = linted.text(*span);
    let looks_octal = matches!(written.len(), 3 | 4)
        && written.bytes().all(|digit| matches!(digit, b'0'..=b'7'))
        && !MEANT.contains(value);
    let message =
        format!("mode `{written}` is a decimal number: its permission bits are {value:#o}");
    looks_octal.then(|| DECIMAL_MODE.at(*span, message).help(format!("write `0o{written}`")))
}
