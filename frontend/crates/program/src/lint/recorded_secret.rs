//! Secrets as plain text: in the configuration of an image, in a file or in a command.

use hlb_syntax::diagnostic::{Code, Diagnostic};

use super::linted::{In, Linted};
use super::literal::{HOLE, shown};
use super::rule::{Find, Rule};
use super::secret_name::names_secret;
use crate::builtin::{Kind, Meaning};
use crate::program::{Call, Callee, Declaration, Expr, Node, visit_expr};

/// A text that looks like a secret where everyone with the image, or with the record of its build, can read it.
pub static RECORDED_SECRET: Code = Code::warning("HLB0542", "recorded-secret");

pub(super) static RULE: Rule =
    Rule { codes: &[&RECORDED_SECRET], across_modules: &[], find: Find::InModule(lint) };

fn lint(linted: &Linted<'_>, found: &mut Vec<Diagnostic>) {
    for call in &linted.calls {
        match named(call.it) {
            Some(lint) => found.push(lint),
            None => found.extend(passed(linted, call)),
        }
    }
}

/// A variable or label that has the name of a secret, and a value that may be one.
fn named(call: &Call) -> Option<Diagnostic> {
    let name = call.arg(Meaning::Name).or_else(|| call.arg(Meaning::Variable))?;
    let value = call.arg(Meaning::Recorded)?;
    let text = shown(name).filter(|name| names_secret(name))?;
    may_be_secret(value).then(|| {
        let message = format!("`{}` records `{text}`, which looks like a secret", call.path);
        advise(RECORDED_SECRET.at(name.span(), message))
    })
}

/// Whether a value may be a secret; a path to one, a number and a switch are none.
fn may_be_secret(value: &Expr) -> bool {
    match value {
        Expr::String(_) => shown(value).is_some_and(|text| {
            let path = text.trim_start_matches(HOLE).starts_with(['/', '~', '.']);
            let number = text.bytes().all(|byte| byte.is_ascii_digit());
            !(path || number || ["true", "false"].contains(&text.as_str()))
        }),
        Expr::Call(call) => matches!(call.callee, Callee::Param(_) | Callee::Builtin(_)),
        Expr::Block { .. } | Expr::Int(_) | Expr::Bool(_) | Expr::Error(_) => false,
    }
}

/// A parameter with the name of a secret, in a text that is recorded.
fn passed(linted: &Linted<'_>, call: &In<'_, Call>) -> Option<Diagnostic> {
    let is_recorded = |meaning| {
        use Meaning::{Command, ContainerCommand, Recorded};
        matches!(meaning, Recorded | Command | ContainerCommand)
    };
    let args = call.it.args_with_meaning().filter(|(meaning, _)| is_recorded(*meaning));
    args.map(|(_, arg)| arg).find_map(|arg| {
        let mut first = None;
        visit_expr(arg, &mut |node| {
            if let Node::Call(it) = node
                && first.is_none()
                && let Declaration::Param(param) = (In { it, ..*call }).declaration(linted.program)
                && param.kind == Kind::String
                && names_secret(param.name.text())
            {
                first = Some((it, param));
            }
        });
        let (mention, param) = first?;
        let (path, name) = (&call.it.path, &param.name);
        let message = format!("`{path}` records parameter `{name}`, which looks like a secret");
        let lint = linted.in_text(&RECORDED_SECRET, path, arg, mention.path.span, message);
        Some(advise(lint.label(name.span, "declared here")))
    })
}

fn advise(lint: Diagnostic) -> Diagnostic {
    lint.help("pass it with `--secret`, and mount it where a command reads it")
}
