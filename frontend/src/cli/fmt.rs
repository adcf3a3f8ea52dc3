use std::ffi::OsString;
use std::fs;
use std::io::{Write, stderr, stdout};
use std::path::Path;

use anyhow::Context;
use hlb_syntax;
use hlb_syntax::source::Sources;

use super::arguments::{Arguments, Given, Opt};
use super::command::Command;
use super::exit::Usage;
use super::file::{Input, hlb_files, inputs};
use super::program::{STDIN, STDIN_FILENAME};
use super::report::{self, Report};
use super::{Exit, diff};

pub(super) static FMT: Command = Command {
    name: "fmt",
    summary: "Rewrite files, and those of directories, in the canonical layout",
    operands: "FILE…|DIR…|-",
    options: &[&CHECK, &DIFF, &report::FORMAT, &STDIN_FILENAME],
    run,
};

static CHECK: Opt = Opt {
    name: "check",
    value: None,
    summary: "Write nothing; name the files that would change and exit with 1",
};

static DIFF: Opt =
    Opt { name: "diff", value: None, summary: "Write nothing; print what would change" };

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Show {
    /// The formatted text, where the text came from.
    Result,
    /// The names of files that are not formatted.
    Names,
    Diff,
    /// The diff; a file that is not formatted counts as an error.
    CheckedDiff,
}

fn run(mut arguments: Arguments) -> anyhow::Result<Exit> {
    let mut report = Report::new();
    let mut show = Show::Result;
    let mut stdin_filename = STDIN.to_owned();
    let mut operands = Vec::<OsString>::new();
    while let Some(given) = arguments.next()? {
        match given {
            Given::Operand(operand) => operands.push(operand),
            Given::Option("check", _) => show = show.and(Show::Names),
            Given::Option("diff", _) => show = show.and(Show::Diff),
            Given::Option("format", value) => report.set_format(&value)?,
            Given::Option(_, value) => stdin_filename = value,
        }
    }
    if operands.is_empty() {
        return Err(
            Usage::new("nothing to format; `-` is standard input, `.` this directory").into()
        );
    }
    if report.is_json() && matches!(show, Show::Diff | Show::CheckedDiff) {
        return Err(Usage::new("`--diff` is for `--format text`").into());
    }
    let mut exit = Exit::Fine;
    for input in expand(inputs(operands)?)? {
        let name = match &input {
            Input::Stdin => stdin_filename.clone(),
            Input::File(path) => path.display().to_string(),
        };
        exit = exit.max(format(&input, &name, show, &report).unwrap_or_else(report::complain));
    }
    Ok(exit)
}

/// Replaces each directory by the files in it.
fn expand(inputs: Vec<Input>) -> anyhow::Result<Vec<Input>> {
    let mut files = Vec::new();
    for input in inputs {
        match input {
            Input::File(path) if path.is_dir() => {
                files.extend(hlb_files(&path)?.into_iter().map(Input::File));
            }
            input => files.push(input),
        }
    }
    Ok(files)
}

/// Formats one file; one with a syntax error is left alone.
fn format(input: &Input, name: &str, show: Show, report: &Report) -> anyhow::Result<Exit> {
    let text = input.read()?;
    let mut sources = Sources::default();
    let file = sources.add(name, text.as_str());
    let (tree, errors) = hlb_syntax::parse(file, text.as_str().into());
    if !errors.is_empty() {
        return report.print(errors, &sources);
    }
    let formatted = hlb_syntax::format(&tree);
    let changes = formatted != text;
    let mut out = stdout().lock();
    match (show, input) {
        (Show::Result, Input::Stdin) => out.write_all(formatted.as_bytes())?,
        (Show::Result, Input::File(path)) if changes => write(path, &formatted)?,
        // Nothing but JSON is on the standard output then.
        (Show::Names, _) if changes && report.is_json() => writeln!(stderr().lock(), "{name}")?,
        (Show::Names, _) if changes => writeln!(out, "{name}")?,
        (Show::Diff | Show::CheckedDiff, _) => {
            out.write_all(diff::unified(name, &text, &formatted).as_bytes())?;
        }
        _ => {}
    }
    out.flush()?;
    Ok(match show {
        Show::Names | Show::CheckedDiff if changes => Exit::Errors,
        _ => Exit::Fine,
    })
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    fs::write(path, text).with_context(|| path.display().to_string())
}

impl Show {
    /// What both options together ask for.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Result, other) => other,
            (one, other) if one == other => one,
            _ => Self::CheckedDiff,
        }
    }
}
