use std::ffi::OsString;
use std::fs::File;
use std::io::{Write, stderr, stdin, stdout};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::FileTypeExt;
use std::time::{SystemTime, UNIX_EPOCH};

use super::arguments::Arguments;
use super::command::COMMANDS;
use super::exit::Usage;
use super::{Exit, help, report};
use crate::internal::InternalMode;
use crate::{solve, subrequest};

/// What the program was started for.
#[derive(Debug, PartialEq, Eq)]
pub enum Mode {
    /// By a person, or a script, with these arguments.
    Command(Vec<OsString>),
    /// By BuildKit, to build: standard input and output are the wire.
    Gateway,
    /// Neither; the text says what is missing.
    None(&'static str),
}

/// Finds out which mode the program was started in.
#[expect(clippy::disallowed_methods, reason = "the command line's border to the environment")]
pub fn mode() -> Mode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let session = std::env::var_os("BUILDKIT_SESSION_ID").is_some();
    let wired = is_channel(stdin().as_fd()) && is_channel(stdout().as_fd());
    match (arguments.is_empty(), session, wired) {
        (false, ..) => Mode::Command(arguments),
        (true, false, _) => Mode::None("no command"),
        (true, true, false) => Mode::None(
            "a BuildKit frontend, which talks to BuildKit over stdin and stdout: they must be pipes",
        ),
        (true, true, true) => Mode::Gateway,
    }
}

/// Whether something other than a terminal or file is at the other end.
fn is_channel(fd: BorrowedFd<'_>) -> bool {
    let file = fd.try_clone_to_owned().map(File::from);
    let kind = file.and_then(|file| file.metadata()).map(|it| it.file_type());
    kind.is_ok_and(|kind| kind.is_fifo() || kind.is_socket())
}

/// Says on standard error what this is and how it is used.
pub fn no_mode(missing: &str) -> Exit {
    let text = help::overview();
    // If standard error is closed, there is nobody to report that to.
    let _ = write!(stderr().lock(), "hlb-frontend: {missing}\n\n{text}");
    Exit::Failed
}

/// Runs a command.
pub fn run(arguments: Vec<OsString>) -> Exit {
    dispatch(arguments).unwrap_or_else(report::complain)
}

fn dispatch(mut arguments: Vec<OsString>) -> anyhow::Result<Exit> {
    let name = arguments.remove(0);
    let options = arguments.iter().take_while(|it| *it != "--");
    let help_wanted = options.into_iter().any(|it| it == "--help" || it == "-h");
    let print = |text: String| -> anyhow::Result<Exit> {
        stdout().lock().write_all(text.as_bytes())?;
        Ok(Exit::Fine)
    };
    if let Some(mode) = name.to_str().and_then(InternalMode::find) {
        (mode.run)(arguments)?;
        return Ok(Exit::Fine);
    }
    match name.to_string_lossy().as_ref() {
        "--help" | "-h" | "help" => print(help::overview()),
        "--version" | "-V" => print(help::version()),
        name => match COMMANDS.iter().find(|command| command.name == name) {
            Some(command) if help_wanted => print(help::of_command(command)),
            Some(command) => (command.run)(Arguments::new(arguments, command.options)),
            None if name.starts_with('-') => {
                Err(Usage::unknown("option", name, &["--help", "--version"]).into())
            }
            None => {
                let known: Vec<&str> = COMMANDS.iter().map(|command| command.name).collect();
                Err(Usage::unknown("command", name, &known).into())
            }
        },
    }
}

/// Serves the daemon that started the program.
///
/// Exits by itself: nothing may wait for the end of the standard input, which the daemon never closes.
pub fn gateway() -> Exit {
    #[expect(
        clippy::disallowed_methods,
        reason = "the environment is how BuildKit hands options to a frontend"
    )]
    let environment = std::env::vars_os();
    #[expect(clippy::disallowed_methods, reason = "the gateway's border to the clock")]
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    match solve::serve(environment, now.as_secs(), subrequest::handle) {
        Ok(true) => std::process::exit(0),
        Ok(false) => std::process::exit(1),
        Err(error) => no_mode(&error.to_string()),
    }
}
