//! What the parameters and effects of one function must be among themselves.

use std::collections::HashMap;

use hlb_syntax::diagnostic::{Code, Diagnostic};
use hlb_syntax::tree::{Func, Param};

/// A parameter or effect that has the name of an earlier one in the same list.
pub static DUPLICATE_PARAMETER: Code = Code::error("HLB0124", "duplicate-parameter");

/// A `variadic` on a parameter that is not the last.
pub static MISPLACED_VARIADIC: Code = Code::error("HLB0125", "misplaced-variadic");

/// A default where there can be none, or a parameter that lacks one.
pub static MISPLACED_DEFAULT: Code = Code::error("HLB0126", "misplaced-default");

pub(in crate::check) fn check_signature(func: &Func, found: &mut Vec<Diagnostic>) {
    duplicates(&func.params.params, "parameter", found);
    variadic(&func.params.params, found);
    defaults(&func.params.params, found);
    if let Some(effects) = &func.effects {
        duplicates(&effects.params, "effect", found);
        found.extend(effects.params.iter().filter_map(|effect| {
            let default = effect.default.as_ref()?;
            let message = format!("effect `{}`: an effect has no default", effect.name);
            Some(MISPLACED_DEFAULT.at(default.span(), message).help("remove the default"))
        }));
    }
}

fn duplicates(params: &[Param], what: &str, found: &mut Vec<Diagnostic>) {
    if params.len() < 2 {
        return;
    }
    let mut names = HashMap::new();
    for param in params {
        let name = &param.name;
        let first = *names.entry(name.text()).or_insert(name.span);
        if first != name.span && !name.text().is_empty() {
            let message = format!("{what} `{name}` is declared more than once");
            let duplicate = DUPLICATE_PARAMETER.at(name.span, message);
            found.push(duplicate.label(first, "first declared here"));
        }
    }
}

fn variadic(params: &[Param], found: &mut Vec<Diagnostic>) {
    let Some((_, fixed)) = params.split_last() else { return };
    for param in fixed {
        if let Some(variadic) = param.variadic {
            let message = format!("parameter `{}`: only the last one can be variadic", param.name);
            let misplaced = MISPLACED_VARIADIC.at(variadic, message);
            found.push(misplaced.help(format!("move `{}` to the end", param.name)));
        }
    }
}

fn defaults(params: &[Param], found: &mut Vec<Diagnostic>) {
    let mut first = None;
    for param in params {
        let name = &param.name;
        match (&param.default, param.variadic, first) {
            (Some(default), Some(_), _) => {
                let message = format!("parameter `{name}`: a variadic one has no default");
                found
                    .push(MISPLACED_DEFAULT.at(default.span(), message).help("remove the default"));
            }
            (Some(_), None, _) => first = first.or(Some(name.span)),
            (None, None, Some(first)) => {
                let message =
                    format!("parameter `{name}` without a default, after one with a default");
                let misplaced = MISPLACED_DEFAULT.at(name.span, message);
                let misplaced = misplaced.label(first, "this one has a default");
                found.push(misplaced.help(format!("give `{name}` a default, or move it left")));
            }
            (None, ..) => {}
        }
    }
}
