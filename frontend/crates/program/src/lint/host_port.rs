use hlb_syntax::diagnostic::{Code, Diagnostic};

use super::linted::Linted;
use super::literal::literal;
use super::rule::{Find, Rule};
use crate::builtin::Meaning;

/// A port of the host, or an address, which an image cannot choose.
pub static HOST_PORT: Code = Code::warning("HLB0563", "host-port");

pub(super) static RULE: Rule =
    Rule { codes: &[&HOST_PORT], across_modules: &[], find: Find::InModule(lint) };

fn lint(linted: &Linted<'_>, found: &mut Vec<Diagnostic>) {
    for call in &linted.calls {
        let ports = call.it.args_with_meaning().filter(|(meaning, _)| *meaning == Meaning::Port);
        for (_, port) in ports {
            let text = literal(port);
            let Some((_, of_container)) = text.as_deref().and_then(|it| it.rsplit_once(':')) else {
                continue;
            };
            let message =
                "an image says only which ports a container has: the part before it has no effect";
            let lint = HOST_PORT.at(port.span(), message);
            found.push(
                lint.help(format!("write `{of_container}`, and publish it with `docker run`")),
            );
        }
    }
}
