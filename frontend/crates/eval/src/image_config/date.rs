use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A time as it was written: whoever compares an entry of a history with that of the base must find the same.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Date(String);

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match OffsetDateTime::parse(&text, &Rfc3339) {
            Ok(_) => Ok(Self(text)),
            Err(_) => Err(D::Error::custom("expected a time such as `2024-05-01T12:00:00Z`")),
        }
    }
}
