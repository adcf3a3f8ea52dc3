use hlb_program::module::Root;
use llb::{Metadata, Platform, State};
use std::fmt;

use super::{ImageConfig, Needs};

/// What evaluation needs from the daemon, or from whoever stands in for it.
///
/// Evaluation never waits: what is not known yet is [`Answer::Pending`], evaluation goes on with what is left, and
/// whoever drives it fetches everything that was asked for at the same time and evaluates again. Evaluation is pure
/// and takes microseconds, so a program costs as many rounds as its longest chain of questions, mostly one.
pub trait Resolver: Send {
    /// The image that a reference names, or the context that the client named like it.
    ///
    /// `metadata` are those of its vertex.
    fn image(&mut self, reference: &str, platform: &Platform, metadata: Metadata) -> Answer<Image>;

    /// The filesystem that the modules of a root take their `local`s from: for those of the program the build context,
    /// for others the one that they were imported from.
    fn files(&mut self, root: &Root) -> Answer<State>;

    /// Whether the client gives the build something that the program can do without. Without a client it does.
    fn is_given(&mut self, _what: Needs, _id: &str) -> Answer<bool> {
        Answer::Ready(true)
    }
}

/// The answer to a question of [`Resolver`].
#[derive(Clone, Debug, PartialEq)]
pub enum Answer<T> {
    Ready(T),
    /// Not known yet; it is being asked for.
    Pending,
    /// There is no such thing, says who has to know.
    Absent(Absence),
    /// Nobody knows, and why: one line, lower case.
    Failed(String),
}

/// Why something that a program names is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Absence {
    pub why: AbsenceReason,
    /// What was said: one line, lower case.
    pub problem: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AbsenceReason {
    NotFound,
    /// Docker Hub and GHCR deny what does not exist, so as not to tell what does.
    Denied,
}

/// A resolved image.
#[derive(Clone, Debug, PartialEq)]
pub struct Image {
    /// Its filesystem: a source vertex pinned to the digest that was resolved, or whatever a named context is.
    pub state: State,
    pub config: ImageConfig,
}

impl<T> Answer<T> {
    /// The answer with another value.
    pub fn map<U>(self, value: impl FnOnce(T) -> U) -> Answer<U> {
        match self {
            Self::Ready(ready) => Answer::Ready(value(ready)),
            Self::Pending => Answer::Pending,
            Self::Absent(absence) => Answer::Absent(absence),
            Self::Failed(problem) => Answer::Failed(problem),
        }
    }
}

impl fmt::Display for Absence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problem)
    }
}
