use std::ffi::OsStr;
use std::io::{IsTerminal, Write, stderr, stdout};

use hlb_gateway::options::{Skip, WarningOptions};
use hlb_syntax::diagnostic::{Color, Diagnostic, Severity, render_json, render_terminal};
use hlb_syntax::source::Sources;
use visible::visible;

use super::Exit;
use super::arguments::Opt;
use super::exit::Usage;
use crate::codes::unknown_warnings;

/// How diagnostics are shown, and which of them count.
#[derive(Clone, Debug)]
pub(super) struct Report {
    format: Format,
    warnings: WarningOptions,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    /// On standard error, with the lines of the program.
    Text,
    /// On standard output, an object a line.
    Json,
}

pub(super) static FORMAT: Opt = Opt {
    name: "format",
    value: Some("text|json"),
    summary: "Show diagnostics as text on stderr (default) or JSON lines on stdout",
};

pub(super) static DENY: Opt =
    Opt { name: "deny", value: Some("warnings"), summary: "Take warnings for errors" };

pub(super) static SKIP: Opt = Opt {
    name: "skip",
    value: Some("CODE,…"),
    summary: "Leave warnings out, by their codes or names, or `all`",
};

impl Report {
    pub fn new() -> Self {
        Self { format: Format::Text, warnings: WarningOptions::default() }
    }

    /// Takes the value of [`FORMAT`].
    pub fn set_format(&mut self, value: &str) -> Result<(), Usage> {
        self.format = match value {
            "text" => Format::Text,
            "json" => Format::Json,
            _ => return Err(Usage::unknown("format", value, &["text", "json"])),
        };
        Ok(())
    }

    /// Takes the value of [`DENY`].
    pub fn set_deny(&mut self, value: &str) -> Result<(), Usage> {
        if value != "warnings" {
            return Err(Usage::unknown("group of lints", value, &["warnings"]));
        }
        self.warnings.severity = Severity::Error;
        Ok(())
    }

    /// Takes the value of [`SKIP`].
    pub fn set_skip(&mut self, value: &str) -> Result<(), Usage> {
        let skip = match value {
            "all" => Skip::All,
            names => Skip::list(names),
        };
        match unknown_warnings(skip.names()).into_iter().next() {
            None => {
                self.warnings.skip = skip;
                Ok(())
            }
            Some(Diagnostic { message, help, .. }) => {
                Err(help.into_iter().fold(Usage::new(message), Usage::help))
            }
        }
    }

    /// Whether standard output is for lines of JSON alone.
    pub fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    /// Shows diagnostics and says what they mean for the exit code.
    pub fn print(&self, found: Vec<Diagnostic>, sources: &Sources) -> anyhow::Result<Exit> {
        let found = self.warnings.apply(found);
        match self.format {
            Format::Json => {
                let mut out = stdout().lock();
                for diagnostic in &found {
                    writeln!(out, "{}", render_json(diagnostic, sources))?;
                }
                out.flush()?;
            }
            Format::Text => {
                let color = color();
                let mut out = stderr().lock();
                for diagnostic in &found {
                    writeln!(out, "{}\n", render_terminal(diagnostic, sources, color))?;
                }
            }
        }
        Ok(if found.iter().any(Diagnostic::is_error) { Exit::Errors } else { Exit::Fine })
    }
}

/// Says on standard error why something could not be done.
pub(super) fn complain(error: anyhow::Error) -> Exit {
    let mut text = format!("hlb-frontend: {}\n", visible(&format!("{error:#}")));
    if let Some(help) = error.downcast_ref::<Usage>().and_then(|usage| usage.help.as_ref()) {
        text += &format!("help: {help}\n");
    }
    // If standard error is closed, there is nobody to report that to.
    let _ = stderr().lock().write_all(text.as_bytes());
    Exit::Failed
}

/// Says something on standard error that is no error.
pub(super) fn note(text: &str) {
    // If standard error is closed, there is nobody to tell.
    let _ = writeln!(stderr().lock(), "note: {}", visible(text));
}

#[expect(clippy::disallowed_methods, reason = "the command line's border to the environment")]
fn color() -> Color {
    let (no_color, term) = (std::env::var_os("NO_COLOR"), std::env::var_os("TERM"));
    if stderr().is_terminal() {
        terminal_color(no_color.as_deref(), term.as_deref())
    } else {
        Color::Plain
    }
}

/// What a terminal gets: color, unless its user or its type refuses; an empty `NO_COLOR` counts as none (no-color.org).
fn terminal_color(no_color: Option<&OsStr>, term: Option<&OsStr>) -> Color {
    let refused = no_color.is_some_and(|value| !value.is_empty());
    let dumb = term.is_some_and(|value| value == "dumb");
    if refused || dumb { Color::Plain } else { Color::Ansi }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_refuse_color() {
        let of = |no_color: Option<&'static str>, term: Option<&'static str>| {
            terminal_color(no_color.map(OsStr::new), term.map(OsStr::new))
        };
        assert_eq!(of(None, Some("xterm")), Color::Ansi);
        assert_eq!(of(Some(""), None), Color::Ansi);
        assert_eq!(of(Some("0"), Some("xterm")), Color::Plain);
        assert_eq!(of(None, Some("dumb")), Color::Plain);
    }
}
