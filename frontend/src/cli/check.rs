use std::collections::BTreeSet;
use std::ffi::OsString;

use hlb_eval::registry;
use hlb_program::builtin;
use hlb_program::check::check;
use hlb_program::lint::{ignored_paths, lint};
use hlb_program::module::{Loading, Modules};
use hlb_program::program::Module;
use hlb_syntax::diagnostic::{Diagnostic, render_json};
use hlb_syntax::source::Sources;

use super::Exit;
use super::arguments::{Arguments, Given, Opt};
use super::command::Command;
use super::exit::Usage;
use super::file::{Input, inputs};
use super::ignored::Ignored;
use super::imports::Unread;
use super::program::{self, STDIN, STDIN_FILENAME};
use super::report::{self, Report};

pub(super) static CHECK: Command = Command {
    name: "check",
    summary: "Report errors without building",
    operands: "FILE…|DIR…|-",
    options: OPTIONS,
    run: |arguments| run(arguments, |modules, builtins| check(modules, builtins).1),
};

pub(super) static LINT: Command = Command {
    name: "lint",
    summary: "Report errors and warnings without building",
    operands: "FILE…|DIR…|-",
    options: OPTIONS,
    run: |arguments| run(arguments, check_and_lint),
};

static OPTIONS: &[&Opt] = &[&report::FORMAT, &report::DENY, &report::SKIP, &STDIN_FILENAME];

/// What to look for in modules.
type Find = fn(&Modules, &builtin::Builtins) -> Vec<Diagnostic>;

fn check_and_lint(modules: &Modules, builtins: &builtin::Builtins) -> Vec<Diagnostic> {
    let (program, mut found) = check(modules, builtins);
    found.extend(lint(&program, builtins));
    let mut ignored = Ignored::default();
    let excluding = |module: &Module, path: &str| ignored.excluding(module, path);
    found.extend(ignored_paths(&program, builtins, excluding));
    found.sort_by_key(|diagnostic| diagnostic.span);
    found
}

fn run(mut arguments: Arguments, find: Find) -> anyhow::Result<Exit> {
    let mut report = Report::new();
    let mut stdin_filename = STDIN.to_owned();
    let mut operands = Vec::<OsString>::new();
    while let Some(given) = arguments.next()? {
        match given {
            Given::Operand(operand) => operands.push(operand),
            Given::Option("format", value) => report.set_format(&value)?,
            Given::Option("deny", value) => report.set_deny(&value)?,
            Given::Option("skip", value) => report.set_skip(&value)?,
            Given::Option(_, value) => stdin_filename = value,
        }
    }
    if operands.is_empty() {
        return Err(Usage::new("no file to check; `-` is standard input").into());
    }
    let mut sources = Sources::default();
    let mut loading = Loading::default();
    let mut exit = Exit::Fine;
    let mut modules = Vec::new();
    for input in inputs(operands)? {
        let added = match &input {
            Input::File(path) if path.is_dir() => {
                program::add_directory(&mut loading, &mut sources, path)
                    .map(|it| modules.extend(it))
            }
            _ => program::add(&mut loading, &mut sources, &input, &stdin_filename),
        };
        if let Err(error) = added {
            exit = report::complain(error);
        }
    }
    let mut unread = Unread::default();
    program::load(&mut loading, &mut sources, &mut unread);
    if let Err(error) = program::add_modules(&mut loading, &mut sources, modules) {
        exit = report::complain(error);
    }
    program::load(&mut loading, &mut sources, &mut unread);
    let found = find(&loading.finish(), &registry().builtins);
    let exit = exit.max(report.print(once(found, &sources), &sources)?);
    if let Some(note) = unread.note(&sources) {
        report::note(&note);
    }
    Ok(exit)
}

/// Leaves out what is found again in a file that is loaded twice: as one that was named, and as an imported one.
fn once(found: Vec<Diagnostic>, sources: &Sources) -> Vec<Diagnostic> {
    let mut seen = BTreeSet::new();
    found.into_iter().filter(|it| seen.insert(render_json(it, sources))).collect()
}
