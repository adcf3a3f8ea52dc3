//! The gateway: everything that is said to BuildKit and heard from it.
//!
//! In: the environment that BuildKit starts a frontend in, and requests of the rooms above. Out: [`Options`], the
//! daemon's answers through a [`Bridge`], the files of a build, and mistakes as BuildKit's clients print them. Knows
//! nothing of the language. Start at [`Bridge`].

mod bridge;
mod context;
mod git_ref;
mod ignore;
mod image_ref;
mod option;
mod report;
mod result;

use crate::diagnostic::Code;

pub use bridge::{
    Answer, Bridge, BridgeError, Daemon, GrpcBridge, ImageMeta, ImageRequest, MAX_FILE_BYTES,
    Offline, Ref, Solve, SolveRequest, Solved, Stat, concurrently, finish, read_file,
    read_optional_file,
};
pub use context::{
    BuildFile, BuildFileSource, ContextImage, ContextSource, INVALID_CONTEXT, InvalidContext,
    LoadError, Loaded, NamedContext, NamedKind, Origin, Selection, load_build_file, load_file,
    load_files, load_ignore_patterns, named_context, resolve_named,
};
pub use git_ref::{GitMtime, GitRef, InvalidGitRef};
pub use ignore::{InvalidIgnoreLine, parse_ignore};
pub use image_ref::{ImageRef, InvalidImageRef};
pub use option::{
    BuildkitVersion, CacheImport, ContextOptions, Empty, ExecOptions, INVALID_OPTION, Key, NoCache,
    OptionError, Options, ROWS as OPTION_ROWS, Resources, Row as OptionRow, Worker, csv_record,
};
pub use report::{
    FRONTEND_CAPS, LANGUAGE, SourceFiles, forward, range, refuse_cap, refuse_request, report,
    warn_request,
};
pub use result::{ResultPart, build_result};

/// Every rule of this room.
pub static CODES: &[&Code] = &[
    &INVALID_OPTION,
    &context::BUILD_FILE_MISSING,
    &context::BUILD_FILE_DIRECTORY,
    &context::BUILD_FILE_TOO_LARGE,
    &context::BUILD_FILE_EMPTY,
    &context::BUILD_FILE_NOT_TEXT,
    &context::INVALID_GIT_CONTEXT,
    &context::INVALID_IGNORE_FILE,
    &INVALID_CONTEXT,
];
