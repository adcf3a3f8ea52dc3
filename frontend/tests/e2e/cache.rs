//! What is done again, what is not, and whose cache serves.

use std::time::{Duration, Instant};

use super::project::Project;
use super::{Graph, Test, Tested};

pub const TESTS: &[Test] = &[
    ("no_cache_runs_again", Graph::Same, no_cache),
    ("a_cache_mount_persists", Graph::First, cache_mount),
    ("a_section_has_a_cache_of_its_own", Graph::Second, section),
    ("a_failing_section_cancels_the_others", Graph::Same, failing_section),
    ("a_section_that_another_needs_runs_first", Graph::Same, section_order),
];

/// Leaves a word that no two runs share in `/id`.
const UNIQUE: &str = "cat /proc/sys/kernel/random/uuid > /id";

fn no_cache(project: &Project) -> Tested {
    let program = format!(
        "@syntax\nfs default() {{\n\timage \"@busybox\"\n\trun \"{UNIQUE} # @nonce\"\n}}\n"
    );
    project.write("Dockerfile", &program)?;
    project.build(&["-o", "first", "."])?.succeeded()?;
    project.build(&["-o", "same", "."])?.succeeded()?.cached(UNIQUE)?;
    project.build(&["--no-cache", "-o", "other", "."])?.succeeded()?;
    let first = project.read("first/id")?;
    project.expect("same/id", &first)?;
    if project.read("other/id")? == first {
        return Err("`--no-cache` did not run the command again".into());
    }
    Ok(())
}

fn cache_mount(project: &Project) -> Tested {
    let program = "@syntax\nfs default(string word) {\n\timage \"@busybox\"\n\t\
                   run \"echo ${word} >> /c@nonce/all; cp /c@nonce/all /all\" with cacheMount(\"/c@nonce\")\n}\n";
    project.write("Dockerfile", program)?;
    project.build(&["--build-arg", "word=one", "-o", "first", "."])?.succeeded()?;
    project.expect("first/all", "one\n")?;
    project.build(&["--build-arg", "word=two", "-o", "second", "."])?.succeeded()?;
    project.expect("second/all", "one\ntwo\n")
}

/// One engine exports the cache of a section; another builds the whole with it, and runs only what is its own.
fn section(project: &Project) -> Tested {
    let program = format!(
        "@syntax
fs deps() {{
	image \"@busybox\"
	run \"echo ran-$((6 * 7)) @nonce; {UNIQUE}\"
}}
fs default() {{
	cached fs {{ deps; }} with option {{ cacheFrom \"@registry/cache/deps:@nonce\"; }}
	run \"echo own-$((6 * 8)); echo @nonce > /own\"
}}
"
    );
    project.write("Dockerfile", &program)?;
    let export = "type=registry,ref=@registry/cache/deps:@nonce,mode=max";
    project
        .build(&["--target", "deps", "--cache-to", export, "-o", "first", "."])?
        .succeeded()?
        .says(&["ran-42"])?;
    // A step whose result is taken from a registry may be shown as done, not as cached, since its layer is fetched:
    // that it did not run is seen by what it did not print and by the word that it left.
    project
        .build_on_second(&["-o", "second", "."])?
        .succeeded()?
        .says(&["own-48", "importing cache manifest from"])?
        .does_not_say("ran-42")?;
    project.expect("second/id", &project.read("first/id")?)?;
    project.expect("second/own", "@nonce\n")?;
    let again = project.build_on_second(&["-o", "again", "."])?.succeeded()?;
    again.cached("echo ran-")?.cached("echo own-")?.end()
}

/// Two isolated sections: one fails at once, and the other, which would take a minute, is canceled.
fn failing_section(project: &Project) -> Tested {
    project.write(
        "Dockerfile",
        "@syntax
fs slow() {
	cached fs { image \"@busybox\"; run \"sleep 60 # @nonce\"; } with isolated
}
fs failing() {
	cached fs { image \"@busybox\"; run \"sleep 1; exit 3 # @nonce\"; } with isolated
}
fs default() {
	scratch
	copy slow \"/etc\" \"/slow\"
	copy failing \"/etc\" \"/failing\"
}
",
    )?;
    let start = Instant::now();
    let ended = project.build(&["-o", "type=cacheonly", "."])?.failed()?;
    let took = start.elapsed();
    ended.says(&["section `failing`: ", "exit code: 3", "   6 | >>> \tcached fs"])?.end()?;
    match took < Duration::from_secs(30) {
        true => Ok(()),
        false => Err(format!("the other section was not canceled: {took:?}").into()),
    }
}

/// The result uses both sections, and one of them uses the other: each command runs once, in that order.
fn section_order(project: &Project) -> Tested {
    project.write(
        "Dockerfile",
        "@syntax
fs a() {
	cached fs {
		image \"@busybox\"
		copy b \"/b\" \"/b\"
		run \"cat /b; echo a-$((6 * 7)) @nonce; cp /b /a\"
	} with isolated
}
fs b() {
	cached fs { image \"@busybox\"; run \"sleep 2; echo b-$((6 * 8)) @nonce | tee /b\"; } with isolated
}
fs default() {
	scratch
	copy a \"/a\" \"/a\"
	copy b \"/b\" \"/b\"
}
",
    )?;
    let ended = project.build(&["-o", "out", "."])?.succeeded()?;
    let ended = ended.in_order(&["b-48", "a-42"])?;
    let steps =
        ["[a 3/3] run \"cat /b; ", "[b 2/2] run \"sleep 2; ", "[default 2/2] copy b \"/b\""];
    ended.says(&steps)?.end()?;
    project.expect("out/a", &project.read("out/b")?)
}
