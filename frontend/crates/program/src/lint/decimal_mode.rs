use hlb_syntax::diagnostic::{Code, Diagnostic};

use super::linted::Linted;
use super::rule::{Find, Rule};
use crate::builtin::Meaning;
use crate::program::{Expr, IntLit};

/// Permission bits that are written as a decimal number, and look like an octal one.
pub static DECIMAL_MODE: Code = Code::warning("HLB0553", "decimal-mode");

pub(super) static RULE: Rule =
    Rule { codes: &[&DECIMAL_MODE], across_modules: &[], find: Find::InModule(lint) };

/// Usual modes whose decimal form has octal digits only: 420 and 511.
const MEANT: [i64; 2] = [0o644, 0o777];

/// Twelve bits are all that a file has: what has more is an error already.
const MOST: i64 = 0o7777;

fn lint(linted: &Linted<'_>, found: &mut Vec<Diagnostic>) {
    for call in &linted.calls {
        let args = call.it.args_with_meaning();
        let modes = args.filter(|(meaning, _)| *meaning == Meaning::Mode);
        found.extend(modes.filter_map(|(_, mode)| decimal(linted, mode)));
    }
}

fn decimal(linted: &Linted<'_>, mode: &Expr) -> Option<Diagnostic> {
    let Expr::Int(IntLit { span, value }) = mode else { return None };
    let written = linted.text(*span);
    let looks_octal = matches!(written.len(), 3 | 4)
        && written.bytes().all(|digit| matches!(digit, b'0'..=b'7'))
        && !MEANT.contains(value)
        && *value <= MOST;
    let message =
        format!("mode `{written}` is a decimal number: its permission bits are {value:#o}");
    looks_octal.then(|| DECIMAL_MODE.at(*span, message).help(format!("write `0o{written}`")))
}
