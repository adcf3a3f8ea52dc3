//! The plan of a build: which solves it takes, what each needs, and which caches go with it.
//!
//! In: the work and the results of a build, its sections, each an output with caches of its own, and what is to be prepared
//! for its vertices. Out: a [`Plan`], for an executor that talks to the daemon. Pure, and without knowledge of HLB but for source spans. Start at [`plan`].

mod graph;
mod membership;
mod owner;
mod plan;
mod preparation;
mod section;

pub use membership::{Membership, membership};
pub use owner::Owners;
pub use plan::{Evaluation, Plan, Purpose, Root, Solve, Step, StepId, What, Work, plan};
pub use preparation::{Condition, Preparation, Prepare};
pub use section::{Import, Isolation, Layout, Lifetime, Section, Substitute};

#[cfg(test)]
mod tests;
