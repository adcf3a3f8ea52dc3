use std::fmt;
use std::process::ExitCode;

/// How a command ended, from best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// 0: nothing to complain about.
    Fine,
    /// 1: there are errors in the program, or `fmt --check` would change a file.
    Errors,
    /// 2: the work could not be done: wrong arguments, a file that can't be read.
    Failed,
}

/// Arguments that can't be understood.
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

    /// An unknown word where only some are known; the nearest of them goes into the help.
    pub fn unknown<'a>(what: &str, found: &str, known: impl Iterator<Item = &'a str>) -> Self {
        let near = known.map(|known| (strsim::damerau_levenshtein(found, known), known)).min();
        let close = |(distance, known): &(usize, &str)| *distance <= known.len() / 3 + 1;
        let help = near.filter(close).map(|(_, known)| format!("did you mean `{known}`?"));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_near_words_are_offered() {
        let known = ["check", "fmt", "lint"];
        let help = |found| Usage::unknown("command", found, known.into_iter()).help;
        assert_eq!(help("chekc").as_deref(), Some("did you mean `check`?"));
        assert_eq!(help("format"), None);
        assert_eq!(help("lnit").as_deref(), Some("did you mean `lint`?"));
        assert_eq!(help("build"), None);
    }
}
