use std::sync::Arc;

use rpds::RedBlackTreeMapSync;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Environment variables in their order; a clone shares all of them.
#[derive(Clone, Debug, Default)]
pub struct Variables {
    /// `KEY=VALUE`, by place.
    entries: RedBlackTreeMapSync<u64, Arc<str>>,
    /// The place of each key; the first, if somebody else's list has it twice.
    places: RedBlackTreeMapSync<Arc<str>, u64>,
    end: u64,
}

/// What becomes of the place of a variable that is set again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reset {
    /// It stays where it was, as in an image's configuration.
    Stays,
    /// It goes to the end, as in the environment of a command.
    Moves,
}

impl Variables {
    /// Sets a variable.
    pub fn set(&mut self, key: &str, value: &str, reset: Reset) {
        let entry = format!("{key}={value}").into();
        match self.places.get(key).copied() {
            Some(place) if reset == Reset::Stays => self.entries.insert_mut(place, entry),
            Some(place) => {
                self.entries.remove_mut(&place);
                self.append(key, entry);
            }
            None => self.append(key, entry),
        }
    }

    pub fn contains(&self, key: &str) -> bool {
        self.places.contains_key(key)
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Each as `KEY=VALUE`.
    pub fn entries(&self) -> impl Iterator<Item = &str> {
        self.entries.values().map(|entry| &**entry)
    }

    /// Keys and values; what is only a key has an empty value, as in a Dockerfile's build.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let entries = self.entries().map(|entry| entry.split_once('=').unwrap_or((entry, "")));
        entries.filter(|(key, _)| !key.is_empty())
    }

    fn append(&mut self, key: &str, entry: Arc<str>) {
        self.end += 1;
        self.places.insert_mut(key.into(), self.end);
        self.entries.insert_mut(self.end, entry);
    }
}

impl PartialEq for Variables {
    fn eq(&self, other: &Self) -> bool {
        self.entries().eq(other.entries())
    }
}

impl Serialize for Variables {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.entries())
    }
}

/// Keeps what it does not understand, since the list is somebody else's.
impl<'de> Deserialize<'de> for Variables {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut variables = Self::default();
        for entry in Vec::<Arc<str>>::deserialize(deserializer)? {
            let shared = entry.clone();
            let key = shared.split_once('=').map_or(&*shared, |(key, _)| key);
            if variables.contains(key) {
                variables.end += 1;
                variables.entries.insert_mut(variables.end, entry);
            } else {
                variables.append(key, entry);
            }
        }
        Ok(variables)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_set_once() {
        for (reset, expected) in [(Reset::Stays, ["A=3", "B=2"]), (Reset::Moves, ["B=2", "A=3"])] {
            let mut variables = Variables::default();
            variables.set("A", "1", reset);
            let before = variables.clone();
            variables.set("B", "2", reset);
            variables.set("A", "3", reset);
            assert_eq!(variables.entries().collect::<Vec<_>>(), expected);
            assert_eq!(before.iter().collect::<Vec<_>>(), [("A", "1")]);
        }
    }

    #[test]
    fn what_came_stays_as_it_came() {
        let json = r#"["A=1","B","A=2"]"#;
        let mut variables: Variables = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&variables).unwrap(), json);
        variables.set("A", "3", Reset::Stays);
        assert_eq!(variables.entries().collect::<Vec<_>>(), ["A=3", "B", "A=2"]);
    }
}
