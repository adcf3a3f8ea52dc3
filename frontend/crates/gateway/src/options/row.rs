use std::collections::BTreeMap;

use super::Options;

/// One frontend option: its key, its documentation, and what reads it.
pub struct Row {
    pub key: Key,
    /// The form of the value, for people.
    pub value: &'static str,
    /// What it does, in whole sentences.
    pub doc: &'static str,
    pub empty: Empty,
    /// Puts the value into the options; the error names the option.
    pub(super) read: fn(&mut Options, &Found<'_>) -> Result<(), String>,
}

/// Which options a row is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    Exact(&'static str),
    /// Every option that starts so; the rest of the key is a name that the client chose.
    Prefix(&'static str),
}

/// What an empty value means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Empty {
    /// As if the option were not given: the engine's build API sends some options empty.
    Absent,
    /// A value like any other.
    Value,
}

/// An option that a row's key matches.
pub(super) struct Found<'a> {
    /// The whole key.
    pub key: &'a str,
    /// The key without the row's prefix; empty for an exact key.
    pub name: &'a str,
    pub value: &'a str,
    /// All options, for one that names another.
    pub all: &'a BTreeMap<String, String>,
}

impl Found<'_> {
    /// The error of a value that does not have the row's form.
    pub fn expected(&self, what: &str) -> String {
        self.wrong(format_args!("expected {what}, found `{}`", self.value))
    }

    /// Any other error about the option.
    pub fn wrong(&self, problem: impl std::fmt::Display) -> String {
        format!("option `{}`: {problem}", self.key)
    }

    pub fn owned(&self) -> Option<String> {
        Some(self.value.to_owned())
    }
}
