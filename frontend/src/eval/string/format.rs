use crate::builtin::{Kind, Param, Signature};
use crate::diagnostic::Diagnostic;
use crate::eval::{Builtin, Call, Cx, Lower};

pub(super) static ROWS: &[&Builtin] = &[&FORMAT];

static FORMAT: Builtin = Builtin::new(
    Signature::new(
        Kind::String,
        "format",
        const {
            &[
                Param::new("formatString", Kind::String, "text with `%s` where a value goes"),
                Param::variadic("values", Kind::String, "the values"),
            ]
        },
        "Puts values into a text. `%s` is the value, `%q` the value in quotes, `%%` a percent sign.",
    ),
    Lower::String(lower),
);

fn lower(_: &mut Cx<'_>, call: &Call) -> Result<String, Diagnostic> {
    let mut values = call.strings().skip(1);
    let mut out = String::new();
    let mut rest = call.string("formatString");
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        let mut verb = after.chars();
        match verb.next() {
            Some('%') => out.push('%'),
            Some('s' | 'v') => match values.next() {
                Some(value) => out.push_str(value),
                None => {
                    return Err(call.invalid("formatString", "there are more verbs than values"));
                }
            },
            Some('q') => match values.next() {
                Some(value) => out.push_str(&format!("{value:?}")),
                None => {
                    return Err(call.invalid("formatString", "there are more verbs than values"));
                }
            },
            Some(other) => {
                let problem = format!("expected `%s`, `%v`, `%q` or `%%`, found `%{other}`");
                return Err(call.invalid("formatString", problem));
            }
            None => {
                return Err(call
                    .invalid("formatString", "a `%` stands at the end")
                    .help("write `%%` for a percent sign"));
            }
        }
        rest = verb.as_str();
    }
    out.push_str(rest);
    match values.next() {
        Some(_) => Err(call.invalid("values", "there are more values than verbs")),
        None => Ok(out),
    }
}
