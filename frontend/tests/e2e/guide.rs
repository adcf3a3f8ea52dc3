//! `docs/caching.md`: its programs do what it says.

use super::graph::CACHE_EXPORT;
use super::guide_page::program;
use super::project::{Ended, Project};
use super::server::Answers;
use super::{Failed, Graph, Test, Tested};

pub const TESTS: &[Test] = &[
    ("the_guide_looks_for_upgrades_every_day", Graph::Same, upgrades),
    ("the_guide_takes_what_is_published", Graph::Same, published),
    ("the_guide_has_a_secret_in_the_key", CACHE_EXPORT, keyed),
    ("the_guide_takes_a_cache_from_a_directory", Graph::SameAsSecond, from_directory),
    ("the_guide_leaves_out_a_cache_that_says_nothing", Graph::Same, silent_cache),
    ("the_guide_shares_a_cache_between_umasks", Graph::Same, normalized),
    ("the_guide_takes_cache_mounts_to_another_daemon", Graph::Same, seeded),
];

/// The base image, with a program that says when it runs, and in place of the one that the page names does what a test
/// needs. It is a step of this test alone: a build without cache that goes on beside another has it run their common steps.
fn alpine(program: &str, script: &str) -> String {
    format!(
        "
fs alpine() {{
	image \"@busybox\"
	mkfile \"/bin/{program}\" 0o755 <<-EOF
		#!/bin/sh
		: @nonce
		echo \"{program} ran $1\"
		{script}
	EOF
}}
"
    )
}

/// Writes a program of the page, in which the base image is that of the test.
fn write(project: &Project, title: &str, alpine: &str) -> Tested {
    let program = program(title)?.replace("image \"alpine:3.22\"", "alpine");
    project.write("build.hlb", &format!("@syntax\n{program}{alpine}"))
}

fn upgrades(project: &Project) -> Tested {
    let alpine = alpine("apk", "[ $1 = upgrade ] || cp /proc/sys/kernel/random/uuid /added");
    let title = "Look for upgrades every day, rebuild what follows only if there were some";
    write(project, title, &alpine)?;
    project.write("site/index.html", "hello")?;
    let build = |now: &str, to: &str| -> Result<Ended, Failed> {
        let now = format!("HLB_NOW={now}");
        project.build(&["-f", "build.hlb", "--build-arg", &now, "-o", to, "."])?.succeeded()
    };
    build("864000", "first")?.says(&["apk ran upgrade", "apk ran add"])?;
    build("950399", "today")?.does_not_say("apk ran upgrade")?.does_not_say("apk ran add")?;
    build("950400", "tomorrow")?.says(&["apk ran upgrade"])?.does_not_say("apk ran add")?;
    project.expect("tomorrow/added", &project.read("first/added")?)?;
    project.expect("tomorrow/site/index.html", "hello")
}

/// An `npm` that says when it runs, with what `npm ci` does then.
fn node(ci: &str) -> String {
    format!(
        "
fs node() {{
	image \"@busybox\"
	mkfile \"/bin/npm\" 0o755 <<-EOF
		#!/bin/sh
		echo \"npm ran $1\"; : @nonce
		case $1 in
		ci) {ci};;
		test) cp node_modules/id /tested;;
		esac
	EOF
}}
"
    )
}

/// What makes a `node_modules` that no other run does.
const INSTALL: &str = "cat package.json /proc/sys/kernel/random/uuid > node_modules/id";

/// The second engine has no cache of what the first did: it takes what was published.
fn published(project: &Project) -> Tested {
    let program = program("Filesystems that may not be there yet")?;
    let program = program
        .replace("image \"node:22-alpine\"", "node")
        .replace("ghcr.io/acme/app/modules:main", "@registry/first-of:@nonce");
    project.write("build.hlb", &format!("@syntax\n{program}{}", node(INSTALL)))?;
    for file in ["package.json", "package-lock.json"] {
        project.write(file, "{}\n")?;
    }
    let first = project.build(&["-f", "build.hlb", "-o", "first", "."])?.succeeded()?;
    first.says(&["npm ran ci", "[internal] firstOf: took candidate 2 of 2: "])?.end()?;
    let publish = ["--target", "installed", "-t", "@registry/first-of:@nonce", "--push"];
    project.build(&[&["-f", "build.hlb"], &publish[..], &["."]].concat())?.succeeded()?;
    let second = project.build_on_second(&["-f", "build.hlb", "-o", "second", "."])?.succeeded()?;
    second
        .says(
            &[&project.fill("firstOf: took candidate 1 of 2: @registry/first-of:@nonce@sha256:")],
        )?
        .does_not_say("npm ran ci")?;
    project.expect("second/tested", &project.read("first/tested")?)
}

/// The second engine has nothing but the directory.
fn from_directory(project: &Project) -> Tested {
    let program = program("A build cache that is a directory")?;
    let program = program.replace("image \"node:22-alpine\"", "node");
    let node = node(&format!("mkdir node_modules; {INSTALL}"));
    project.write("build.hlb", &format!("@syntax\n{program}{node}"))?;
    project.write("package.json", "{}\n")?;
    let first = project.build(&["-f", "build.hlb", "-o", "first", "."])?.succeeded()?;
    first.says(&["npm ran ci", "npm ran test"])?.does_not_say("HLB0539")?.end()?;
    let export =
        ["--cache-to", "type=local,dest=.cache/deps,mode=max", "-o", "type=cacheonly", "."];
    let deps = ["-f", "build.hlb", "--target", "deps"];
    project.build(&[&deps[..], &export].concat())?.succeeded()?.end()?;
    let second = project.build_on_second(&["-f", "build.hlb", "-o", "second", "."])?.succeeded()?;
    second.says(&["npm ran test"])?.does_not_say("npm ran ci")?.end()?;
    project.expect("second/tested", &project.read("first/tested")?)
}

/// Another secret runs the step, the same does not, and nothing that leaves the build has the secret or its hash.
fn keyed(project: &Project) -> Tested {
    let alpine = alpine("fetch", "test -s $2 && cp /proc/sys/kernel/random/uuid /data");
    write(project, "Run a step again when a secret is another", &alpine)?;
    let build = |token: &str, key: &str, more: &[&str]| -> Result<Ended, Failed> {
        project.write("secrets/token", token)?;
        project.write("secrets/key", key)?;
        let words = ["-f", "build.hlb", "--secret", "id=token,src=secrets/token"];
        let key_words = ["--secret", "id=hlb-secret-key,src=secrets/key"];
        let key_words = if key.is_empty() { &[][..] } else { &key_words };
        project.build(&[&words, key_words, more, &["context"]].concat())
    };
    project.write("context/none", "")?;
    let (one, other) = ("one-@nonce-secret", "other-@nonce-secret");
    let (key, other_key) = ("key-@nonce-0123456789", "key-@nonce-9876543210");
    let ran = "fetch ran --token";
    build(one, key, &["-o", "one"])?.succeeded()?.says(&[ran])?;
    build(one, key, &["-o", "same"])?.succeeded()?.does_not_say(ran)?;
    project.expect("same/data", &project.read("one/data")?)?;
    build(other, key, &["-o", "other"])?.succeeded()?.says(&[ran])?;
    build(one, key, &["-o", "again"])?.succeeded()?.does_not_say(ran)?;
    build(one, other_key, &["-o", "rekeyed"])?.succeeded()?.says(&[ran])?;
    build(one, "", &[])?
        .failed()?
        .says(&["error[HLB0345]: `keyed` needs secret `hlb-secret-key`"])?;
    build(one, "short", &[])?
        .failed()?
        .says(&["error[HLB0348]: secret `hlb-secret-key` is too short"])?;
    let all = [
        "--no-cache",
        "--attest=type=provenance,mode=max",
        "--metadata-file=left/metadata.json",
        "--cache-to=type=local,dest=left/cache,mode=max,compression=uncompressed",
        "--output=type=oci,tar=false,dest=left/image,compression=uncompressed",
    ];
    let log = build(one, key, &all)?.succeeded()?.says(&[ran])?.log;
    project.write("left/log", &log)?;
    let digest = "sha256sum secrets/token secrets/key | cut -d' ' -f1";
    let words = format!("{{ cat secrets/token; echo; cat secrets/key; echo; {digest}; }} > words");
    // The provenance, where the fingerprint is, is among what is searched.
    let looked_at =
        "test -s left/metadata.json; test -d left/cache/blobs; grep -rqF fingerprint left/image";
    let look = format!(
        "set -e; {words}; test $(wc -l < words) = 4; {looked_at}; ! grep -rF -f words left"
    );
    project.run(&["sh", "-c", &look])?.succeeded()?.end()
}

/// Without the look whether it is there, the daemon would wait as long as the server lives: for a section, and for the client.
fn silent_cache(project: &Project) -> Tested {
    let silent = Answers::nothing_for_containers()?;
    let cache = format!("{}/cache:deps", silent.address);
    let program = program("A build cache for a part of the build, which never hangs it")?
        .replace("image \"node:22-alpine\"", "node")
        .replace("ghcr.io/acme/app/cache:deps", &cache);
    project.write("build.hlb", &format!("@syntax\n{program}{}", node(INSTALL)))?;
    project.write("package.json", "{}\n")?;
    let build = |given: &str| {
        let time = "HLB_CACHE_TIMEOUT=1";
        let words = ["-f", "build.hlb", "--build-arg", time, "--build-arg", given, "."];
        project.build(&[&["--cache-from", &cache, "-o", "out"], &words[..]].concat())
    };
    build("HLB_CACHE_IMPORT=require")?.failed()?.says(&["HLB0534"])?.does_not_say("npm ran")?;
    let built = build("HLB_LOG=off")?.succeeded()?;
    let built = built.says(&["npm ran ci", "(line 8)", "HLB0533: `--cache-from`: cache host"])?;
    built.does_not_say("importing cache manifest")?;
    build("HLB_CACHE_IMPORT=off")?.succeeded()?.does_not_say("HLB0533")?.end()?;
    // Others that are not asked for anything answer as ever.
    let other = Answers::status("404 Not Found")?;
    let cache = format!("{}/cache:deps", other.address);
    let built = project.build(&[
        "-f",
        "build.hlb",
        "--build-arg",
        "HLB_CACHE_TIMEOUT=1",
        "--cache-from",
        &cache,
        "-o",
        "out",
        ".",
    ])?;
    built.succeeded()?.says(&["importing cache manifest from"])?.end()
}

/// It is downloaded unless the cache has it.
const CACHING_INSTALL: &str = "if [ -e /root/.npm/id ]; then echo npm has all; else echo npm downloads; \
     cp /proc/sys/kernel/random/uuid /root/.npm/id; fi; mkdir node_modules; cp /root/.npm/id node_modules/id";

/// What one daemon has downloaded is there on the other, whether the step's key has it or not.
fn seeded(project: &Project) -> Tested {
    let image = "ghcr.io/acme/app/npm-cache";
    let write = |title: &str| {
        let program = program(title)?
            .replace("image \"node:22-alpine\"", "node")
            .replace("acme-npm", "@nonce")
            .replace(image, "@registry/npm-cache-@nonce");
        project.write("build.hlb", &format!("@syntax\n{program}{}", node(CACHING_INSTALL)))
    };
    write("Cache mounts that survive the daemon")?;
    project.write("package.json", "{}\n")?;
    let build = |to: &str| project.build(&["-f", "build.hlb", "-o", to, "."])?.succeeded();
    build("first")?.says(&["npm downloads"])?.does_not_say("prime cache")?;
    let tag = "@registry/npm-cache-@nonce:main";
    let publish = ["--target", "publishedCache", "--push", "-t", tag, "."];
    let published = project.build(&[&["-f", "build.hlb"], &publish[..]].concat())?.succeeded()?;
    published.cached("run \"npm ci\"")?.end()?;
    let second = project.build_on_second(&["-f", "build.hlb", "-o", "second", "."])?.succeeded()?;
    second.says(&["prime cache", "npm has all"])?.end()?;
    write("Or as part of the key")?;
    let keyed = project.read("build.hlb")?;
    project.write("build.hlb", &keyed.replace(":2026-11", ":main"))?;
    build("keyed")?.says(&["npm has all"])?.does_not_say("look at cache")?;
    build("again")?.cached("run \"npm ci\"")?.end()?;
    let id = project.read("first/tested")?;
    for file in ["second/tested", "keyed/src/node_modules/id", "again/src/node_modules/id"] {
        project.expect(file, &id)?;
    }
    Ok(())
}

/// Checkouts with umasks of 022, 002 and 077: what was built for one is taken for the others. Without `normalize` it is not.
fn normalized(project: &Project) -> Tested {
    let script = "stat -c '%a %n' $1 $1/* $1/*/* > /modes; cp /proc/sys/kernel/random/uuid /built";
    write(project, "Two machines that check out other modes", &alpine("compile", script))?;
    project.write("plain.hlb", &project.read("build.hlb")?.replace(" with normalize", ""))?;
    project.write("rooted.hlb", ROOTED)?;
    for (checkout, umask) in [("a", "022"), ("b", "002"), ("c", "077")] {
        let make = format!(
            "umask {umask}; mkdir -p {checkout}/tool; cd {checkout}; echo text > text; \
             ln -s text link; echo run > tool/run; chmod +x tool/run"
        );
        project.run(&["sh", "-ec", &make])?.succeeded()?;
        for program in ["build", "plain", "rooted"] {
            let (file, to) = (format!("{program}.hlb"), format!("{checkout}-{program}"));
            project.build(&["-f", &file, "-o", &to, checkout])?.succeeded()?;
        }
    }
    let modes = "755 /src\n777 /src/link\n644 /src/text\n755 /src/tool\n755 /src/tool/run\n";
    for checkout in ["a", "b", "c"] {
        project.expect(&format!("{checkout}-build/modes"), modes)?;
        for file in ["build/built", "rooted/mounted", "rooted/rooted"] {
            let first = project.read(&format!("a-{file}"))?;
            project.expect(&format!("{checkout}-{file}"), &first)?;
        }
    }
    let plain = ["a", "b", "c"].map(|checkout| project.read(&format!("{checkout}-plain/built")));
    let [a, b, c] = plain;
    let (a, b, c) = (a?, b?, c?);
    match a != b && b != c {
        true => Ok(()),
        false => Err("without `normalize` the step was taken from the cache".into()),
    }
}

/// A step that mounts the files, and one that runs on them.
const ROOTED: &str = "@syntax
fs sources() { local \".\" with normalize; }
fs mounted() {
	image \"@busybox\"
	run \"cat /src/text /proc/sys/kernel/random/uuid > /mounted; : @nonce\" with option {
		mount sources \"/src\" with readonly
	}
}
fs rooted() {
	sources
	copy fs { image \"@busybox\"; } \"/bin\" \"/bin\"
	run \"cat /text /proc/sys/kernel/random/uuid > /rooted; : @nonce\"
}
fs default() { scratch; copy mounted \"/mounted\" \"/\"; copy rooted \"/rooted\" \"/\"; }
";
