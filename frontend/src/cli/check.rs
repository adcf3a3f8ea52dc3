use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use anyhow::bail;

use super::Exit;
use super::arguments::{Arguments, Given, Opt};
use super::command::Command;
use super::exit::Usage;
use super::file::{Input, inputs, read_text};
use super::report::{self, Report};
use crate::diagnostic::Diagnostic;
use crate::eval::registry;
use crate::module::{Answer, ImportRequest, ImportSource, Loading, Modules, Root};
use crate::source::Sources;
use crate::{builtin, check};

pub(super) static CHECK: Command = Command {
    name: "check",
    summary: "Report mistakes in files and the modules they import",
    operands: "FILE…|-",
    options: OPTIONS,
    run: |arguments| run(arguments, check::check),
};

pub(super) static LINT: Command = Command {
    name: "lint",
    summary: "Report mistakes, and what is deprecated or unused",
    operands: "FILE…|-",
    options: OPTIONS,
    run: |arguments| run(arguments, check_and_lint),
};

static OPTIONS: &[&Opt] = &[&report::FORMAT, &report::DENY, &STDIN_FILENAME];

pub(super) static STDIN_FILENAME: Opt = Opt {
    name: "stdin-filename",
    value: Some("FILE"),
    summary: "Name what is read from stdin (`-`); its imports are found beside it",
};

/// The name of a program on standard input that was given none.
pub(super) const STDIN: &str = "<stdin>";

/// What to look for in modules.
type Find = fn(&Modules, &builtin::Builtins) -> Vec<Diagnostic>;

fn check_and_lint(modules: &Modules, builtins: &builtin::Builtins) -> Vec<Diagnostic> {
    let mut found = check::check(modules, builtins);
    found.extend(check::lint(modules, builtins));
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
            Given::Option(_, value) => stdin_filename = value,
        }
    }
    if operands.is_empty() {
        return Err(Usage::new("no file to check; `-` is standard input").into());
    }
    let mut sources = Sources::default();
    let mut loading = Loading::default();
    let mut exit = Exit::Fine;
    for input in inputs(operands)? {
        match read(&input, &stdin_filename) {
            Ok((root, path, text)) => {
                loading.program(&mut sources, root, &path, text);
            }
            Err(error) => exit = report::complain(error),
        }
    }
    load(&mut loading, &mut sources);
    let found = find(&loading.finish(), &registry().builtins);
    Ok(exit.max(report.print(&found, &sources)?))
}

fn read(input: &Input, stdin_filename: &str) -> anyhow::Result<(Root, String, Arc<str>)> {
    let (root, path) = place(input, stdin_filename)?;
    Ok((root, path, input.read()?.into()))
}

/// The directory that the imports of a file are read from, and the file's name in it.
fn place(input: &Input, stdin_filename: &str) -> anyhow::Result<(Root, String)> {
    let path = match input {
        Input::Stdin => Path::new(stdin_filename),
        Input::File(path) => path,
    };
    let text = |path: &Path| path.to_str().map(str::to_owned);
    let name = path.file_name().map(Path::new).and_then(text);
    let directory = path.parent().and_then(text);
    let (Some(name), Some(directory)) = (name, directory) else {
        bail!("{}: not the name of a file, in UTF-8", path.display());
    };
    Ok((Root::Program { dir: directory.into() }, name))
}

/// Reads what the programs import and this machine has.
fn load(loading: &mut Loading, sources: &mut Sources) {
    loop {
        let pending = loading.pending();
        if pending.is_empty() {
            return;
        }
        for request in pending {
            let answer = answer(&request);
            loading.supply(sources, request.id, answer);
        }
    }
}

fn answer(request: &ImportRequest) -> Answer {
    let ImportSource::File { root: Root::Program { dir }, path } = &request.source else {
        // Filesystems and repositories are the daemon's.
        return Answer::Unavailable;
    };
    match std::fs::File::open(Path::new(&**dir).join(&**path)).and_then(read_text) {
        Ok(text) => Answer::Text(Arc::from(text)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Answer::Missing
        }
        Err(error) => Answer::Unreadable(error.to_string()),
    }
}
