//! Sections of a build, and the plan of the solves that they become.
//!
//! In: the sections that evaluation found, each an output with its caches. Pure, and without knowledge of HLB but for
//! source spans. Start at [`Section`].

mod section;

pub use section::{Import, Isolation, Section};
