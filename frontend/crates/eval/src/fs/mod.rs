//! The builtins of kind `fs`, each with its options: a file a builtin.

mod archive;
mod cache_id;
mod cache_mount;
mod cache_owner;
mod cache_seed;
mod cache_use;
mod cached;
mod client;
mod config;
mod copy;
mod device;
mod diff;
mod dockerfile;
mod duration;
mod env;
mod exit;
mod expansion;
mod export;
mod expose;
mod file;
mod first_of;
mod frontend;
mod git;
mod healthcheck;
mod http;
mod image;
mod key;
mod local;
mod merge;
mod mode;
mod mount;
#[expect(clippy::indexing_slicing, reason = "`inner` and `outer` are positions of `mounts`")]
mod mountpoint;
mod mounts;
mod normalize;
mod owner;
mod part;
mod pattern;
pub mod platform;
mod port;
mod require;
mod run;
mod scratch;
mod script;
mod secret;
mod secret_keyed;
mod shell;
mod signal;
mod socket;
mod source;
mod substitute;
mod tool_cache;
mod url;

use super::Builtin;
pub use archive::WINDOWS_IMAGE;
pub use cache_seed::{
    CacheDirectory, NO_SNAPSHOT, Primed, Priming, SEED_CONFLICT, SeedOfDirectory, Snapshot,
};
pub use cache_use::{CacheUse, SHARING_CONFLICT};
pub use cached::{CACHED, INVALID_CACHE_SPEC, imports_of};
pub use config::EMPTY_NAME;
pub use dockerfile::DOCKERFILE;
pub use duration::INVALID_DURATION;
pub use file::check_file;
pub use first_of::FIRST_OF;
pub use git::git_source;
pub use image::{IMAGE, UNRESOLVED_IMAGE, check_reference, unresolved};
pub use local::MISSING_CONTEXT;
pub use merge::MERGE_TOO_LARGE;
pub use mount::UNBINDABLE;
pub use mounts::{DUPLICATE_MOUNT, ROOT_MOUNT};
pub use normalize::{NOT_NORMALIZED, Normalized};
pub use part::{EXCLUDED_PATH, taken};
pub use port::INVALID_PORT;
pub use run::NO_COMMAND;
pub use scratch::SCRATCH;
pub use secret::SECRET_DIRECTORY;
pub use secret_keyed::{NO_FINGERPRINT, NO_SECRET_KEY, WEAK_SECRET_KEY};
pub use signal::INVALID_SIGNAL;
pub use source::UNAVAILABLE_SOURCE;
pub use substitute::{INVALID_REPOSITORY, SectionImage, section_config};
pub use tool_cache::{
    ABOUT, About, Default as ToolDefault, Directory as ToolDirectory, File as ToolFile, Projects,
    TOOLS, Tool, UNKNOWN_TOOL_DIRECTORY, UNSCOPED_TOOL_CACHE,
};

/// All of them; each file lists its own.
pub(super) static ROWS: &[&[&Builtin]] = &[
    archive::ROWS,
    cache_mount::ROWS,
    cache_seed::ROWS,
    cached::ROWS,
    config::ROWS,
    copy::ROWS,
    device::ROWS,
    diff::ROWS,
    dockerfile::ROWS,
    env::ROWS,
    exit::ROWS,
    export::ROWS,
    expose::ROWS,
    file::ROWS,
    first_of::ROWS,
    frontend::ROWS,
    git::ROWS,
    healthcheck::ROWS,
    http::ROWS,
    image::ROWS,
    key::ROWS,
    local::ROWS,
    merge::ROWS,
    mount::ROWS,
    require::ROWS,
    run::ROWS,
    scratch::ROWS,
    secret::ROWS,
    socket::ROWS,
    tool_cache::ROWS,
];
