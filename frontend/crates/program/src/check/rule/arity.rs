use hlb_syntax::diagnostic::{Code, Diagnostic};
use hlb_syntax::source::Span;
use hlb_syntax::tree::{Expr, Path};

use crate::builtin::{Kind, Takes};
use crate::program::Declaration;

/// A call with too few or too many arguments.
pub static WRONG_ARITY: Code = Code::error("HLB0151", "wrong-arity");

/// The error in the number of arguments, if there is one.
///
/// Too few are marked at the callee, too many at the surplus. `text` is that of the module.
pub(in crate::check) fn wrong_arity(
    text: &str,
    path: &Path,
    callee: Declaration<'_>,
    args: &[Expr],
    form: Form,
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
        Some(most) if most == least + 1 => format!("{least} or {most} arguments"),
        Some(most) => format!("{least} to {most} arguments"),
    };
    let message = format!("call of `{path}`: expected {expected}, found {count}");
    let found = WRONG_ARITY.at(surplus.unwrap_or(path.span), message);
    let found = match callee.span() {
        Some(span) => found.label(span, "declared here"),
        None => found,
    };
    if args.get(most.unwrap_or(count)).is_some_and(is_options) {
        return Some(found.help("write `with` before it"));
    }
    if let (true, Some(without)) =
        (count + 1 == least, form.without_input(text, path, callee, args))
    {
        return Some(found.help(format!("write what it takes the files from first: `{without}`")));
    }
    Some(match params(callee) {
        None => found,
        Some(params) => found.help(format!("write `{}`", form.of(path, &params))),
    })
}

/// Longest argument that a help repeats, in bytes.
const MAX_SHOWN: usize = 60;

/// How a call is written.
#[derive(Clone, Copy)]
pub(in crate::check) enum Form {
    Statement,
    Expression,
}

impl Form {
    /// A call that has all its strings, and lacks only the filesystem before them: with the build context there.
    fn without_input(
        self,
        text: &str,
        path: &Path,
        callee: Declaration<'_>,
        args: &[Expr],
    ) -> Option<String> {
        let (_, first) = callee.param_of_arg(0)?;
        let are_strings = args.iter().all(|arg| matches!(arg, Expr::String(_)));
        if *first != Kind::Fs || args.is_empty() || !are_strings {
            return None;
        }
        let args = args.iter().filter_map(|arg| text.get(arg.span().range()));
        let args: Vec<String> =
            std::iter::once("local(\".\")").chain(args).map(str::to_owned).collect();
        let is_short = args.iter().all(|arg| arg.len() <= MAX_SHOWN && !arg.contains('\n'));
        is_short.then(|| self.of(path, &args))
    }

    fn of(self, path: &Path, params: &[String]) -> String {
        match self {
            _ if params.is_empty() => path.to_string(),
            Self::Statement => format!("{path} {}", params.join(" ")),
            Self::Expression => format!("{path}({})", params.join(", ")),
        }
    }
}

/// The parameters as the help shows them; `None` if the callee has none.
fn params(callee: Declaration<'_>) -> Option<Vec<String>> {
    let shown = |name: &str, takes: Takes| match takes {
        Takes::One => format!("<{name}>"),
        Takes::Optional => format!("[<{name}>]"),
        Takes::Any => format!("<{name}>…"),
    };
    match callee {
        Declaration::Builtin(signature) => {
            Some(signature.params.iter().map(|it| shown(it.name, it.takes)).collect())
        }
        Declaration::Function(function) | Declaration::Alias(_, function) => {
            let params = function.params.iter().map(|it| {
                let takes = match (it.is_variadic, &it.default) {
                    (true, _) => Takes::Any,
                    (false, Some(_)) => Takes::Optional,
                    (false, None) => Takes::One,
                };
                shown(it.name.text(), takes)
            });
            Some(params.collect())
        }
        _ => None,
    }
}

fn is_options(arg: &Expr) -> bool {
    matches!(arg, Expr::Block(literal) if literal.kind.text() == "option")
}
