//! The bridge: what a frontend may ask of the daemon.
//!
//! In: requests in our own types. Out: what the daemon replies, or a [`BridgeError`] that keeps all that the daemon said.
//! [`Bridge`] is the seam and [`GrpcBridge`] speaks to BuildKit. A build ends with [`finish`], which returns what
//! [`build_result`] puts together.

mod container_calls;
mod error;
mod file;
mod finish;
mod grpc;
mod message;
mod result;
mod unreadable;

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;

use gateway_proto::caps::Caps;
use gateway_proto::{frontend, fsutil, pb, rpc};
use llb::{CacheImport, ImageRef, Platform, ResolveMode, Store};

pub use container_calls::ContainerCalls;
pub use error::BridgeError;
pub use file::{MAX_FILE_BYTES, read_file, read_file_within, read_optional_file};
pub use finish::finish;
pub use grpc::GrpcBridge;
pub use result::{ResultPart, build_result};
pub use unreadable::Unreadable;

/// A call of the daemon under way.
pub type Rpc<'a, T> = Pin<Box<dyn Future<Output = Result<T, BridgeError>> + Send + 'a>>;

/// What a frontend may ask of the daemon; each method is one RPC of `LLBBridge`.
///
/// Calls may run at the same time. Dropping a future cancels the call.
pub trait Bridge: Send + Sync {
    /// What the daemon can do and runs on, as it said when the bridge was made.
    fn daemon(&self) -> &Daemon;

    /// Hands a definition, or a build of another frontend, to the daemon.
    fn solve(&self, request: SolveRequest) -> Rpc<'_, Solved>;

    /// Runs everything that a ref depends on.
    fn evaluate<'a>(&'a self, reference: &'a Ref) -> Rpc<'a, ()>;

    /// Looks up an image's digest and config.
    fn resolve_image(&self, request: ImageRequest) -> Rpc<'_, ImageMeta>;

    /// Asks for the commit that a git source stands for, as git stores it; a daemon before BuildKit 0.26 can't say.
    ///
    /// `log_name` is the line of progress that it gets.
    fn git_commit(&self, source: pb::SourceOp, log_name: String) -> Rpc<'_, Option<Vec<u8>>>;

    /// Looks whether a source is there that a daemon can look up: an image, and since BuildKit 0.26 a reference of a git
    /// repository.
    ///
    /// `log_name` is the line of progress that it gets.
    fn find_source(&self, source: pb::SourceOp, log_name: String) -> Rpc<'_, ()>;

    /// Reads `length` bytes of a regular file from `offset`, fewer at its end.
    ///
    /// Symbolic links are followed within the ref. To be called through [`read_file`], unless it is certain that this is
    /// a regular file.
    fn read_range<'a>(
        &'a self,
        reference: &'a Ref,
        path: &'a str,
        offset: u64,
        length: u64,
    ) -> Rpc<'a, Vec<u8>>;

    /// Describes a file of a ref; symbolic links are followed within the ref.
    fn stat_file<'a>(&'a self, reference: &'a Ref, path: &'a str) -> Rpc<'a, Stat>;

    /// Lists a directory of a ref, not what is below it; a pattern as in ignore files selects by name.
    fn read_dir<'a>(
        &'a self,
        reference: &'a Ref,
        path: &'a str,
        pattern: Option<&'a str>,
    ) -> Rpc<'a, Vec<Stat>>;

    /// The definitions that the client attached, by name.
    fn inputs(&self) -> Rpc<'_, BTreeMap<String, pb::Definition>>;

    /// The calls about gateway containers, for [`Container`](crate::container::Container).
    ///
    /// # Errors
    /// If the daemon has none.
    fn containers(&self) -> Result<ContainerCalls, BridgeError>;

    /// Shows a warning; a daemon that can't take one ignores it.
    fn warn(&self, warning: frontend::WarnRequest) -> Rpc<'_, ()>;

    /// Returns the build's outcome to the daemon. To be called through [`finish`], which keeps to its rules.
    fn return_result(&self, outcome: Result<frontend::Result, rpc::Status>) -> Rpc<'_, ()>;
}

/// What the daemon is and can do.
#[derive(Clone, Debug)]
pub struct Daemon {
    pub caps: Caps,
}

/// A file as the daemon describes it; the mode is laid out as Go's `os.FileMode`.
pub type Stat = fsutil::Stat;

/// What a [`Bridge`] is to solve.
#[derive(Clone, Debug)]
pub struct SolveRequest {
    pub what: Solve,
    /// Caches that may be used, in addition to the daemon's own.
    pub cache_imports: Vec<CacheImport>,
    /// Whether to answer only when everything ran; else the answer comes before anything runs.
    pub evaluate: bool,
}

/// What a solve runs.
#[derive(Clone, Debug)]
pub enum Solve {
    /// A graph with at least one op besides its terminal one.
    Definition(pb::Definition),
    /// The build of another frontend, `gateway.v0` or `dockerfile.v0`.
    Frontend {
        frontend: String,
        options: BTreeMap<String, String>,
        inputs: BTreeMap<String, pb::Definition>,
    },
}

/// The answer to a solve.
#[derive(Clone, Debug, Default)]
pub struct Solved {
    /// The ref of a definition, or the single one of a frontend's result.
    pub reference: Ref,
    /// The refs of a frontend's result with several, by platform id.
    pub references: BTreeMap<String, Ref>,
    pub metadata: BTreeMap<String, Vec<u8>>,
}

/// A handle on the result of a solve; it is good as long as this process lives.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ref {
    /// Opaque; empty for the empty filesystem, about which the daemon can't be asked.
    pub id: String,
    /// What was solved, to be used again as an input.
    pub definition: Option<pb::Definition>,
}

/// What is asked about an image.
#[derive(Clone, Debug)]
pub struct ImageRequest {
    /// With a tag or a digest.
    pub image: ImageRef,
    /// The manifest that is taken from an index; the daemon's own platform if absent.
    pub platform: Option<Platform>,
    pub resolve_mode: ResolveMode,
    /// The line of progress that it gets, such as `[internal] load metadata for docker.io/library/alpine:3.20`.
    pub log_name: String,
    /// Where the image is, if that is a content store of the client and no registry.
    pub layout: Option<Store>,
}

/// What the daemon knows about an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageMeta {
    /// The image, pinned to its digest if it has one; a source policy may have put another in place of the one asked for.
    pub image: ImageRef,
    /// The digest of the manifest or index; empty for an image that an engine keeps without either.
    pub digest: String,
    /// The image config, as JSON.
    pub config: Vec<u8>,
}

impl SolveRequest {
    /// A lazy solve of a definition without cache imports.
    pub fn definition(definition: pb::Definition) -> Self {
        Self { what: Solve::Definition(definition), cache_imports: Vec::new(), evaluate: false }
    }

    /// The same, answered once all of it ran.
    pub fn evaluated(definition: pb::Definition) -> Self {
        Self { evaluate: true, ..Self::definition(definition) }
    }
}

impl Ref {
    /// Whether this is the empty filesystem.
    pub fn is_scratch(&self) -> bool {
        self.id.is_empty()
    }
}

impl ImageRequest {
    /// The usual request for an image of a registry, with the usual line of progress.
    pub fn new(image: ImageRef, platform: Option<Platform>, resolve_mode: ResolveMode) -> Self {
        let image = image.or_latest();
        let log_name = format!("[internal] load metadata for {image}");
        Self { image, platform, resolve_mode, log_name, layout: None }
    }
}
