use hlb_program::builtin::{Kind, Param, Signature};
use hlb_syntax::diagnostic::Diagnostic;

use super::sprintf::{TooLong, sprintf};
use crate::{Builtin, Call, Cx, Lower, MAX_EVALUATION_BYTES};

pub(super) static ROWS: &[&Builtin] = &[&FORMAT];

static FORMAT: Builtin = Builtin::new(
    Signature::new(
        Kind::String,
        "format",
        const {
            &[
                Param::new("formatString", Kind::String, "the text, with `%s` where a value goes"),
                Param::variadic("values", Kind::String, "the values, in the order of their places"),
            ]
        },
        "A text with values put into it, as Go's `fmt.Sprintf` does it: `%s` is the value, `%q` \
         the value in quotes, `%%` a percent sign.",
    ),
    Lower::String(lower),
)
.in_dockerfile("`${NAME}` in a word");

fn lower(_: &mut Cx<'_>, call: &Call) -> Result<String, Diagnostic> {
    let values: Vec<&str> = call.strings().skip(1).map(|it| &**it).collect();
    sprintf(call.string("formatString"), &values, MAX_EVALUATION_BYTES as usize).map_err(
        |TooLong| {
            let problem = format!("the text is longer than {} MiB", MAX_EVALUATION_BYTES >> 20);
            call.invalid("formatString", problem)
        },
    )
}
