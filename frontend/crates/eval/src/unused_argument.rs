use std::collections::BTreeSet;

use hlb_program::program::{
    Call, Callee, Expr, Node, Program, StringPart, visit_expr, visit_function,
};
use hlb_syntax::diagnostic::{Code, Diagnostic};

use super::string::LOCAL_ENV;
use super::target::is_buildable;

/// A build argument that nothing of the program takes.
pub static UNUSED_ARGUMENT: Code = Code::warning("HLB0565", "unused-build-argument");

/// The most build arguments that a help lists.
const MAX_LISTED: usize = 20;

/// A warning for each build argument that no target and no `localEnv` names.
///
/// All targets count, since clients give the same arguments to several. Nothing is known of a program in which the name
/// for a `localEnv` is computed.
pub fn unused_arguments<'a>(
    program: &Program,
    given: impl IntoIterator<Item = &'a str>,
) -> Vec<Diagnostic> {
    let mut given = given.into_iter().peekable();
    if given.peek().is_none() {
        return Vec::new();
    }
    let Some(known) = known(program) else { return Vec::new() };
    let unused = given.filter(|name| !known.contains(*name));
    unused.map(|name| unused_argument(name, &known)).collect()
}

fn unused_argument(name: &str, known: &BTreeSet<String>) -> Diagnostic {
    let found =
        UNUSED_ARGUMENT.without_span(format!("the program does not use build argument `{name}`"));
    let mut names = known.iter().map(String::as_str);
    // Dockerfiles have their arguments in capitals.
    if let Some(other) = names.clone().find(|known| known.eq_ignore_ascii_case(name)) {
        return found.did_you_mean(other);
    }
    let near = found.clone().suggest(name, names.clone());
    if near != found {
        return near;
    }
    let listed: Vec<_> = names.by_ref().take(MAX_LISTED).map(|it| format!("`{it}`")).collect();
    let more = if names.next().is_some() { ", …" } else { "" };
    match listed.is_empty() {
        true => found.help("remove it: the program takes no build arguments"),
        false => found.help(format!("the program takes {}{more}", listed.join(", "))),
    }
}

/// The build arguments that a program can take; `None` if it computes their names.
fn known(program: &Program) -> Option<BTreeSet<String>> {
    let main = program.main()?;
    let targets = main.functions().map(|id| program.function(id));
    let params = targets.filter(|it| is_buildable(&it.kind)).flat_map(|it| &it.params);
    let params = params.filter(|param| param.kind.is_text() && !param.is_variadic);
    let mut known: BTreeSet<String> = params.map(|param| param.name.text().to_owned()).collect();
    let mut is_computed = false;
    let mut visit = |node: Node<'_>| {
        let Node::Call(call) = node else { return };
        if !is_local_env(call) {
            return;
        }
        match call.args.first().and_then(literal) {
            Some(name) => drop(known.insert(name)),
            None => is_computed = true,
        }
    };
    for module in program.modules() {
        module.functions().for_each(|id| visit_function(program.function(id), &mut visit));
        module.imports().for_each(|id| visit_expr(&program.import(id).source, &mut visit));
    }
    (!is_computed).then_some(known)
}

fn is_local_env(call: &Call) -> bool {
    matches!(call.callee, Callee::Builtin(signature) if *signature == LOCAL_ENV.signature)
}

/// The value of a string without interpolations.
fn literal(expr: &Expr) -> Option<String> {
    let Expr::String(string) = expr else { return None };
    match &string.parts[..] {
        [] => Some(String::new()),
        [StringPart::Text { value, .. }] => Some(value.to_string()),
        _ => None,
    }
}
