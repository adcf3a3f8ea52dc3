use std::collections::BTreeSet;
use std::sync::Arc;

/// The platforms whose evaluation asks for something, for errors to name the one that does so alone.
///
/// None if there is one platform, or if it is where a module comes from that asks.
#[derive(Clone, Debug, Default)]
pub struct Askers(BTreeSet<Arc<str>>);

impl Askers {
    pub fn add(&mut self, platform: Option<&Arc<str>>) {
        self.0.extend(platform.cloned());
    }

    pub fn iter(&self) -> impl Iterator<Item = &Arc<str>> {
        self.0.iter()
    }

    /// What a failure is in, with the platform if there is one asker.
    pub fn context(&self, context: &str) -> String {
        match (self.0.first(), self.0.len()) {
            (Some(platform), 1) => format!("{platform}: {context}"),
            _ => context.to_owned(),
        }
    }
}
