//! The gateway: everything that is said to BuildKit and heard from it.
//!
//! In: the environment that BuildKit starts a frontend in, and requests of the layers above. Out: [`Options`], the
//! daemon's answers through a [`Bridge`], the files of a build, and errors as BuildKit's clients print them. Knows
//! nothing of the language. Start at [`Bridge`].

mod bridge;
mod container;
mod context;
mod ignore;
mod option;
mod own_image;
mod report;
mod result;

use hlb_syntax::diagnostic::Code;

pub use bridge::{
    Answer, Bridge, BridgeError, Daemon, GrpcBridge, ImageMeta, ImageRequest, MAX_FILE_BYTES,
    Offline, Ref, Solve, SolveRequest, Solved, Stat, concurrently, finish, read_file,
    read_optional_file,
};
pub use container::{
    Container, ContainerCalls, ContainerMount, ContainerMountKind, ContainerRequest, Event, Exit,
    MountPoint, NoLine, Process, Running, Signal, Stdin,
};
pub use context::{
    BuildFile, BuildFileSource, ContextImage, ContextSource, INVALID_CONTEXT, InvalidContext,
    LoadError, Loaded, NamedContext, NamedKind, Origin, Selection, load_build_file, load_file,
    load_files, load_ignore_patterns, named_context, resolve_named,
};
pub use ignore::{InvalidIgnoreLine, parse_ignore};
pub use option::{
    BuildkitVersion, ContextOptions, Empty, INVALID_OPTION, Key, OptionError, Options,
    ROWS as OPTION_ROWS, Row as OptionRow, Worker,
};
pub use own_image::{OWN_DEFINITION, OwnImageError, own_image};
pub use report::{FRONTEND_CAPS, forward, range, refuse_cap, refuse_request, report, warn_request};
pub use result::{ResultPart, build_result};

/// Every rule of this crate.
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
