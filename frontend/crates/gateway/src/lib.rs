//! The gateway: everything that is said to BuildKit and heard from it.
//!
//! In: the environment that BuildKit starts a frontend in, and requests of the layers above. Out: what the daemon replies,
//! the files of a build, and errors as BuildKit's clients print them. Knows nothing of the language. Six modules, each
//! with a face of its own:
//!
//! * [`bridge`]: the calls of the daemon, and the outcome that a build ends with. Start at [`bridge::Bridge`].
//! * [`concurrent`]: calls at the same time.
//! * [`container`]: programs that run beside the build, on the daemon. Start at [`container::Container::start`].
//! * [`options`]: what the client asks for, one table row an option. Start at [`options::Options::parse`].
//! * [`context`]: where the files of a build come from. Start at [`context::BuildContext::locate`].
//! * [`report`]: errors and warnings as BuildKit's clients print them. Start at [`report::report`].
//!
//! They stand on each other in one direction: `container` on `bridge`, `context` on `bridge` and `options`, `report` on the errors of `bridge`.
//! `concurrent` stands on none of them.

pub mod bridge;
pub mod concurrent;
pub mod container;
pub mod context;
pub mod options;
pub mod report;

mod oci_platform;

use hlb_syntax::diagnostic::Code;

/// Every rule of this crate.
pub fn codes() -> impl Iterator<Item = &'static Code> {
    [&options::INVALID_OPTION, &options::LIMITS_WITHOUT_EFFECT]
        .into_iter()
        .chain(context::CODES.iter().copied())
}
