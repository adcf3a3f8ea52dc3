use hlb_syntax::diagnostic::Diagnostic;
use path_clean::clean;

use super::evaluated::IGNORED_PATH;
use super::linted::Linted;
use super::literal::literal;
use super::options::Options;
use super::shown;
use crate::builtin::{Builtins, Meaning};
use crate::program::{Module, Program};

/// Finds paths of the build context that an ignore file leaves out, in the files of the program itself.
///
/// `excluding` gives which line of which ignore file leaves out a path that a module has.
pub fn ignored_paths(
    program: &Program,
    builtins: &Builtins,
    mut excluding: impl FnMut(&Module, &str) -> Option<String>,
) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for module in program.modules().filter(|module| module.is_ours()) {
        for call in Linted::new(program, builtins, module).calls {
            let Some(arg) = call.it.arg(Meaning::ContextPath) else { continue };
            let options = Options::of(call.it);
            // Another context has another ignore file.
            if !options.is_complete || options.arg(Meaning::ContextName).is_some() {
                continue;
            }
            let Some(path) = literal(arg) else { continue };
            let path = clean(path).display().to_string();
            if let Some(by) = excluding(module, &path) {
                let message = format!("`{path}` is excluded by {by}");
                let lint = IGNORED_PATH.at(arg.span(), message);
                found.push(lint.help(format!("write `!{path}` below that line")));
            }
        }
    }
    shown(program, found)
}
