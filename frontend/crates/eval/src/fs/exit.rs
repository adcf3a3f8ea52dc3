use std::collections::BTreeSet;

use gateway_proto::caps;
use hlb_program::builtin::{ArgSite, Kind, Param, Signature};
use hlb_syntax::diagnostic::Diagnostic;

use crate::{Arg, Builtin, Call, Lower, Value};

pub(super) static ROWS: &[&Builtin] = &[&ALLOW_EXIT];

static ALLOW_EXIT: Builtin = Builtin::extension(
    Signature::new(
        Kind::option("run"),
        "allowExit",
        const {
            &[Param::variadic("code", Kind::Int, "an exit code, from 0 to 255")
                .ints_checked_by(|found, site| exit_code(found, site).map(drop))]
        },
        "Takes it for success, too, if the command ends with one of these exit codes. 0 is \
         always success.",
    ),
    Lower::Option,
)
.needing(caps::EXEC_VALIDEXITCODE);

/// The exit codes of a `run` that are success, ascending; none stands for 0 alone.
///
/// A daemon that is given some takes no other, not even 0 (BuildKit 0.17, `executor/runcexecutor/executor.go`,
/// `exitError`).
pub fn valid_exit_codes(call: &Call) -> Result<Vec<i32>, Diagnostic> {
    let mut codes = BTreeSet::new();
    for option in call.option_calls(&ALLOW_EXIT) {
        for Arg { value, span } in &option.args {
            if let Value::Int(found) = value {
                codes.insert(exit_code(*found, &ArgSite { span: *span, ..option.site("code") })?);
            }
        }
    }
    // Those that are 0 alone change nothing, and no key either.
    match codes.iter().all(|code| *code == 0) {
        true => Ok(Vec::new()),
        false => Ok([0].into_iter().chain(codes).collect::<BTreeSet<_>>().into_iter().collect()),
    }
}

/// An exit code, of which the kernel keeps eight bits.
fn exit_code(found: i64, site: &ArgSite) -> Result<i32, Diagnostic> {
    match u8::try_from(found) {
        Ok(code) => Ok(code.into()),
        Err(_) => {
            Err(site.invalid(format!("expected an exit code from 0 to 255, found `{found}`")))
        }
    }
}
