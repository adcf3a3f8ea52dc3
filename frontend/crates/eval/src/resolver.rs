use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use hlb_plan::Section;
use hlb_program::module::Root;
use hlb_syntax::source::Span;
use llb::{Edge, Metadata, Part, Platform, State};

use super::{Archive, Fs, ImageConfig, Needs, Normalized, Primed, Priming, SectionImage, Snapshot};

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

    /// The same for an image that the program can do without: an answer comes within a time, if only that nobody knows.
    fn optional_image(
        &mut self,
        reference: &str,
        platform: &Platform,
        metadata: Metadata,
    ) -> Answer<Image> {
        self.image(reference, platform, metadata)
    }

    /// Whether a source is there that the program can do without. Without a daemon it is.
    ///
    /// What fails there is reported at `span`.
    fn source(&mut self, _source: Source<'_>, _by: Finding, _span: Span) -> Answer<()> {
        Answer::Ready(())
    }

    /// The filesystem that the modules of a root take their `local`s from: for those of the program the build context,
    /// for others the one that they were imported from.
    fn files(&mut self, root: &Root) -> Answer<State>;

    /// What the client gives as the build context of a name, without the configuration that an image has.
    fn context(&mut self, name: &str, platform: &Platform) -> Answer<Option<State>>;

    /// What a part of a filesystem is taken from: the same, or one that has only some parts because no more is transferred.
    ///
    /// The filesystem may be any; what is none of the client's directories is there as a whole.
    fn part(&mut self, whole: &State, _part: &Part) -> State {
        whole.clone()
    }

    /// Which line of which ignore file keeps a path of a filesystem from being there, with everything below it.
    fn excluding(&mut self, _whole: &State, _path: &str) -> Option<String> {
        None
    }

    /// Whether the client gives the build something that the program can do without. Without a client it does.
    fn is_given(&mut self, _what: Needs, _id: &str) -> Answer<bool> {
        Answer::Ready(true)
    }

    /// What a file of a filesystem holds; to say so, the filesystem is built, and what it requires.
    ///
    /// The filesystem is not scratch, and the path is absolute. What fails there is reported at `span`.
    fn file(&mut self, filesystem: &Fs, path: &str, span: Span) -> Answer<FileContent>;

    /// What another frontend makes, of which nothing is built. What fails there is reported at `span`.
    fn frontend(&mut self, build: &FrontendBuild, span: Span) -> Answer<Image>;

    /// Whether a secret is the one of another build, for a cache key. Without a client there is one for all.
    fn fingerprint(&mut self, _id: &str) -> Answer<Fingerprint> {
        Answer::Ready(Fingerprint::Of("unknown".to_owned()))
    }

    /// A filesystem with nothing but an archive, which a step of this program itself writes.
    fn archive(&mut self, archive: &Archive) -> Answer<State>;

    /// The same files with modes that no umask decides, which a step of this program itself changes.
    fn normalized(&mut self, normalized: &Normalized) -> Answer<State>;

    /// A filesystem that a step of this program itself makes the same as a cache.
    fn snapshot(&mut self, snapshot: &Snapshot) -> Answer<State>;

    /// The image that a section is taken from, if it was looked up and is there.
    fn substituted(&mut self, _section: &Section) -> Option<SectionImage> {
        None
    }

    /// The steps of this program itself that fill a cache, if there is somebody to do so.
    fn prime(&mut self, priming: &Priming) -> Answer<Option<Primed>>;
}

/// A source that is not there for certain, and that is no image.
#[derive(Clone, Copy, Debug)]
pub enum Source<'s> {
    /// A branch or tag of a git repository: its vertex.
    Reference(&'s State),
    /// A commit of a git repository by its own name: its vertex.
    Commit(&'s State),
    /// What a web server has: its vertex.
    Http(&'s State),
    /// A path of a filesystem, absolute.
    Path { of: &'s Fs, path: &'s str },
}

/// How it is found out whether a source is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// By a few requests.
    Lookup,
    /// By transferring all of it.
    Fetch,
}

/// What another frontend is asked for.
#[derive(Clone, Debug)]
pub struct FrontendBuild {
    pub frontend: Frontend,
    /// In addition to what the frontend gets in any case.
    pub options: BTreeMap<String, String>,
    /// Filesystems, by name.
    pub inputs: BTreeMap<String, Edge>,
    /// The one that is taken of a result with several.
    pub platform: Arc<Platform>,
}

/// Another frontend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frontend {
    /// That for Dockerfiles, the daemon's own or the one that the file names. What it is not given as inputs are the
    /// client's contexts, and it gets the client's options, but for those that say what is built.
    Dockerfile,
    /// That in an image, by its reference.
    Image(String),
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

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AbsenceReason {
    NotFound,
    /// Docker Hub and GHCR deny what does not exist, so as not to tell what does.
    Denied,
    /// An image is there, but not for the platform.
    OtherPlatform,
}

/// What there is to say of a secret without saying it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fingerprint {
    /// The same in two builds if the secret and [`SECRET_KEY`] are. Who does not have the key learns nothing else of it.
    Of(String),
    /// The client does not give the secret.
    NoSecret,
    /// The client does not give the key.
    NoKey,
    /// The key is so short that it can be guessed.
    WeakKey,
}

/// The id of the secret that is the key of all fingerprints.
pub const SECRET_KEY: &str = "hlb-secret-key";

/// A resolved image.
#[derive(Clone, Debug, PartialEq)]
pub struct Image {
    /// Its filesystem: a source vertex pinned to the digest that was resolved, or whatever a named context is.
    pub state: State,
    pub config: ImageConfig,
    /// Absent if no registry was asked for it.
    pub record: Option<Arc<ImageRecord>>,
}

/// An image as its registry has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageRecord {
    /// Of what the reference stands for: an index, or a manifest if there is none. Empty for an image that an engine keeps
    /// without either.
    pub digest: String,
    /// The config of the platform that was asked for, as JSON, byte for byte.
    pub config: String,
}

/// What a path of a filesystem holds, for a program that makes a value of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileContent {
    Text(Arc<str>),
    Missing,
    /// A directory, or another thing without content.
    NotAFile,
    /// More than [`MAX_CONTENT_BYTES`].
    TooLarge,
    /// Not UTF-8.
    NotText,
}

/// Largest file that becomes a value, in bytes.
pub const MAX_CONTENT_BYTES: u64 = 64 << 10;

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
