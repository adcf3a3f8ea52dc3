//! Candidates: the first whose sources are there is taken, and the others are neither fetched nor built.

use std::fs;
use std::time::{Duration, Instant};

use super::project::Project;
use super::server::{Answers, GitDaemon, commit};
use super::{Graph, Test, Tested};

pub const TESTS: &[Test] = &[
    ("first_of_goes_on_only_if_nothing_is_there", Graph::Same, registries),
    ("first_of_takes_commits_and_downloads", Graph::First, commits_and_downloads),
    ("first_of_takes_paths_and_contexts", Graph::First, paths_and_contexts),
];

/// Of what a registry can say, only that an image is not there lets a build go on, or that nobody may know.
fn registries(project: &Project) -> Tested {
    let program = "@syntax
fs default(string registry) {
	firstOf fs { image \"${registry}/app:1\"; } fs { scratch; mkfile \"/made\" 0o644 \"here\"; }
}
";
    project.write("Dockerfile", program)?;
    let build = |answers: &Answers| {
        let registry = format!("registry={}", answers.address);
        let time = "HLB_SOURCE_TIMEOUT=2";
        project.build(&["--build-arg", &registry, "--build-arg", time, "-o", "out", "."])
    };
    build(&Answers::status("404 Not Found")?)?.succeeded()?.does_not_say("HLB0576")?;
    project.expect("out/made", "here")?;
    for status in ["401 Unauthorized", "403 Forbidden"] {
        build(&Answers::status(status)?)?.succeeded()?.says(&["HLB0576"])?;
    }
    let failed = build(&Answers::status("500 Internal Server Error")?)?.failed()?;
    failed.says(&["HLB0320", "500 Internal Server Error", "   3 | >>> \tfirstOf fs"])?;
    let silent = Answers::nothing()?;
    let started = Instant::now();
    build(&silent)?.failed()?.says(&["HLB0320", "no answer within 2 s"])?;
    if started.elapsed() > Duration::from_secs(60) {
        return Err("a registry that says nothing was waited for".into());
    }
    // Nobody waits for the question that was given up, though the server still has it.
    build(&Answers::status("404 Not Found")?)?.succeeded()?.end()
}

/// What is asked for to know whether it is there is what is used: it is not asked for again.
fn commits_and_downloads(project: &Project) -> Tested {
    project.write("repositories/app/id", "from git\n")?;
    commit(project, "repositories/app")?;
    let daemon = GitDaemon::start(project)?;
    let program = "@syntax
fs made(string text) { scratch; mkfile \"/id\" 0o644 text; }
fs commit(string remote) {
	firstOf fs { git \"${remote}/none@nonce\" \"main\"; } fs { git \"${remote}/app\" \"none\"; } fs { git \"${remote}/app\" \"main\"; } made(\"x\")
}
fs fetched(string url) {
	firstOf fs { http \"${url}/id\" with filename(\"id\"); } made(\"none\")
}
fs default(string remote, string url) {
	scratch
	copy commit(remote) \"/id\" \"/commit\"
	copy fetched(url) \"/id\" \"/download\"
}
";
    project.write("Dockerfile", program)?;
    let remote = format!("remote=git://{}", daemon.address);
    let build = |url: &str, to: &str| {
        let url = format!("url=http://{url}");
        project.build(&[
            "--build-arg",
            &remote,
            "--build-arg",
            &url,
            "-o",
            to,
            "--metadata-file",
            "meta.json",
            ".",
        ])
    };
    let missing = Answers::status("404 Not Found")?;
    let built = build(&missing.address, "first")?.succeeded()?;
    built.says(&[
        "HLB0576",
        "firstOf: took candidate 3 of 4: git://",
        "app#main (Dockerfile:4)",
        "took candidate 2 of 2 (Dockerfile:7)",
    ])?;
    project.expect("first/commit", "from git\n")?;
    project.expect("first/download", "none")?;
    let there = Answers::content(format!("from the web {}\n", project.nonce()))?;
    build(&there.address, "second")?.succeeded()?.end()?;
    project.expect("second/download", "from the web @nonce\n")?;
    if there.count() != 1 {
        return Err(format!("the download was asked for {} times", there.count()).into());
    }
    let metadata: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(project.path("meta.json"))?)?;
    let of = |path: &str| metadata.pointer(&format!("/frontend.hlb.firstOf/firstOf/{path}"));
    let url = format!("http://{}/id", there.address);
    let taken = [of("0/candidate"), of("1/candidate"), of("1/sources/0")];
    match taken == [Some(&3.into()), Some(&1.into()), Some(&url.into())] {
        true => Ok(()),
        false => Err(format!("the metadata has {metadata}").into()),
    }
}

/// A directory of the context, and a context that the client may give; a module comes from whichever is there.
fn paths_and_contexts(project: &Project) -> Tested {
    project.write(
        "Dockerfile",
        "@syntax
import lib from fs { firstOf fs { local \"mine\"; } fs { local \"theirs\"; } }
fs vendored() {
	firstOf fs { local \".\" with buildContext(\"vendored\"); } fs { local \"vendor/deps\"; } fs { scratch; mkfile \"/id\" 0o644 \"made\"; }
}
fs default() { vendored; copy lib.name \"/\" \"/\"; }
",
    )?;
    project.write(
        "theirs/module.hlb",
        "export name\nfs name() { scratch; mkfile \"/lib\" 0o644 \"theirs\"; }\n",
    )?;
    project
        .build(&["-o", "first", "."])?
        .succeeded()?
        .says(&["firstOf: took candidate 2 of 2: local theirs (Dockerfile:2)"])?;
    project.expect("first/id", "made")?;
    project.expect("first/lib", "theirs")?;
    project.write("vendor/deps/id", "vendored")?;
    project.build(&["-o", "second", "."])?.succeeded()?.end()?;
    project.expect("second/id", "vendored")?;
    project.write("given/id", "given")?;
    project
        .build(&["--build-context", "vendored=given", "-o", "third", "."])?
        .succeeded()?
        .end()?;
    project.expect("third/id", "given")
}
