//! Arguments that are others in each build, above commands that do not need them.

use hlb_syntax::diagnostic::{Code, Diagnostic};

use super::command_line::CommandLine;
use super::flows::calls;
use super::linted::{In, Linted};
use super::literal::{literal, shown};
use super::package_manager::{Does, Managed};
use super::rule::{Find, Rule};
use super::words::words;
use crate::builtin::{Flow, Meaning};
use crate::program::{Block, Call, Callee, Node, Param, visit_expr};

/// An argument that looks like a commit or a date, above a command that installs packages and so runs in each build.
pub static EARLY_REVISION: Code = Code::warning("HLB0524", "early-revision");

pub(super) static RULE: Rule =
    Rule { codes: &[&EARLY_REVISION], across_modules: &[], find: Find::InModule(lint) };

/// The names of what is another in each build, as their words.
const NAMES: &[&str] = &[
    "build date",
    "build id",
    "build number",
    "build time",
    "build timestamp",
    "ci commit sha",
    "ci pipeline id",
    "commit",
    "commit date",
    "commit hash",
    "commit id",
    "commit sha",
    "git commit",
    "git describe",
    "git hash",
    "git rev",
    "git revision",
    "git sha",
    "github run id",
    "github sha",
    "revision",
    "source commit",
    "timestamp",
    "vcs ref",
];

fn lint(linted: &Linted<'_>, found: &mut Vec<Diagnostic>) {
    for In { function, it: block } in &linted.blocks {
        let params = function.iter().flat_map(|it| &it.params).enumerate();
        for (index, param) in params.filter(|(_, param)| is_revision(param)) {
            found.extend(early(block, param, index));
        }
    }
}

fn is_revision(param: &Param) -> bool {
    param.kind.is_text() && NAMES.contains(&&*words(param.name.text()).join(" "))
}

/// Something that the commands after it have in their cache keys.
struct Use<'p> {
    call: &'p Call,
    /// The variable that it sets, if it is no command.
    variable: Option<String>,
}

/// The first installation of packages below a use of a parameter that it has nothing to do with.
fn early(block: &Block, param: &Param, index: usize) -> Option<Diagnostic> {
    let mut above = None::<Use<'_>>;
    for call in calls(block) {
        let continues = matches!(
            call.signature().map(|it| it.flow),
            Some(Flow::Continues | Flow::Configures | Flow::Keeps)
        );
        if !continues {
            // What else it is may start from something in which the use is not.
            above = None;
        } else if mentions(call, index) {
            let variable = call.arg(Meaning::Variable);
            let is_in_keys = variable.is_some() || call.arg(Meaning::Command).is_some();
            if above.is_none() && is_in_keys {
                let variable = match variable {
                    Some(name) => Some(literal(name)?),
                    None => None,
                };
                above = Some(Use { call, variable });
            }
        } else if let Some(it) = &above
            && let Some(installed) = installs(call, it)
        {
            let Use { call: used, .. } = it;
            let message = format!("{installed} runs again for each value of `{}`", param.name);
            let lint = EARLY_REVISION.at(call.path.span, message);
            let lint = lint.label(used.path.span, "it is in all cache keys from here on");
            return Some(lint.help(format!("move `{}` below what does not need it", used.path)));
        }
    }
    None
}

/// What a command installs in spite of a use above it.
///
/// A command above it may have made the files that say what a project needs, so only a variable is certainly of no
/// interest to what installs that.
fn installs(call: &Call, above: &Use<'_>) -> Option<String> {
    let CommandLine { commands, .. } = CommandLine::of(call)?;
    if let Some(variable) = &above.variable
        && call.args.iter().any(|arg| shown(arg).is_none_or(|it| it.contains(&**variable)))
    {
        return None;
    }
    let is_for_nothing = |it: &Managed<'_>| match it.does {
        Does::Installs => true,
        Does::InstallsProject => above.variable.is_some(),
        Does::Upgrades => false,
    };
    let installs = commands.iter().filter_map(Managed::of).find(is_for_nothing)?;
    Some(format!("`{} {}`", installs.program.file_name(), installs.verb.text))
}

/// Whether an argument or option of a call mentions the parameter at a position.
fn mentions(call: &Call, index: usize) -> bool {
    let mut found = false;
    let mut visit = |node: Node<'_>| {
        found |= matches!(node, Node::Call(Call { callee: Callee::Param(it), .. }) if *it as usize == index);
    };
    call.args.iter().chain(call.options.as_deref()).for_each(|arg| visit_expr(arg, &mut visit));
    found
}
