use std::collections::BTreeMap;

use super::Value;
use super::evaluator::{Evaluator, Frame, Run};
use crate::builtin::Kind;
use crate::check::{Expected, Item, Place, Scope};
use crate::diagnostic::{Code, Diagnostic};
use crate::syntax::tree::Param;

/// What the client gave for the parameters of the target: its build arguments, by name.
pub type Arguments = BTreeMap<String, String>;

/// A target that the program does not declare.
pub static UNKNOWN_TARGET: Code = Code::error("HLB0310", "unknown-target");
/// A parameter of the target that no build argument sets.
pub static MISSING_ARGUMENT: Code = Code::error("HLB0311", "missing-build-argument");
/// A build argument that its parameter can't take.
pub static INVALID_BUILD_ARGUMENT: Code = Code::error("HLB0312", "invalid-build-argument");
/// A target that makes no filesystem.
pub static NOT_BUILDABLE: Code = Code::error("HLB0313", "not-buildable");

pub fn evaluate(evaluator: &mut Evaluator<'_, '_, '_>, name: &str, arguments: &Arguments) -> Value {
    let scopes = evaluator.program.scopes;
    let Some(scope) = scopes.iter().next() else { return Value::Unknown };
    let module = scope.module.id;
    let (function, stop, kind, at) = match scope.lookup(name) {
        Some(Item::Func(function)) => (function, None, &function.kind, function.decl.kind.span),
        Some(Item::Alias(alias)) => match alias.closure(scope) {
            Some(function) => (function, Some(alias.name.span), alias.kind(), alias.name.span),
            None => return Value::Unknown,
        },
        Some(Item::Import(_)) | None => {
            let found = UNKNOWN_TARGET.nowhere(format!("target `{name}` is not declared"));
            return evaluator.wrong(found.help(choices(scope)));
        }
    };
    if *kind != Kind::Fs {
        let message = format!("target `{name}` is of kind `{kind}`: only an `fs` can be built");
        return evaluator.wrong(NOT_BUILDABLE.at(at, message).help(choices(scope)));
    }
    let mut args = Vec::new();
    let mut params = BTreeMap::new();
    for (index, (param, kind)) in
        function.decl.params.params.iter().zip(&function.params).enumerate()
    {
        if param.variadic.is_some() {
            continue;
        }
        let value = match (argument(param, kind, arguments), &param.default) {
            (Some(Ok(value)), _) => value,
            (Some(Err(mistake)), _) => evaluator.wrong(mistake),
            (None, Some(default)) => {
                let frame = Frame {
                    place: Place::default(module, function, index),
                    params: &params,
                    stop: None,
                };
                evaluator.expr(&frame, default, Expected::Argument(kind))
            }
            (None, None) => evaluator.wrong(missing(name, param, kind)),
        };
        params.insert(param.name.text(), value.clone());
        args.push(value);
    }
    if !evaluator.cx.diagnostics.is_empty() {
        return Value::Unknown;
    }
    let start = evaluator.start(&function.kind);
    evaluator.function(Run { module, function, start, args, stop, call: function.decl.name.span })
}

fn argument(
    param: &Param,
    kind: &Kind,
    arguments: &Arguments,
) -> Option<Result<Value, Diagnostic>> {
    let text = arguments.get(param.name.text())?;
    let value = match kind {
        Kind::String => Some(Value::String(text.as_str().into())),
        Kind::Int => text.parse().ok().map(Value::Int),
        Kind::Bool => text.parse().ok().map(Value::Bool),
        _ => return None,
    };
    Some(value.ok_or_else(|| {
        let message =
            format!("build argument `{}`: expected `{}`, found `{text}`", param.name, param.kind);
        INVALID_BUILD_ARGUMENT.at(param.name.span, message)
    }))
}

fn missing(target: &str, param: &Param, kind: &Kind) -> Diagnostic {
    let found = MISSING_ARGUMENT
        .at(param.name.span, format!("parameter `{}` of target `{target}` is not set", param.name));
    match kind {
        Kind::String | Kind::Int | Kind::Bool => found.help(format!("set it with `--build-arg {}=…`", param.name)),
        kind => found.help(format!("a build argument can't be of kind `{kind}`: wrap `{target}` in a function without parameters")),
    }
}

/// What there is to build, for a help.
fn choices(scope: &Scope<'_>) -> String {
    let functions = scope.functions.iter().filter(|it| it.kind == Kind::Fs);
    let names: Vec<_> = functions.map(|it| format!("`{}`", it.decl.name)).collect();
    match &names[..] {
        [] => "declare a target, such as `fs default() { … }`".to_owned(),
        [name] => format!("the target is {name}"),
        names => format!("the targets are {}", names.join(", ")),
    }
}
