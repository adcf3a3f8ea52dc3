//! Shows on a real engine that the parts are joined: `docker buildx` builds programs with the image that ships.
//!
//! Not part of a plain `cargo test`: `hack/test` runs it, which also brings up the engines and makes the image. Each
//! test has a [`Project`] of its own; start at [`tests`].

mod archive;
mod attest;
mod cache;
mod cache_fault;
mod cache_layout;
mod cache_mount;
mod cache_permission;
mod cache_report;
mod cache_section;
mod call;
mod container;
mod context;
mod dap;
mod debugger;
mod early_import;
mod engine;
mod error;
mod examples;
mod export;
mod first_of;
mod forwarding;
mod from_a_dockerfile;
mod frontends;
mod graph;
mod guide;
mod guide_page;
mod image;
mod images;
mod import;
mod key;
mod layout;
mod leftover;
mod lifecycle;
mod limits;
mod named_context;
mod output;
mod platforms;
mod project;
mod readme;
mod recipe;
mod registry;
mod reproducible;
mod seed;
mod seed_pip;
mod select;
mod server;
mod socket;
mod step;
mod stores;
mod substitute;
mod substitute_image;
mod tool_cache;
mod values;
mod wheels;

use engine::Engine;
use graph::Graph;
use libtest_mimic::{Arguments, Failed, Trial};
use project::Project;

/// What a test comes to.
type Tested = Result<(), Failed>;

/// A test: its name, whether it is run on an engine with graph drivers, and what it does with a project that has no files yet.
type Test = (&'static str, Graph, fn(&Project) -> Tested);

fn main() {
    let arguments = Arguments::from_args();
    let trials = match Engine::from_environment() {
        Ok(engine) => graph::trials(&engine, tests()),
        // Nothing is skipped in silence: without an engine there is one test, and it fails.
        Err(why) => vec![Trial::test("engine", || Err(why.into()))],
    };
    libtest_mimic::run(&arguments, trials).exit();
}

fn tests() -> impl Iterator<Item = Test> {
    [
        select::TESTS,
        error::TESTS,
        output::TESTS,
        platforms::TESTS,
        export::TESTS,
        archive::TESTS,
        examples::TESTS,
        image::TESTS,
        reproducible::TESTS,
        attest::TESTS,
        context::TESTS,
        named_context::TESTS,
        dap::TESTS,
        early_import::TESTS,
        import::TESTS,
        cache::TESTS,
        cache_fault::TESTS,
        cache_layout::TESTS,
        cache_mount::TESTS,
        cache_permission::TESTS,
        cache_report::TESTS,
        cache_section::TESTS,
        substitute::TESTS,
        substitute_image::TESTS,
        tool_cache::TESTS,
        key::TESTS,
        seed::TESTS,
        seed_pip::TESTS,
        first_of::TESTS,
        step::TESTS,
        stores::TESTS,
        socket::TESTS,
        call::TESTS,
        lifecycle::TESTS,
        limits::TESTS,
        container::TESTS,
        readme::TESTS,
        values::TESTS,
        frontends::TESTS,
        from_a_dockerfile::TESTS,
        guide::TESTS,
        recipe::TESTS,
    ]
    .into_iter()
    .flatten()
    .copied()
}
