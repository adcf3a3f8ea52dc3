//! Build caches in filesystems, as `--cache-to type=local` writes them. The second engine has none of what they are made from, so
//! it is seen by what runs there whether they were imported.

use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use super::graph::CACHE_EXPORT;
use super::project::{Ended, Project};
use super::server::{GitDaemon, commit};
use super::{Graph, Test, Tested};

pub const TESTS: &[Test] = &[
    ("layout_in_the_context_and_in_a_repository", Graph::Second, context_and_repository),
    ("layout_in_an_image", Graph::Second, image),
    ("layout_and_what_the_client_exports", CACHE_EXPORT, exported),
    ("layout_and_reference_of_a_context", Graph::SameAsSecond, cache_context),
    ("layout_that_can_not_be_used", Graph::SameAsSecond, unusable),
    ("layout_of_a_build_that_is_canceled", Graph::SameAsSecond, canceled),
    ("layout_for_steps_on_the_network_of_the_machine", Graph::SameAsSecond, host_network),
];

/// A program with a section that imports from `layout`.
fn program(layout: &str) -> String {
    format!(
        "@syntax
fs deps(string word) {{
	image \"@busybox\"
	run \"echo ran-$((6 * 7)) ${{word}} @nonce; cat /proc/sys/kernel/random/uuid > /id; head -c 100000 /dev/urandom > /data\"
}}
fs only(string word) {{ scratch; copy deps(word) \"/id\" \"/id\"; }}
fs default(string word) {{
	cached fs {{ deps word; }} with option {{
		cacheFromFS fs {{ {layout}; }}
	}}
	run \"cat /id > /own; echo own-$((6 * 8)) @nonce\"
}}
"
    )
}

/// Writes the cache of the section for a word into a folder, and its word into `WORD/id`.
fn fill(project: &Project, word: &str, folder: &str) -> Tested {
    fill_target(project, "deps", word, folder, &[])
}

fn fill_target(project: &Project, target: &str, word: &str, folder: &str, more: &[&str]) -> Tested {
    project.write("deps.hlb", &program("scratch"))?;
    let (argument, export) = (format!("word={word}"), format!("type=local,dest={folder},mode=max"));
    let given = ["-f", "deps.hlb", "--target", target, "--build-arg", &argument, "-o", word];
    let build = project.build(&[&given[..], more, &["--cache-to", &export, "."]].concat())?;
    build.succeeded()?.says(&["ran-42"])?.end()
}

/// Builds on the second engine with what there is at `layout`.
fn build(
    project: &Project,
    layout: &str,
    word: &str,
    more: &[&str],
) -> Result<Ended, libtest_mimic::Failed> {
    project.write("build.hlb", &program(layout))?;
    let argument = format!("word={word}");
    let given = ["-f", "build.hlb", "--build-arg", &argument];
    project.build_on_second(&[&given[..], more, &["."]].concat())
}

/// Nothing of the section ran, and the result has what it made on the first engine.
fn imported(project: &Project, ended: Ended, word: &str, out: &str) -> Tested {
    let ended = ended.succeeded()?.says(&["own-48", "importing cache manifest from "])?;
    ended.does_not_say("ran-42")?.does_not_say("HLB0539")?.end()?;
    project.expect(&format!("{out}/own"), &project.read(&format!("{word}/id"))?)
}

fn context_and_repository(project: &Project) -> Tested {
    fill(project, "near", "near-cache")?;
    let ended = build(project, "local \"near-cache\"", "near", &["-o", "out-near"])?;
    imported(project, ended, "near", "out-near")?;
    fill(project, "far", "repositories/r/cache")?;
    commit(project, "repositories/r")?;
    let daemon = GitDaemon::start(project)?;
    let layout = format!(
        "scratch; copy git(\"git://{}/r\", \"main\") \"/cache\" \"/\" with contentsOnly",
        daemon.address
    );
    let ended = build(project, &layout, "far", &["-o", "out-far"])?;
    imported(project, ended, "far", "out-far")
}

/// The layers are there when the result is pushed, and what has it is another engine's.
fn image(project: &Project) -> Tested {
    fill(project, "image", "cache/layout")?;
    project.write("cache/Dockerfile", "FROM scratch\nCOPY layout /\n")?;
    let tag = "@registry/hlb-e2e/layout:@nonce";
    project.build(&["--push", "-t", tag, "cache"])?.succeeded()?.end()?;
    let pushed = "@registry/hlb-e2e/from-layout:@nonce";
    let layout = format!("image \"{tag}\"");
    let ended = build(project, &layout, "image", &["--push", "-t", pushed])?.succeeded()?;
    ended.says(&["own-48"])?.does_not_say("ran-42")?.end()?;
    project.write("use.hlb", &format!("@syntax\nfs default() {{ image \"{pushed}\"; }}\n"))?;
    project.build(&["-f", "use.hlb", "-o", "out", "."])?.succeeded()?.end()?;
    project.expect("out/own", &project.read("image/id")?)
}

/// The reference has no image that could be pulled, and the other form of a cache is in a filesystem.
fn cache_context(project: &Project) -> Tested {
    let whole = program("scratch").replace(
        "cached fs { deps word; } with option {\n\t\tcacheFromFS fs { scratch; }\n\t}",
        "cacheContext fs { @cache; } fs { deps word; }",
    );
    let build = |cache: &str, word: &str| {
        project.write("build.hlb", &whole.replace("@cache", cache))?;
        let argument = format!("word={word}");
        let given = ["-f", "build.hlb", "--build-arg", &argument, "-o", word, "."];
        project.build_on_second(&given)?.succeeded()?.says(&["own-48"])?.does_not_say("ran-42")
    };
    let reference = "@registry/cache/context:@nonce";
    project.write("deps.hlb", &program("scratch"))?;
    let export = format!("type=registry,ref={reference},mode=max");
    let given = ["-f", "deps.hlb", "--target", "deps", "--build-arg", "word=reference"];
    let export = ["--cache-to", &export, "-o", "first", "."];
    project.build(&[&given[..], &export].concat())?.succeeded()?.says(&["ran-42"])?.end()?;
    build(&format!("image \"{reference}\""), "reference")?.end()?;
    project.expect("reference/own", &project.read("first/id")?)?;
    fill(project, "directory", "cache")?;
    let made = project.read("directory/id")?;
    build("local \"cache\"", "directory")?.end()?;
    project.expect("directory/own", &made)
}

/// What is imported and no part of the result stays where it is. An older daemon wants all of it for an export of the client's,
/// when the frontend is gone, and the cache with it.
fn exported(project: &Project) -> Tested {
    let export = "--cache-to=type=registry,ref=@registry/cache/again:@nonce,mode=max";
    for (word, ignoring) in [("strict", ""), ("ignored", ",ignore-error=true")] {
        fill_target(project, "only", word, "cache", &[])?;
        let whole = program("local \"cache\"").replace("cached fs { deps", "cached fs { only");
        let part = whole.replace("\trun \"cat /id > /own; echo own-$((6 * 8)) @nonce\"\n", "");
        project.write("build.hlb", &part)?;
        let (argument, export) = (format!("word={word}"), format!("{export}{ignoring}"));
        let given = ["-f", "build.hlb", "--build-arg", &argument, "-o", "out", &export, "."];
        let ended = project.build_on_second(&given)?.does_not_say("ran-42")?;
        if ignoring.is_empty() && !ended.success {
            ended.says(&["exporting cache to registry", "error writing layer blob"])?.end()?;
            continue;
        }
        ended.succeeded()?.end()?;
        project.expect("out/id", &project.read(&format!("{word}/id"))?)?;
    }
    Ok(())
}

/// The build goes on, and says once why, at the line.
fn unusable(project: &Project) -> Tested {
    fill(project, "broken", "cache")?;
    // One byte of the largest layer is another one.
    let spoil = "set -e; cd cache/blobs/sha256; chmod u+w *; file=$(ls -S | head -n 1); \
                 printf x | dd of=$file bs=1 seek=1000 conv=notrunc 2>&1; mkdir ../../../empty";
    project.run(&["sh", "-c", spoil])?.succeeded()?.end()?;
    project.write("empty/none", "")?;
    let left_out = ", so the cache is not imported (line 9)";
    let said = format!("is not what its descriptor says{left_out}");
    let ended = build(project, "local \"cache\"", "broken", &["-o", "out"])?.succeeded()?;
    ended
        .says(&["HLB0539: build cache in a filesystem: `sha256:", &said, "ran-42", "own-48"])?
        .end()?;
    let said = format!("there is no OCI layout in it: it has no `index.json`{left_out}");
    let ended = build(project, "local \"empty\"", "empty", &["-o", "out"])?.succeeded()?;
    ended.says(&["HLB0539", &said, "ran-42"])?.end()?;
    let require = ["--build-arg", "HLB_CACHE_IMPORT=require"];
    let ended = build(project, "local \"empty\"", "required", &require)?.failed()?;
    ended.says(&["error[HLB0534]: build cache in a filesystem: "])?.end()?;
    let off = ["--build-arg", "HLB_CACHE_IMPORT=off", "-o", "out"];
    let ended = build(project, "local \"empty\"", "off", &off)?.succeeded()?;
    ended.says(&["ran-42"])?.does_not_say("HLB0539")?.end()
}

/// Nothing of a build that is canceled while it imports is left, and the next one works.
fn canceled(project: &Project) -> Tested {
    fill(project, "canceled", "cache")?;
    project.write("build.hlb", &program("local \"cache\""))?;
    let mark = format!("HLB_DEBUG_TIMING={}", project.nonce());
    for after in [300, 450, 600, 750] {
        let mut build = Command::new("docker")
            .args(["buildx", "build", "--build-arg", &mark, "--build-arg", "word=other", "-f"])
            .args([project.path("build.hlb"), project.path(".")])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        thread::sleep(Duration::from_millis(after));
        build.kill()?;
        build.wait()?;
    }
    for _ in 0..200 {
        if project.left()?.is_empty() {
            let ended = build(project, "local \"cache\"", "canceled", &["-o", "out"])?;
            return imported(project, ended, "canceled", "out");
        }
        thread::sleep(Duration::from_millis(50));
    }
    Err(format!("left: {:#?}", project.left()?).into())
}

/// The layout is served on a network of its own all the same, and the daemon reaches it.
fn host_network(project: &Project) -> Tested {
    let host = ["--network=host", "--allow=network.host"];
    fill_target(project, "deps", "host", "cache", &host)?;
    let more = [&host[..], &["-o", "out"]].concat();
    let ended = build(project, "local \"cache\"", "host", &more)?;
    imported(project, ended, "host", "out")
}
