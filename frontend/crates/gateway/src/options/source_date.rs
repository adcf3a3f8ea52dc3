use std::collections::BTreeMap;

use llb::ImageRef;

use super::Options;

/// The build argument by which a client says it.
pub const SOURCE_DATE: &str = "SOURCE_DATE_EPOCH";

/// Which time an image and its files get at most, whenever they are made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceDate {
    /// Seconds since 1970.
    Seconds(i64),
    /// That of the main context, as far as it has one.
    Context,
    /// That of a named context.
    Named(ImageRef),
}

/// The seconds of the years that a config can name, 1 to 9999.
const WRITABLE: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;

/// What may be written, for errors.
pub const SOURCE_DATE_FORMS: &str = "seconds since 1970, `context` or the name of a named context";

const CONTEXT: &str = "context";

impl SourceDate {
    /// Reads a value; `given` are all options, of which some are named contexts.
    ///
    /// BuildKit 0.32, `frontend/dockerfile/dockerfile2llb/epoch.go`, `resolveSourceDateEpochState`.
    pub(super) fn parse(text: &str, given: &BTreeMap<String, String>) -> Option<Self> {
        if let Ok(seconds) = text.parse() {
            return WRITABLE.contains(&seconds).then_some(Self::Seconds(seconds));
        }
        if text == CONTEXT {
            return Some(Self::Context);
        }
        let name = ImageRef::parse(text).ok()?;
        let general = format!("context:{}", name.context_name());
        let of_platform = format!("{general}::");
        let is_given = given.keys().any(|key| *key == general || key.starts_with(&of_platform));
        is_given.then_some(Self::Named(name))
    }
}

impl Options {
    /// Reads what a program says where the client says nothing.
    pub fn source_date_of(&self, text: &str) -> Option<SourceDate> {
        SourceDate::parse(text, &self.given)
    }
}
