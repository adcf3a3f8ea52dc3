use hlb_syntax::diagnostic::{Code, Diagnostic};
use hlb_syntax::source::Span;
use hlb_syntax::tree::Path;

/// The right arguments in another order.
pub static ARGUMENT_ORDER: Code = Code::error("HLB0152", "argument-order");

/// `wrong` are the arguments that stand in each other's place, `ordered` all of them as the parameters are.
pub(in crate::check) fn argument_order(path: &Path, wrong: Span, ordered: &[&str]) -> Diagnostic {
    let found = ARGUMENT_ORDER.at(wrong, format!("call of `{path}`: arguments in another order"));
    let is_short = ordered.iter().all(|arg| arg.len() <= MAX_SHOWN && !arg.contains('\n'));
    match is_short {
        true => found.help(format!("write `{path} {}`", ordered.join(" "))),
        false => found,
    }
}

/// Longest argument that the help repeats, in bytes.
const MAX_SHOWN: usize = 60;
