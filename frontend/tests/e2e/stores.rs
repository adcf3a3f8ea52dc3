//! What an engine's store of images decides: which images are there, and what can be done without copying.

use super::engine::Store;
use super::project::Project;
use super::substitute::{BUILD, reference};
use super::{Graph, Test, Tested};

pub const TESTS: &[Test] = &[
    ("store_merge_and_diff_work_or_are_named", Graph::First, merge),
    ("store_an_image_of_the_engine_is_a_base", Graph::First, base),
    ("store_an_image_has_its_cache_in_it", Graph::Either, inline),
    ("store_a_layout_is_read_or_named", Graph::First, layout),
    ("store_an_image_that_was_pulled_has_its_digest", Graph::First, pulled),
];

const MERGE: &str = "@syntax
fs busybox() { image \"@busybox\"; }
fs default() {
	busybox
	merge fs { mkfile \"/over\" 0o644 \"@nonce\"; }
	run \"cat /over > /seen\"
}
fs changed() { busybox; rm \"/etc\"; mkfile \"/own\" 0o644 \"@nonce\"; }
fs difference() {
	changed
	diff busybox
}
";

fn merge(project: &Project) -> Tested {
    project.write("build.hlb", MERGE)?;
    let build =
        |target: &str| project.build(&["-f", "build.hlb", "--target", target, "-o", target, "."]);
    let (merged, difference) = (build("default")?, build("difference")?);
    if project.store() == Store::Containerd {
        merged.succeeded()?.end()?;
        difference.succeeded()?.end()?;
        project.expect("default/seen", "@nonce")?;
        if project.path("difference/bin").exists() {
            return Err("what both have is in the difference".into());
        }
        return project.expect("difference/own", "@nonce");
    }
    merged
        .failed()?
        .says(&[
            "merge fs { mkfile \"/over\"",
            "build.hlb:5:2: error[HLB0406]: `merge` needs `mergeop`, which is disabled on this daemon: only enabled with containerd image store backend",
            "turn on Docker's containerd image store",
        ])?
        .end()?;
    let said = ["build.hlb:11:2: error[HLB0406]: `diff` needs `diffop`, which is disabled"];
    difference.failed()?.says(&said)?.end()
}

/// The image is nowhere else, and it has a digest in one of the stores only.
fn base(project: &Project) -> Tested {
    let image = "@registry/hlb-e2e/loaded:@nonce";
    let program = format!(
        "@syntax
fs made() {{ image \"@busybox\"; env \"FROM\" \"made\"; dir \"/tmp\"; run \"echo ran-$((6 * 7)) > id; : @nonce\"; }}
fs default() {{
	image \"{image}\"
	run \"echo $FROM in $PWD $(cat id) > /seen\"
}}
"
    );
    project.write("build.hlb", &program)?;
    let words = ["-f", "build.hlb", "--target", "made", "--load", "-t", image, "."];
    project.build(&words)?.succeeded()?.end()?;
    let used = project.build(&["-f", "build.hlb", "-o", "out", "."]);
    project.run(&["docker", "image", "rm", "--force", image])?.succeeded()?;
    used?.succeeded()?.end()?;
    project.expect("out/seen", "made in /tmp ran-42\n")
}

const INLINE: &str = "@syntax
fs deps() {
	cached fs {
		image \"@busybox\"
		run \"echo ran-$((6 * 7)) @nonce; cat /proc/sys/kernel/random/uuid > /id\"
	} with cacheFrom(\"@registry/hlb-e2e/inline:@nonce\")
}
fs default() {
	deps
	run \"cp /id /own\"
}
";

/// The one cache that each store exports. It goes from one engine to the other.
fn inline(project: &Project) -> Tested {
    project.write("build.hlb", INLINE)?;
    let build = ["-f", "build.hlb", "--cache-to", "type=inline", "--push"];
    let words = ["-t", "@registry/hlb-e2e/inline:@nonce", "--target", "deps", "."];
    project.build(&[&build[..], &words].concat())?.succeeded()?.says(&["ran-42"])?.end()?;
    project.build(&["-f", "build.hlb", "-o", "first", "."])?.succeeded()?.end()?;
    let second = project.build_on_second(&["-f", "build.hlb", "-o", "second", "."])?;
    second.succeeded()?.does_not_say("ran-42")?.end()?;
    project.expect("second/own", &project.read("first/id")?)
}

/// There is no image in the layout, which only a daemon that reads layouts finds out.
fn layout(project: &Project) -> Tested {
    project.write("layout/oci-layout", r#"{"imageLayoutVersion":"1.0.0"}"#)?;
    project.write("layout/index.json", r#"{"schemaVersion":2,"manifests":[]}"#)?;
    project.write("build.hlb", "@syntax\nfs default() { image \"made\"; }\n")?;
    let context = format!("made=oci-layout://layout@sha256:{}", "0".repeat(64));
    let build = ["-f", "build.hlb", "--build-context", &context, "-o", "out", "."];
    let failed = project.build(&build)?.failed()?.says(&["error[HLB0320]: image `made`: "])?;
    let lacking = "this daemon reads no `oci-layout://`";
    match project.store() {
        Store::Containerd => failed.does_not_say(lacking)?.end(),
        Store::Graph => failed.says(&[lacking])?.end(),
    }
}

const SECTION: &str = "@syntax
fs deps() {
	cached fs {
		image \"@registry/hlb-e2e/pulled:@nonce\"
		run \"cat /made\"
	} with substitute(\"@registry/sections/@nonce\")
}
fs default() { deps; run \"true\"; }
";

/// A section has the same name whether its base is in the engine or in a registry alone, unless there are two of that name.
fn pulled(project: &Project) -> Tested {
    let image = "@registry/hlb-e2e/pulled:@nonce";
    project.write("base/Dockerfile", "FROM @busybox\nRUN echo @nonce > /made\n")?;
    project.write("other/Dockerfile", "FROM @busybox\nRUN echo other @nonce > /made\n")?;
    project.write("build.hlb", SECTION)?;
    let published = project.build_on_second(&["--push", "-t", image, "base"])?;
    published.succeeded()?.end()?;
    project.build_on_second(BUILD)?.succeeded()?.end()?;
    let name = reference(project, "deps")?;
    project.run(&["docker", "pull", image])?.succeeded()?.end()?;
    let with_pulled = project.build(BUILD)?;
    let same = reference(project, "deps");
    project.build(&["--load", "-t", image, "other"])?.succeeded()?.end()?;
    let with_other = project.build(BUILD)?;
    project.run(&["docker", "image", "rm", "--force", image])?.succeeded()?.end()?;
    with_pulled.succeeded()?.does_not_say("HLB0540")?.end()?;
    if same? != name {
        return Err("a section has another name where its base was pulled".into());
    }
    let with_other = with_other.succeeded()?.says(&["other"])?;
    match project.store() {
        Store::Graph => with_other.says(&["HLB0540: no image is looked up for the section"])?.end(),
        Store::Containerd if reference(project, "deps")? == name => {
            Err("a section has the name of one with another base".into())
        }
        Store::Containerd => with_other.does_not_say("HLB0540")?.end(),
    }
}
