use std::fmt;

use super::{Event, Exit, Running};
use crate::bridge::BridgeError;

/// Longest line that is taken from a process, in bytes.
const MAX_LINE_BYTES: usize = 64 << 10;

/// How much of what a process prints on its standard error is kept for an error, in bytes.
const MAX_STDERR_BYTES: usize = 4 << 10;

/// Why a process did not print the line that was waited for.
#[derive(Clone, Debug)]
pub enum NoLine {
    /// It ended, or the daemon ended it.
    Ended {
        exit: Option<Exit>,
        /// The end of what it printed on its standard error.
        stderr: String,
    },
    TooLong,
    NotText,
    Bridge(BridgeError),
}

impl Running {
    /// Waits for a whole line of the standard output, and gives it without its end.
    ///
    /// # Errors
    /// If there is none, with the reason as far as the daemon or the process says it.
    pub async fn line(&mut self) -> Result<String, NoLine> {
        let mut exit = None;
        let mut stderr = Vec::new();
        loop {
            if let Some(line) = self.lines.next() {
                return String::from_utf8(line).map_err(|_| NoLine::NotText);
            }
            if self.lines.buffered.len() > MAX_LINE_BYTES {
                return Err(NoLine::TooLong);
            }
            match self.receive().await.map_err(NoLine::Bridge)? {
                Some(Event::Stdout(bytes)) => self.lines.buffered.extend(bytes),
                Some(Event::Stderr(bytes)) => {
                    stderr.extend(bytes);
                    stderr.drain(..stderr.len().saturating_sub(MAX_STDERR_BYTES));
                }
                Some(Event::Exit(ended)) => exit = Some(ended),
                Some(Event::Started) => {}
                None => {
                    let stderr = String::from_utf8_lossy(&stderr).trim().to_owned();
                    return Err(NoLine::Ended { exit, stderr });
                }
            }
        }
    }
}

/// The standard output that was received and not yet asked for.
#[derive(Default)]
pub(super) struct Lines {
    buffered: Vec<u8>,
}

impl Lines {
    fn next(&mut self) -> Option<Vec<u8>> {
        let end = self.buffered.iter().position(|byte| *byte == b'\n')?;
        let rest = self.buffered.split_off(end + 1);
        let mut line = std::mem::replace(&mut self.buffered, rest);
        line.pop();
        Some(line)
    }

    pub(super) fn take(&mut self) -> Option<Vec<u8>> {
        Some(std::mem::take(&mut self.buffered)).filter(|bytes| !bytes.is_empty())
    }
}

impl fmt::Display for NoLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ended { exit, stderr } => {
                match exit {
                    None => f.write_str("the daemon ended it")?,
                    Some(Exit { code, status: None }) => write!(f, "exit code: {code}")?,
                    Some(Exit { status: Some(status), .. }) => f.write_str(&status.message)?,
                }
                if stderr.is_empty() { Ok(()) } else { write!(f, ": {stderr}") }
            }
            Self::TooLong => write!(f, "a line is longer than {} KiB", MAX_LINE_BYTES >> 10),
            Self::NotText => f.write_str("a line is not UTF-8"),
            Self::Bridge(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for NoLine {}
