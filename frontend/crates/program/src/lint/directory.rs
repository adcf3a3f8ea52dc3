use hlb_syntax::diagnostic::{Code, Diagnostic};
use hlb_syntax::source::Span;

use super::linted::Linted;
use super::literal::shown;
use super::rule::{Find, Rule};
use crate::builtin::{Flow, Meaning};
use crate::program::{Call, Stmt};

/// A relative working directory that is joined to whatever the base image has.
pub static RELATIVE_DIRECTORY: Code = Code::warning("HLB0551", "relative-directory");

pub(super) static RULE: Rule =
    Rule { codes: &[&RELATIVE_DIRECTORY], across_modules: &[], find: Find::InModule(lint) };

fn lint(linted: &Linted<'_>, found: &mut Vec<Diagnostic>) {
    for block in &linted.blocks {
        // What the working directory comes from, while that is somebody else's.
        let mut theirs = None::<Span>;
        for stmt in &block.it.stmts {
            let Stmt::Call(call) = stmt else { continue };
            let Some(signature) = call.signature() else {
                theirs = None;
                continue;
            };
            match signature.flow {
                Flow::StartsConfigured => theirs = Some(call.path.span),
                Flow::Starts | Flow::StartsEmpty => theirs = None,
                Flow::Continues
                | Flow::Configures
                | Flow::Keeps
                | Flow::Expires
                | Flow::Exports => {}
            }
            let is_directory = |meaning| meaning == Meaning::Directory;
            if signature.params.iter().any(|it| is_directory(it.meaning)) {
                found.extend(theirs.and_then(|base| relative(call, base)));
                // Once it is absolute, or reported, what follows is as good as that.
                theirs = None;
            }
        }
    }
}

fn relative(call: &Call, base: Span) -> Option<Diagnostic> {
    let arg = call.args.first()?;
    let path = shown(arg)?;
    let first = path.chars().next()?;
    let message = format!(
        "`{}`: a relative path goes on from the directory that the base image has",
        call.path
    );
    // With an interpolation in front it may be absolute.
    let relative = first != '/' && first != super::literal::HOLE;
    let lint = || RELATIVE_DIRECTORY.at(arg.span(), message).label(base, "the base image");
    relative.then(|| lint().help("write the path from `/`"))
}
