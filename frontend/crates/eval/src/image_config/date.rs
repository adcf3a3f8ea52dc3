use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A time as it was written: whoever compares an entry of a history with that of the base must find the same.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Date(String);

impl Date {
    /// The time so many seconds after 1970, if it has a year of four digits: others can't be written.
    pub fn of_seconds(seconds: i64) -> Option<Self> {
        OffsetDateTime::from_unix_timestamp(seconds).ok()?.format(&Rfc3339).ok().map(Self)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match OffsetDateTime::parse(&text, &Rfc3339) {
            Ok(_) => Ok(Self(text)),
            Err(_) => Err(D::Error::custom("expected a time such as `2024-05-01T12:00:00Z`")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_written_as_go_writes_them() {
        let text = |seconds| Date::of_seconds(seconds).map(|date| date.0);
        assert_eq!(text(1_700_000_000).as_deref(), Some("2023-11-14T22:13:20Z"));
        assert_eq!(text(-1).as_deref(), Some("1969-12-31T23:59:59Z"));
        assert_eq!(text(253_402_300_800), None);
        assert_eq!(text(i64::MIN), None);
    }
}
