//! Secrets as plain text: in the configuration of an image, in a file or in a command.

use hlb_syntax::diagnostic::{Code, Diagnostic};
use hlb_syntax::tree::{Expr, Path};

use super::Linted;
use super::literal::{HOLE, shown};
use super::secret_name::names_secret;
use super::site::Site;
use crate::builtin::{Kind, Meaning};
use crate::check::resolve::Resolved;
use crate::module::paths_of_expr;

/// What looks like a secret, where everybody reads it who has the image or the record of its build.
pub static RECORDED_SECRET: Code = Code::warning("HLB0542", "recorded-secret");

pub(super) fn lint(linted: &Linted<'_>, found: &mut Vec<Diagnostic>) {
    for site in &linted.sites.calls {
        match named(linted, site) {
            Some(lint) => found.push(lint),
            None => found.extend(passed(linted, site)),
        }
    }
}

/// A variable or label that has the name of a secret, and a value that may be one.
fn named(linted: &Linted<'_>, site: &Site<'_>) -> Option<Diagnostic> {
    let (name, value) = (site.arg(Meaning::Name)?, site.arg(Meaning::Recorded)?);
    let text = shown(name).filter(|name| names_secret(name))?;
    may_be_secret(linted, value).then(|| {
        let message = format!("`{}` records `{text}`, which looks like a secret", site.path);
        advise(RECORDED_SECRET.at(name.span(), message))
    })
}

/// Whether a value may be a secret: not where one is to be found, a number or a switch.
fn may_be_secret(linted: &Linted<'_>, value: &Expr) -> bool {
    match value {
        Expr::String(_) => shown(value).is_some_and(|text| {
            let path = text.trim_start_matches(HOLE).starts_with(['/', '~', '.']);
            let number = text.bytes().all(|byte| byte.is_ascii_digit());
            !(path || number || ["true", "false"].contains(&text.as_str()))
        }),
        Expr::Call(call) => {
            let resolved = linted.sites.resolved(&call.path);
            matches!(resolved, Some(Resolved::Param(..) | Resolved::Builtin(_)))
        }
        Expr::Block(_) | Expr::Int(_) | Expr::Bool(_) | Expr::Error(_) => false,
    }
}

/// A parameter with the name of a secret, in a text that is recorded.
fn passed(linted: &Linted<'_>, site: &Site<'_>) -> Option<Diagnostic> {
    let recorded = |meaning| matches!(meaning, Meaning::Recorded | Meaning::Command);
    let args = site.args().filter(|(meaning, _)| recorded(*meaning));
    args.map(|(_, arg)| arg).find_map(|arg| {
        let mut first = None::<&Path>;
        paths_of_expr(arg, &mut |path| {
            let secret = |name: &str| names_secret(name) && first.is_none();
            if let Some(Resolved::Param(param, Kind::String)) = linted.sites.resolved(path)
                && secret(param.name.text())
            {
                first = Some(path);
            }
        });
        let path = first?;
        let Some(Resolved::Param(param, _)) = linted.sites.resolved(path) else { return None };
        let name = &param.name;
        let message =
            format!("`{}` records parameter `{name}`, which looks like a secret", site.path);
        let lint = linted.in_text(&RECORDED_SECRET, site.path, arg, path.span, message);
        Some(advise(lint.label(name.span, "declared here")))
    })
}

fn advise(lint: Diagnostic) -> Diagnostic {
    lint.help("pass it with `--secret`, and mount it where a command reads it")
}
