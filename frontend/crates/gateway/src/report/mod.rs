//! Reports: errors and warnings in the forms that BuildKit's clients print with a snippet of the source.
//!
//! In: diagnostics and what the daemon said. Out: statuses for [`finish`](crate::bridge::finish), warnings for
//! [`Bridge::warn`](crate::bridge::Bridge::warn), and the ranges of spans. Start at [`report`].

mod cause;
mod errors;
mod forward;
mod lines;
mod refuse;
mod snippet;
mod warnings;

pub use cause::report_cause;
pub use errors::report;
pub use forward::forward;
pub use lines::lines;
pub use refuse::{FRONTEND_CAPS, refuse_cap, refuse_request};
pub use snippet::range;
pub use warnings::warn_requests;
