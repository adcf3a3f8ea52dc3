//! The gateway: everything that is said to BuildKit and heard from it.

mod bridge;
mod git_ref;
mod ignore;
mod image_ref;
mod option;

pub use bridge::{
    Answer, Bridge, BridgeError, Daemon, ImageMeta, ImageRequest, MAX_FILE_BYTES, OciLayout,
    Offline, Ref, Solve, SolveRequest, Solved, Stat, finish, read_file, read_optional_file,
};
pub use git_ref::{GitMtime, GitRef, InvalidGitRef};
pub use ignore::{InvalidIgnoreLine, parse_ignore};
pub use image_ref::{ImageRef, InvalidImageRef};
pub use option::{
    BuildkitVersion, CacheImport, ContextOptions, Empty, ExecOptions, ExtraHost, INVALID_OPTION,
    Key, NetworkMode, NoCache, OptionError, Options, ROWS as OPTION_ROWS, ResolveMode, Resources,
    Row as OptionRow, Ulimit, UlimitName, Worker,
};

/// Every rule of this room.
pub static CODES: &[&crate::diagnostic::Code] = &[&INVALID_OPTION];
