use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::date::Date;
use crate::value::Chain;

/// What made the layers of an image, or changed its configuration without one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    entries: Chain<Entry>,
    /// When the statements of the program were carried out; if absent, exporters say when their layers were made.
    date: Option<Date>,
}

#[derive(Clone, Debug, PartialEq)]
enum Entry {
    /// The base image's.
    Base(Arc<Record>),
    /// A statement that makes a layer.
    Layer(Arc<str>),
    /// A statement that changes the configuration alone.
    Empty(Arc<str>),
    /// Labels that are set one after another: they are one entry.
    Labels(Chain<Arc<str>>),
}

/// An entry as an image's configuration has it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Record {
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<Date>,
    #[serde(skip_serializing_if = "String::is_empty")]
    created_by: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    author: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    comment: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    empty_layer: bool,
}

/// Marks the entries that a program made.
const COMMENT: &str = "hlb.v0";

/// How an entry for labels begins.
const LABEL: &str = "LABEL";

impl History {
    /// Records a statement that makes a layer.
    pub fn layer(&mut self, created_by: impl Into<Arc<str>>) {
        self.entries.push(Entry::Layer(created_by.into()));
    }

    /// Records a statement that changes the configuration alone.
    pub fn empty_layer(&mut self, created_by: impl Into<Arc<str>>) {
        self.entries.push(Entry::Empty(created_by.into()));
    }

    /// Records a label: with those right before it, if there are any.
    pub fn label(&mut self, assignment: impl Into<Arc<str>>) {
        let mut labels = match self.entries.last() {
            Some(Entry::Labels(labels)) => {
                let labels = labels.clone();
                self.entries = self.entries.before_last();
                labels
            }
            _ => Chain::default(),
        };
        labels.push(assignment.into());
        self.entries.push(Entry::Labels(labels));
    }

    /// Says when the statements of the program were carried out, whenever their layers were made: a step may be older in one
    /// cache than in another.
    pub fn set_date(&mut self, date: Date) {
        self.date = Some(date);
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether an entry made a layer.
    pub fn has_layers(&self) -> bool {
        self.entries.newest_first().any(|entry| match entry {
            Entry::Base(record) => !record.empty_layer,
            Entry::Layer(_) => true,
            Entry::Empty(_) | Entry::Labels(_) => false,
        })
    }
}

impl Entry {
    fn record(&self, date: Option<&Date>) -> Record {
        let (created_by, empty_layer) = match self {
            Self::Base(record) => return (**record).clone(),
            Self::Layer(text) => (text.to_string(), false),
            Self::Empty(text) => (text.to_string(), true),
            Self::Labels(labels) => {
                let words: Vec<&str> =
                    [LABEL].into_iter().chain(labels.iter().map(|label| &**label)).collect();
                (words.join(" "), true)
            }
        };
        let (created, comment) = (date.cloned(), COMMENT.to_owned());
        Record { created, created_by, empty_layer, comment, ..Record::default() }
    }
}

impl Serialize for History {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let date = self.date.as_ref();
        serializer.collect_seq(self.entries.iter().map(|entry| entry.record(date)))
    }
}

impl<'de> Deserialize<'de> for History {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let records = Vec::<Record>::deserialize(deserializer)?;
        let entries = records.into_iter().map(|record| Entry::Base(Arc::new(record))).collect();
        Ok(Self { entries, date: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_in_a_row_are_one_entry() {
        let mut history = History::default();
        history.label("a=1");
        let before = history.clone();
        history.label("b=2");
        history.layer("RUN x");
        history.label("c=3");
        let texts = |history: &History| {
            let texts = history.entries.iter().map(|entry| entry.record(None).created_by);
            texts.collect::<Vec<_>>()
        };
        assert_eq!(texts(&history), ["LABEL a=1 b=2", "RUN x", "LABEL c=3"]);
        assert_eq!(texts(&before), ["LABEL a=1"]);
    }
}
