use crate::check::resolve::Resolved;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;
use crate::syntax::tree::{Expr, Path};

/// A call with too few or too many arguments.
pub static WRONG_ARITY: Code = Code::error("HLB0151", "wrong-arity");

/// What is wrong with the number of arguments, if anything is.
///
/// Too few are marked at the callee, too many at those that are too much.
pub(in crate::check) fn wrong_arity(
    path: &Path,
    callee: &Resolved<'_>,
    args: &[Expr],
) -> Option<Diagnostic> {
    let (least, most) = callee.arity();
    let count = args.len();
    if count >= least && most.is_none_or(|most| count <= most) {
        return None;
    }
    let surplus = args.iter().skip(most.unwrap_or(count)).map(Expr::span).reduce(Span::to);
    let plural = |number: usize| if number == 1 { "argument" } else { "arguments" };
    let expected = match most {
        None => format!("at least {least} {}", plural(least)),
        Some(0) => "no arguments".to_owned(),
        Some(most) if most == least => format!("{most} {}", plural(most)),
        Some(most) if least == 0 => format!("at most {most} {}", plural(most)),
        Some(most) => format!("{least} to {most} arguments"),
    };
    let message = format!("call of `{path}`: expected {expected}, found {count}");
    let found = WRONG_ARITY.at(surplus.unwrap_or(path.span), message);
    let found = match callee.span() {
        Some(span) => found.label(span, "declared here"),
        None => found,
    };
    let options = args.get(most.unwrap_or(count)).is_some_and(is_options);
    Some(match callee {
        _ if options => found.help("write `with` before it"),
        Resolved::Builtin(signature) => {
            let params = signature.params.iter().map(|param| {
                if param.variadic {
                    format!(" <{}>…", param.name)
                } else {
                    format!(" <{}>", param.name)
                }
            });
            found.help(format!("write `{path}{}`", params.collect::<String>()))
        }
        _ => found,
    })
}

fn is_options(arg: &Expr) -> bool {
    matches!(arg, Expr::Block(literal) if literal.kind.text() == "option")
}
