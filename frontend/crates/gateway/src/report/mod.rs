//! Reports: errors, errors and warnings in the forms that BuildKit's clients print with a snippet of the source.
//!
//! In: diagnostics and what the daemon said. Out: statuses for [`finish`](super::finish), warnings for
//! [`Bridge::warn`](super::Bridge::warn), and locations for ops. Start at [`report`].

mod errors;
mod forward;
mod place;
mod refuse;
mod warning;

pub use errors::report;
pub use forward::forward;
pub use place::range;
pub use refuse::{FRONTEND_CAPS, refuse_cap, refuse_request};
pub use warning::warn_request;
