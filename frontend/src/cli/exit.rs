use std::fmt;
use std::process::ExitCode;

use hlb_syntax::diagnostic::{choices, did_you_mean, nearest_name};

/// How a command ended, from best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// 0: no errors.
    Fine,
    /// 1: there are errors in the program, or `fmt --check` would change a file.
    Errors,
    /// 2: usage or I/O error: invalid arguments, or a file that cannot be read.
    Failed,
}

/// Invalid arguments.
#[derive(Debug)]
pub(super) struct Usage {
    message: String,
    /// What to type instead.
    pub help: Option<String>,
}

impl Usage {
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None }
    }

    /// Says what to type instead.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// An unknown word where only some are known: all of them are listed, and the nearest goes into the help.
    pub fn unknown(what: &str, found: &str, known: &[&str]) -> Self {
        let help = nearest_name(found, known.iter().copied()).map(did_you_mean);
        let known = choices(known.iter().copied());
        Self { message: format!("unknown {what} `{found}`: expected {known}"), help }
    }

    /// The same where too many are known to list them.
    pub fn unknown_of_many(what: &str, found: &str, known: Vec<&str>) -> Self {
        let help = nearest_name(found, known).map(did_you_mean);
        Self { message: format!("unknown {what} `{found}`"), help }
    }
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Usage {}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
