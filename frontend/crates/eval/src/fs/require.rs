use std::sync::Arc;

use hlb_plan::{Purpose, Root};
use hlb_program::builtin::{Kind, Param, Signature};
use hlb_syntax::diagnostic::Diagnostic;
use llb::State;

use crate::{Arg, Builtin, Call, Cx, Fs, Lower, Value};

pub(super) static ROWS: &[&Builtin] = &[&REQUIRE];

static REQUIRE: Builtin = Builtin::extension(
    Signature::new(
        Kind::Fs,
        "require",
        const {
            &[Param::variadic(
                "check",
                Kind::Fs,
                "a filesystem that must be built, such as one with a `run` of tests",
            )]
        },
        "Fails the build if a check fails. The checks run at the same time as what uses this \
         filesystem, and nothing of them is in it. If nothing uses it, they do not run.",
    ),
    Lower::Fs(lower),
)
.in_dockerfile("`RUN --mount=type=bind,from=CHECK,target=/mnt true`");

fn lower(cx: &mut Cx<'_>, fs: Arc<Fs>, call: &Call) -> Result<Fs, Diagnostic> {
    let mut fs = Arc::unwrap_or_clone(fs);
    for Arg { value, span } in &call.args {
        let Value::Fs(check) = value else { continue };
        if check.state == State::Scratch {
            continue;
        }
        let name = format!("check of `{}`", cx.frame.scope.name).into();
        let (purpose, output) = (Purpose::Check(*span), check.state.clone());
        fs.checks.insert(cx.output.check_count, Root { name, purpose, output });
        cx.output.check_count += 1;
    }
    Ok(fs)
}
