//! Caches of tools: real ones, which fetch from a server that counts what they take.
//!
//! Each test makes the files that its tool fetches, serves them, and has three builds use them: two at once that begin with
//! nothing, and one that has to find everything in the cache.

mod apt;
pub mod cargo;
mod ccache;
mod go;
pub mod npm;
mod pip;
mod uv;

use std::thread;

use super::project::Project;
use super::server::Files;
use super::{Graph, Test, Tested};

pub const TESTS: &[Test] = &[
    ("tool_cache_of_apt", Graph::Same, apt::test),
    ("tool_cache_of_cargo", Graph::Same, cargo::test),
    ("tool_cache_of_ccache", Graph::Same, ccache::test),
    ("tool_cache_of_go", Graph::Same, go::test),
    ("tool_cache_of_npm", Graph::Same, npm::test),
    ("tool_cache_of_pip", Graph::Same, pip::test),
    ("tool_cache_of_uv", Graph::Same, uv::test),
];

/// The words that three builds are told apart by, and the folders of their results.
const WORDS: [&str; 3] = ["one", "two", "three"];

/// Has three builds run, the last of which may fetch nothing that the server has not said to be unchanged.
fn fetches_nothing_the_third_time(project: &Project, files: &Files) -> Tested {
    at_once(project)?;
    let before = files.all();
    build(project, "three")?;
    match files.all() {
        _ if before.is_empty() => Err("nothing was fetched at all".into()),
        all if all == before => Ok(()),
        all => Err(format!(
            "fetched {:?} although all is in the cache",
            all.get(before.len()..).unwrap_or_default()
        )
        .into()),
    }
}

/// Writes a program that runs a shell script beside the files of `src`, with the caches of a tool that no other test has.
/// What it leaves in `/out` is the result.
fn write_program(project: &Project, tool: &str, script: &str) -> Tested {
    let program = format!(
        "@syntax
fs default(string word) {{
	copy fs {{ ran word; }} \"/out\" \"/\"
}}
fs ran(string word) {{
	image \"@registry/{tool}:latest\"
	dir \"/src\"
	copy local(\".\") \"src\" \"/src\"
	run \"mkdir /out && sh -eu run.sh # ${{word}}\" with option {{ toolCache \"{tool}\" with scope(\"@nonce\") }}
}}
"
    );
    project.write("src/run.sh", script)?;
    project.write("build.hlb", &program)
}

/// Two builds that both begin with an empty cache.
fn at_once(project: &Project) -> Tested {
    thread::scope(|scope| {
        let other = scope.spawn(|| build(project, "two"));
        build(project, "one")?;
        other.join().map_err(|_| "the other build panicked")?
    })
}

fn build(project: &Project, word: &str) -> Tested {
    let argument = format!("word={word}");
    let words = ["-f", "build.hlb", "--build-arg", &argument, "-o", word, "."];
    project.build(&words)?.succeeded()?.end()
}

/// Holds what each build left in `/out/said` to what was to be fetched or compiled.
fn expect_said(project: &Project, said: &str) -> Tested {
    WORDS.iter().try_for_each(|word| project.expect(&format!("{word}/out/said"), said))
}
