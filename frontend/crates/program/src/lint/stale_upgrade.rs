//! Commands that upgrade packages once, and whose result is taken from the cache from then on.

use hlb_syntax::diagnostic::{Code, Diagnostic};

use super::command_line::CommandLine;
use super::flows::calls;
use super::linted::Linted;
use super::literal::{HOLE, shown};
use super::options::Options;
use super::package_manager::{Does, Managed};
use super::rule::{Find, Rule};
use crate::builtin::{Flow, Meaning};
use crate::program::Call;

/// An upgrade whose command stays the same, so that it never finds what is newer.
pub static STALE_UPGRADE: Code = Code::warning("HLB0523", "stale-upgrade");

pub(super) static RULE: Rule =
    Rule { codes: &[&STALE_UPGRADE], across_modules: &[], find: Find::InModule(lint) };

fn lint(linted: &Linted<'_>, found: &mut Vec<Diagnostic>) {
    for block in &linted.blocks {
        // What follows a step that runs again does so too.
        let lasting = calls(block.it).take_while(|call| !may_expire(call));
        found.extend(lasting.filter_map(|call| upgrade(linted, call)));
    }
}

/// Whether options have a command run again, as far as they are known.
fn may_expire(call: &Call) -> bool {
    let options = Options::of(call);
    let expires = |option: &&Call| option.signature().is_some_and(|it| it.flow == Flow::Expires);
    call.arg(Meaning::Command).is_some()
        && (!options.is_complete || options.calls.iter().any(expires))
}

fn upgrade(linted: &Linted<'_>, call: &Call) -> Option<Diagnostic> {
    // An interpolation may be what makes it another command.
    if call.args.iter().any(|arg| shown(arg).is_none_or(|text| text.contains(HOLE))) {
        return None;
    }
    let CommandLine { script, commands } = CommandLine::of(call)?;
    let mut managed = commands.iter().filter_map(Managed::of);
    let Managed { program, verb, .. } = managed.find(|it| it.does == Does::Upgrades)?;
    let command = format!("{} {}", program.file_name(), verb.text);
    let message = format!("`{command}` runs once: the cache has its result from then on");
    let lint = match script {
        Some(script) => {
            let span = linted.span_in(script, &program.text, program.at);
            linted.in_text(&STALE_UPGRADE, &call.path, script, span, message)
        }
        None => STALE_UPGRADE.at(call.path.span, message),
    };
    Some(lint.help("give it an age, as in `with maxAge(\"24h\")`"))
}
