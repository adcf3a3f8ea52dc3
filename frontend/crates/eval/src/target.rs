use std::collections::BTreeMap;

use hlb_program::builtin::Kind;
use hlb_program::check::{Expected, Function, Item, OldScope as Scope, Place};
use hlb_program::module::ModuleId;
use hlb_syntax::diagnostic::{Code, Diagnostic, nearest_name};
use hlb_syntax::source::Span;
use hlb_syntax::tree::Param;

use super::Value;
use super::evaluator::{Evaluator, Frame, Run};

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

/// A parameter of a target with what it is given; without a value, the client must give one.
pub struct Parameter<'p> {
    pub param: &'p Param,
    pub kind: &'p Kind,
    pub value: Option<Value>,
}

/// What is built: a function, or the alias in it at which its evaluation stops.
struct Target<'p> {
    scope: &'p Scope<'p>,
    module: ModuleId,
    function: &'p Function<'p>,
    stop: Option<Span>,
    /// Of the function, or of the alias.
    kind: &'p Kind,
}

pub fn evaluate(evaluator: &mut Evaluator<'_, '_, '_>, name: &str, arguments: &Arguments) -> Value {
    let target = match find(evaluator, name) {
        Ok(target) => target,
        Err(error) => return evaluator.wrong(error),
    };
    let Target { scope, module, function, stop, kind } = target;
    if *kind != Kind::Fs {
        let message = format!("target `{name}` is of kind `{kind}`: only an `fs` can be built");
        let found = NOT_BUILDABLE.at(stop.unwrap_or(function.decl.kind.span), message);
        return evaluator.wrong(choose(found, name, &targets(scope)));
    }
    let mut args = Vec::new();
    for Parameter { param, kind, value } in values(evaluator, &target, arguments) {
        args.push(value.unwrap_or_else(|| evaluator.wrong(missing(name, param, kind, arguments))));
    }
    if !evaluator.cx.diagnostics.is_empty() {
        return Value::Unknown;
    }
    let start = evaluator.start(&function.kind);
    evaluator.function(Run { module, function, start, args, stop, call: function.decl.name.span })
}

/// The parameters of a target, a variadic one aside.
pub fn parameters<'p>(
    evaluator: &mut Evaluator<'_, 'p, '_>,
    name: &str,
    arguments: &Arguments,
) -> Vec<Parameter<'p>> {
    match find(evaluator, name) {
        Ok(target) => values(evaluator, &target, arguments),
        Err(error) => {
            evaluator.wrong(error);
            Vec::new()
        }
    }
}

/// Finds a target of the program's first module.
fn find<'p>(evaluator: &Evaluator<'_, 'p, '_>, name: &str) -> Result<Target<'p>, Diagnostic> {
    let missing = || UNKNOWN_TARGET.without_span(format!("target `{name}` is not declared"));
    let Some(scope) = evaluator.program.scopes.iter().next() else {
        return Err(choose(missing(), name, &[]));
    };
    let found = match scope.lookup(name) {
        Some(Item::Func(function)) => Some((function, None, &function.kind)),
        Some(Item::Alias(alias)) => {
            alias.closure(scope).map(|function| (function, Some(alias.name.span), alias.kind()))
        }
        Some(Item::Import(_)) | None => None,
    };
    let (function, stop, kind) = found.ok_or_else(|| choose(missing(), name, &targets(scope)))?;
    Ok(Target { scope, module: scope.module.id, function, stop, kind })
}

fn values<'p>(
    evaluator: &mut Evaluator<'_, 'p, '_>,
    target: &Target<'p>,
    arguments: &Arguments,
) -> Vec<Parameter<'p>> {
    let Target { module, function, .. } = *target;
    let mut params = BTreeMap::new();
    let mut found = Vec::new();
    for (index, (param, kind)) in
        function.decl.params.params.iter().zip(&function.params).enumerate()
    {
        if param.variadic.is_some() {
            continue;
        }
        let value = match (argument(param, kind, arguments), &param.default) {
            (Some(Ok(value)), _) => Some(value),
            (Some(Err(error)), _) => Some(evaluator.wrong(error)),
            (None, Some(default)) => {
                let place = Place::default(module, function, index);
                let frame = Frame { place, params: &params, stop: None };
                Some(evaluator.expr(&frame, default, Expected::Argument(kind)))
            }
            (None, None) => None,
        };
        params.insert(param.name.text(), value.clone().unwrap_or_default());
        found.push(Parameter { param, kind, value });
    }
    found
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
        INVALID_BUILD_ARGUMENT.at(param.name.span, message).help(match kind {
            Kind::Bool => "write `true` or `false`",
            _ => "write a number in decimal digits",
        })
    }))
}

fn missing(target: &str, param: &Param, kind: &Kind, arguments: &Arguments) -> Diagnostic {
    let name = param.name.text();
    let found = MISSING_ARGUMENT
        .at(param.name.span, format!("parameter `{name}` of target `{target}` is not set"));
    if !kind.is_text() {
        return found.help(format!(
            "give it a default, or wrap `{target}` in a function without parameters: \
             a build argument can't be of kind `{kind}`"
        ));
    }
    // Dockerfiles have their arguments in capitals.
    match arguments.keys().find(|given| given.eq_ignore_ascii_case(name)) {
        Some(given) => found.help(format!("set `{name}` instead of `{given}`: the case counts")),
        None => found.help(format!("set it with `--build-arg {name}=…`")),
    }
}

/// What of a module can be built.
fn targets<'s>(scope: &'s Scope<'_>) -> Vec<&'s str> {
    let functions = scope.functions.iter().filter(|it| it.kind == Kind::Fs);
    functions.map(|it| it.decl.name.text()).collect()
}

/// The most targets that a help lists.
const MAX_LISTED: usize = 20;

/// Helps to choose another target than `name`.
fn choose(found: Diagnostic, name: &str, targets: &[&str]) -> Diagnostic {
    if let Some(near) = nearest_name(name, targets.iter().copied()) {
        return found.did_you_mean(near);
    }
    let shown: Vec<String> = targets.iter().take(MAX_LISTED).map(|it| format!("`{it}`")).collect();
    let dots = if targets.len() > MAX_LISTED { ", …" } else { "" };
    match shown.as_slice() {
        [] => found.help("declare a target, such as `fs default() { … }`"),
        shown => found.help(format!("choose one with `--target`: {}{dots}", shown.join(", "))),
    }
}
