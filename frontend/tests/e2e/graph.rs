//! Engines that keep images in graph drivers: Docker's default before Engine 29, which has not all that containerd's store has.

use std::collections::BTreeMap;

use libtest_mimic::Trial;

use super::engine::{Engine, Store};
use super::project::Project;
use super::{Test, Tested};

/// Whether a test is run where an engine has graph drivers. On two engines with containerd's store, each is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Graph {
    /// With such an engine as the first, which builds.
    First,
    /// With one as the second, since the first does what only containerd's store can.
    Second,
    /// With one as the first, and with one as the second.
    Either,
    /// It holds with such an engine as the first as well, and is left out to save time: what it is about is not the store's.
    /// `--include-ignored` runs it.
    Same,
    /// The same with such an engine as the second.
    SameAsSecond,
    /// It needs what such an engine lacks.
    Lacks(&'static str),
}

/// A cache in a registry or directory, other than one in an image (`Features` in `driver/docker/driver.go` of buildx).
pub const CACHE_EXPORT: Graph = Graph::Lacks("`--cache-to` of another type than `inline`");
/// The same place says so.
pub const OCI_EXPORT: Graph = Graph::Lacks("`-o type=oci` and `type=docker,dest=…`");
/// The same place says so.
pub const PLATFORMS: Graph = Graph::Lacks("`--platform` with several");
/// The same place says so.
pub const ATTESTATIONS: Graph = Graph::Lacks("`--provenance` and `--sbom`");
/// The sources of a daemon with graph drivers are images, git, http and local ones (`builder-next/worker/worker.go` of Moby).
pub const OCI_LAYOUT: Graph = Graph::Lacks("contexts of `oci-layout://`");
/// Capabilities that such a daemon states as disabled.
pub const MERGE: Graph = Graph::Lacks("`merge` and `diff`");

/// The tests to run on the engine and the second one. Says how many of them are left out, and why.
pub fn trials(engine: &Engine, tests: impl Iterator<Item = Test>) -> Vec<Trial> {
    let [first, second] = [engine.store, engine.second_store].map(|store| store == Store::Graph);
    let mut left_out = BTreeMap::<&str, usize>::new();
    let mut trials = Vec::new();
    for (name, graph, test) in tests {
        let (is_run, why) = match graph {
            _ if !first && !second => (true, None),
            Graph::Lacks(what) => (false, Some(what)),
            Graph::Second | Graph::SameAsSecond if first => {
                (false, Some("another engine that exports, as the first"))
            }
            Graph::First => (first, None),
            Graph::Second | Graph::Either => (true, None),
            Graph::Same | Graph::SameAsSecond => (false, None),
        };
        match why {
            Some(why) => *left_out.entry(why).or_default() += 1,
            None => trials.push(trial(engine.clone(), name, test).with_ignored_flag(!is_run)),
        }
    }
    for (what, count) in left_out {
        say(&format!(
            "on an engine with graph drivers, tests left out for want of {what}: {count}"
        ));
    }
    trials
}

#[expect(clippy::print_stderr, reason = "nothing is left out in silence")]
fn say(text: &str) {
    eprintln!("{text}");
}

fn trial(engine: Engine, name: &'static str, test: fn(&Project) -> Tested) -> Trial {
    Trial::test(name, move || test(&Project::new(engine)?))
}
