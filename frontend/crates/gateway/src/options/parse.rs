use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::os::unix::ffi::OsStringExt;

use super::row::{Empty, Found, Key, Row};
use super::worker::{self, Worker};
use super::{Options, ROWS};

/// What the names of the variables with one option each start with.
///
/// BuildKit 0.32, `frontend/gateway/gateway.go`, `Solve`.
const OPTION_PREFIX: &str = "BUILDKIT_FRONTEND_OPT_";
const SESSION_ID: &str = "BUILDKIT_SESSION_ID";
const WORKERS: &str = "BUILDKIT_WORKERS";
const PRODUCT: &str = "BUILDKIT_EXPORTEDPRODUCT";

/// A frontend option, or a variable, that can't be used; the text names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionError {
    problem: String,
}

impl fmt::Display for OptionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problem)
    }
}

impl std::error::Error for OptionError {}

impl From<String> for OptionError {
    fn from(problem: String) -> Self {
        Self { problem }
    }
}

/// The variables that matter, in no order yet: BuildKit numbers the options as they come out of a Go map.
#[derive(Default)]
struct Raw {
    options: BTreeMap<String, String>,
    session_id: String,
    workers: Option<String>,
    product: String,
}

impl Options {
    /// Reads the environment of a frontend; the error has every error in it, in a stable order.
    pub fn parse(
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, Vec<OptionError>> {
        let mut errors = Vec::new();
        let raw = Raw::read(environment, &mut errors);
        let workers = match raw.workers.as_deref().map(worker::parse) {
            None => Vec::new(),
            Some(Ok(workers)) => workers,
            Some(Err(error)) => {
                errors.push(OptionError::from(format!("variable `{WORKERS}`: {error}")));
                Vec::new()
            }
        };
        let mut options = Self::new(raw.session_id, workers, raw.product);
        options.given.clone_from(&raw.options);
        for row in ROWS {
            errors.extend(row.read_all(&mut options, &raw.options).map(OptionError::from));
        }
        if errors.is_empty() { Ok(options) } else { Err(errors) }
    }

    fn new(session_id: String, workers: Vec<Worker>, product: String) -> Self {
        Self { session_id, workers, product, ..Self::default() }
    }
}

impl Row {
    /// Reads each option that the row is for and gives their errors.
    fn read_all<'a>(
        &'a self,
        options: &'a mut Options,
        all: &'a BTreeMap<String, String>,
    ) -> impl Iterator<Item = String> + 'a {
        let (start, exact) = match self.key {
            Key::Exact(key) => (key, true),
            Key::Prefix(prefix) => (prefix, false),
        };
        all.range(start.to_owned()..)
            .take_while(move |(key, _)| if exact { *key == start } else { key.starts_with(start) })
            .filter(|(_, value)| !(value.is_empty() && self.empty == Empty::Absent))
            .filter_map(move |(key, value)| {
                let name = key.strip_prefix(start).unwrap_or_default();
                (self.read)(options, &Found { key, name, value, all }).err()
            })
    }

    /// Whether the row is for this option.
    pub fn matches(&self, key: &str) -> bool {
        match self.key {
            Key::Exact(exact) => key == exact,
            Key::Prefix(prefix) => key.starts_with(prefix),
        }
    }
}

impl Raw {
    fn read(
        environment: impl IntoIterator<Item = (OsString, OsString)>,
        errors: &mut Vec<OptionError>,
    ) -> Self {
        let mut raw = Self::default();
        let mut not_text = |name: &str| {
            errors.push(OptionError::from(format!("{name}: the value is not UTF-8")));
        };
        for (name, value) in environment {
            let Some(name) = name.to_str() else { continue };
            let value = value.into_vec();
            if name.starts_with(OPTION_PREFIX) {
                let Some((key, value)) = split_option(&value) else { continue };
                // An option that no row knows may still be named by one that does, such as `contextkey`.
                let known = ROWS.iter().any(|row| row.matches(key));
                match std::str::from_utf8(value) {
                    Ok(value) => {
                        raw.options.insert(key.to_owned(), value.to_owned());
                    }
                    Err(_) if known => not_text(&format!("option `{key}`")),
                    Err(_) => {}
                }
                continue;
            }
            let mut text = |value: Vec<u8>| {
                let text = String::from_utf8(value).ok();
                if text.is_none() {
                    not_text(&format!("variable `{name}`"));
                }
                text
            };
            match name {
                SESSION_ID => raw.session_id = text(value).unwrap_or_default(),
                WORKERS => raw.workers = text(value),
                PRODUCT => raw.product = text(value).unwrap_or_default(),
                _ => {}
            }
        }
        errors.sort_by(|a, b| a.problem.cmp(&b.problem));
        raw
    }
}

/// Splits at the first `=`; a key that is not UTF-8 is none that we know.
fn split_option(option: &[u8]) -> Option<(&str, &[u8])> {
    let at = option.iter().position(|byte| *byte == b'=')?;
    let (key, value) = option.split_at(at);
    Some((std::str::from_utf8(key).ok()?, value.get(1..)?))
}
