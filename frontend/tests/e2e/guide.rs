//! `docs/caching.md`: its programs do what it says.

use super::project::{Ended, Project};
use super::{Failed, Test, Tested};

pub const TESTS: &[Test] = &[
    ("the_guide_looks_for_upgrades_every_day", upgrades),
    ("the_guide_takes_what_is_published", published),
];

const PAGE: &str = include_str!("../../../docs/caching.md");

/// An `apk` that says when it runs, and finds nothing to upgrade.
const ALPINE: &str = "
fs alpine() {
	image \"@busybox\"
	mkdir \"/sbin\" 0o755 with createParents
	mkfile \"/sbin/apk\" 0o755 <<-EOF
		#!/bin/sh
		echo \"apk ran $1\"; : @nonce
		[ $1 = upgrade ] || cp /proc/sys/kernel/random/uuid /added
	EOF
}
";

fn upgrades(project: &Project) -> Tested {
    let program =
        program("Look for upgrades every day, rebuild what follows only if there were some")?;
    let program = program.replace("image \"alpine:3.22\"", "alpine");
    project.write("build.hlb", &format!("@syntax\n{program}{ALPINE}"))?;
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

/// An `npm` that says when it runs.
const NODE: &str = "
fs node() {
	image \"@busybox\"
	mkfile \"/bin/npm\" 0o755 <<-EOF
		#!/bin/sh
		echo \"npm ran $1\"; : @nonce
		case $1 in
		ci) cat package.json /proc/sys/kernel/random/uuid > node_modules/id;;
		test) cp node_modules/id /tested;;
		esac
	EOF
}
";

/// The second engine has no cache of what the first did: it takes what was published.
fn published(project: &Project) -> Tested {
    let program = program("Filesystems that may not be there yet")?;
    let program = program
        .replace("image \"node:22-alpine\"", "node")
        .replace("ghcr.io/acme/app/modules:main", "@registry/first-of:@nonce");
    project.write("build.hlb", &format!("@syntax\n{program}{NODE}"))?;
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

/// The program in a section of the page.
fn program(title: &str) -> Result<String, String> {
    let mut sections = PAGE.split("\n## ").filter_map(|section| section.split_once('\n'));
    let section = sections.find(|(heading, _)| *heading == title);
    let (_, section) = section.ok_or_else(|| format!("no section {title:?}"))?;
    let program = section.split_once("```hlb\n").and_then(|(_, rest)| rest.split_once("```"));
    let (program, _) = program.ok_or_else(|| format!("no program in section {title:?}"))?;
    Ok(program.to_owned())
}
