//! What an `as` clause may do (language spec, section 3.7).

use hlb_syntax::diagnostic::{Code, Diagnostic, choices, nearest_name};
use hlb_syntax::source::Span;
use hlb_syntax::tree::{BindForm, Binds, Name, Path};

use crate::builtin::{Kind, Signature};

/// An `as` with nothing after it.
pub static BIND_WITHOUT_NAME: Code = Code::error("HLB0161", "bind-without-name");

/// An `as` in a block whose calls do not belong to a function's body.
pub static BIND_WITHOUT_CLOSURE: Code = Code::error("HLB0162", "bind-without-closure");

/// An `as` on a call that has nothing to bind.
pub static BIND_WITHOUT_EFFECT: Code = Code::error("HLB0163", "bind-without-effect");

/// An effect in an `as` list that the builtin does not have.
pub static UNKNOWN_EFFECT: Code = Code::error("HLB0164", "unknown-effect");

pub(in crate::check) fn no_name(keyword: Span) -> Diagnostic {
    BIND_WITHOUT_NAME
        .at(keyword, "`as` without a name to bind")
        .help("write `as NAME`, or `as (EFFECT NAME)`")
}

/// `kind` is that of the block around the call.
pub(in crate::check) fn no_closure(keyword: Span, kind: Span) -> Diagnostic {
    BIND_WITHOUT_CLOSURE
        .at(keyword, "`as` in a block that belongs to no function's body")
        .label(kind, "this block")
        .help("move the call into a function of its own")
}

/// `declared` is where the callee is declared; builtins have no text.
pub(in crate::check) fn no_effect(
    binds: &Binds,
    callee: &Path,
    kind: &Kind,
    declared: Option<Span>,
) -> Diagnostic {
    let message = format!("`{callee}` has no effect that `as` could bind");
    let mut found = BIND_WITHOUT_EFFECT.at(binds.keyword, message);
    if let Some(span) = declared {
        found = found.label(span, "declared here");
    }
    match &binds.form {
        BindForm::Single(name) if !kind.is_option() && *kind != Kind::Unknown => {
            found.help(format!("declare `{kind} {name}() {{ {callee} … }}` to name its result"))
        }
        _ => found,
    }
}

pub(in crate::check) fn unknown_effect(name: &Name, signature: &Signature) -> Diagnostic {
    let effects = || signature.effects.iter().map(|it| it.name);
    let message =
        format!("effect of `{}`: expected {}, found `{name}`", signature.name, choices(effects()));
    let found = UNKNOWN_EFFECT.at(name.span, message);
    match (nearest_name(name.text(), effects()), signature.effects) {
        (Some(near), _) => found.did_you_mean(near),
        (None, [only]) => found.help(format!("write `{}`", only.name)),
        (None, _) => found,
    }
}
