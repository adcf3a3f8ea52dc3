use std::collections::BTreeMap;
use std::sync::Arc;

use hlb_program::builtin::Kind;
use hlb_program::program::{AliasId, Function, FunctionId, Item, Param, Program};
use hlb_syntax::diagnostic::{Code, Diagnostic, nearest_name};
use hlb_syntax::source::Span;
use hlb_syntax::tree::Doc;

use super::call_path::CallPath;
use super::evaluator::{Evaluator, Run};
use super::{Product, Value, product};

/// What the client gave for the parameters of the target: its build arguments, by name.
pub type Arguments = BTreeMap<String, String>;

/// A target that the program does not declare.
pub static UNKNOWN_TARGET: Code = Code::error("HLB0310", "unknown-target");
/// A parameter of the target that no build argument sets.
pub static MISSING_ARGUMENT: Code = Code::error("HLB0311", "missing-build-argument");
/// A build argument that its parameter can't take.
pub static INVALID_BUILD_ARGUMENT: Code = Code::error("HLB0312", "invalid-build-argument");
/// A target that makes neither a filesystem nor several.
pub static NOT_BUILDABLE: Code = Code::error("HLB0313", "not-buildable");

/// A parameter of a target with what it is given; without a value, the client must give one.
#[derive(Debug)]
pub struct Parameter<'p> {
    pub param: &'p Param,
    pub value: Option<Value>,
}

/// What is built: a function, or the alias in it at which its evaluation stops.
struct Target<'p> {
    function: FunctionId,
    until: Option<AliasId>,
    /// Of the function, or of the alias.
    kind: &'p Kind,
    /// Where the kind is seen.
    span: Span,
}

pub fn evaluate(evaluator: &mut Evaluator<'_>, name: &str) -> Product {
    let program = evaluator.program;
    let arguments = &evaluator.host.settings.build_args;
    let target = match find(program, name) {
        Ok(target) => target,
        Err(error) => return product::none(evaluator, error),
    };
    let Target { function, until, kind, span } = target;
    if !is_buildable(kind) {
        let message = format!(
            "target `{name}` is of kind `{kind}`: only an `fs` or a `pipeline` can be built"
        );
        let error = choose(NOT_BUILDABLE.at(span, message), name, &targets(program));
        return product::none(evaluator, error);
    }
    let mut args = Vec::new();
    for Parameter { param, value } in values(evaluator, program, function) {
        args.push(value.unwrap_or_else(|| evaluator.wrong(missing(name, param, arguments))));
    }
    if evaluator.output.has_errors() {
        return product::of(evaluator, name, Value::Unknown);
    }
    let start = evaluator.start(&program.function(function).kind);
    let call = program.function(function).name.span;
    let calls = CallPath::default();
    let value = evaluator.function(Run { function, start, args, until, call, calls });
    product::of(evaluator, name, value)
}

/// Whether what is of this kind can be a target.
pub fn is_buildable(kind: &Kind) -> bool {
    matches!(kind, Kind::Fs | Kind::Pipeline)
}

/// The parameters of a target, a variadic one aside.
pub fn parameters<'p>(
    evaluator: &mut Evaluator<'_>,
    program: &'p Program,
    name: &str,
) -> Vec<Parameter<'p>> {
    match find(program, name) {
        Ok(target) => values(evaluator, program, target.function),
        Err(error) => {
            evaluator.wrong(error);
            Vec::new()
        }
    }
}

/// The parameter of a target that has a name, if the target is there and has one.
pub fn declared<'p>(program: &'p Program, target: &str, name: &str) -> Option<&'p Param> {
    let target = find(program, target).ok()?;
    let params = &program.function(target.function).params;
    params.iter().find(|param| param.name.text() == name && !param.is_variadic)
}

/// Finds a target of the program's first module.
fn find<'p>(program: &'p Program, name: &str) -> Result<Target<'p>, Diagnostic> {
    match program.main().and_then(|module| module.lookup(name)) {
        Some(Item::Function(id)) => {
            let function = program.function(id);
            let (kind, span) = (&function.kind, function.kind_span);
            Ok(Target { function: id, until: None, kind, span })
        }
        Some(Item::Alias(id)) => {
            let alias = program.alias(id);
            let (kind, span) = (alias.kind(), alias.name.span);
            Ok(Target { function: alias.function, until: Some(id), kind, span })
        }
        Some(Item::Import(_)) | None => {
            let missing = UNKNOWN_TARGET.without_span(format!("target `{name}` is not declared"));
            Err(choose(missing, name, &targets(program)))
        }
    }
}

fn values<'p>(
    evaluator: &mut Evaluator<'_>,
    program: &'p Program,
    id: FunctionId,
) -> Vec<Parameter<'p>> {
    let arguments = &evaluator.host.settings.build_args;
    let mut frame = evaluator.frame_of(id, Arc::default());
    let mut found = Vec::new();
    for param in program.function(id).params.iter().filter(|param| !param.is_variadic) {
        let value = match (argument(param, arguments), &param.default) {
            (Some(Ok(value)), _) => Some(value),
            (Some(Err(error)), _) => Some(evaluator.wrong(error)),
            (None, Some(default)) => Some(evaluator.expr(&mut frame, default)),
            (None, None) => None,
        };
        Arc::make_mut(&mut frame.params).push(value.clone().unwrap_or_default());
        found.push(Parameter { param, value });
    }
    found
}

fn argument(param: &Param, arguments: &Arguments) -> Option<Result<Value, Diagnostic>> {
    let kind = &param.kind;
    let text = arguments.get(param.name.text())?;
    let value = match kind {
        Kind::String => Some(Value::String(text.as_str().into())),
        Kind::Int => text.parse().ok().map(Value::Int),
        Kind::Bool => text.parse().ok().map(Value::Bool),
        _ => return None,
    };
    Some(value.ok_or_else(|| {
        let message = format!("build argument `{}`: expected `{kind}`, found `{text}`", param.name);
        INVALID_BUILD_ARGUMENT.at(param.name.span, message).help(match kind {
            Kind::Bool => "write `true` or `false`",
            _ => "write a number in decimal digits",
        })
    }))
}

fn missing(target: &str, param: &Param, arguments: &Arguments) -> Diagnostic {
    let (name, kind) = (param.name.text(), &param.kind);
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

/// What of the program can be built.
fn targets(program: &Program) -> Vec<&Function> {
    let functions = program.main().into_iter().flat_map(|module| module.functions());
    let functions = functions.map(|id| program.function(id));
    functions.filter(|it| is_buildable(&it.kind)).collect()
}

/// The most targets that are listed.
const MAX_LISTED: usize = 20;

/// Helps to choose another target than `name`: by the nearest, if one is near, and by all with their documentation.
fn choose(found: Diagnostic, name: &str, targets: &[&Function]) -> Diagnostic {
    if targets.is_empty() {
        return found.help("declare a target, such as `fs default() { … }`");
    }
    let found = match nearest_name(name, targets.iter().map(|it| it.name.text())) {
        Some(near) => found.did_you_mean(near),
        None => found.help("choose one with `--target`"),
    };
    let found = targets.iter().take(MAX_LISTED).fold(found, |found, target| {
        let summary = target.doc.as_deref().map(Doc::summary).filter(|it| !it.is_empty());
        let summary = summary.map(|it| format!(": {it}")).unwrap_or_default();
        found.note(format!("target `{}`{summary}", target.name))
    });
    match targets.len().saturating_sub(MAX_LISTED) {
        0 => found,
        more => found.note(format!("and {more} more: `--call=targets` lists all")),
    }
}
