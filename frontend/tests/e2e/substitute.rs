//! Sections that are taken from images of their own.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use serde_json::Value;

use super::graph::PLATFORMS;
use super::guide_page::{program, script};
use super::project::{Ended, Project};
use super::server::Answers;
use super::{Failed, Graph, Test, Tested, registry};

pub const TESTS: &[Test] = &[
    ("sections_are_taken_from_their_images", Graph::Either, taken),
    ("the_guide_fills_a_repository_of_sections", Graph::Second, filled),
    ("what_a_section_uses_is_what_its_name_says", Graph::First, named),
    ("images_of_sections_that_can_not_be_taken", Graph::Same, refused),
    ("images_of_sections_for_two_platforms", PLATFORMS, platforms),
];

const PROGRAM: &str = r#"@syntax
fs deps() {
	cached fs {
		image "@busybox"
		dir "/deps"
		env "FROM" "deps"
		copy fs { local "." with includePatterns("deps.txt"); } "/" "/deps"
		run "echo ran-deps-$((6 * 7)) @nonce; cp deps.txt made"
	} with substitute("@registry/sections/@nonce")
}

fs app() {
	cached fs {
		deps
		copy local(".") "src" "/src"
		run "echo ran-app-$((6 * 7)); cat made /src/* > /app"
	} with substitute("@registry/sections/@nonce")
}

fs default() {
	app
	run "echo ran-last-$((6 * 7)) of $FROM in $PWD: $(cat /app)"
}
"#;

/// What the metadata of a build says of a section.
fn section(project: &Project, name: &str) -> Result<Value, Failed> {
    let metadata: Value = serde_json::from_str(&project.read("metadata.json")?)?;
    let sections = metadata.pointer("/frontend.hlb.cache/sections").and_then(Value::as_array);
    let has_name = |it: &&Value| it.get("name").and_then(Value::as_str) == Some(name);
    let found = sections.into_iter().flatten().find(has_name).cloned();
    found.ok_or_else(|| format!("no section {name} in {metadata}").into())
}

/// The image that a section is looked for in.
pub fn reference(project: &Project, name: &str) -> Result<String, Failed> {
    let section = section(project, name)?;
    let reference = section.get("reference").and_then(Value::as_str);
    reference.map(str::to_owned).ok_or_else(|| format!("no reference in {section}").into())
}

/// A build of which nothing is kept but its metadata, see [`reference`].
pub const BUILD: &[&str] =
    &["-f", "build.hlb", "--metadata-file", "metadata.json", "-o", "type=cacheonly", "."];

fn build(project: &Project, given: &[&str]) -> Result<Ended, Failed> {
    project.build_on_second(&[BUILD, given].concat())?.succeeded()
}

/// Publishes, on the first engine, a target by a name.
fn publish(project: &Project, target: &str, reference: &str, given: &[&str]) -> Tested {
    let words = ["-f", "build.hlb", "--target", target, "-t", reference, "--push"];
    project.build(&[&words, given, &["."]].concat())?.succeeded()?.end()
}

/// One engine fills, and the other, which has nothing, runs nothing of what it finds.
fn taken(project: &Project) -> Tested {
    project.write("build.hlb", PROGRAM)?;
    project.write("deps.txt", "1\n")?;
    project.write("src/a", "a\n")?;
    project.write("unread/b", "b\n")?;
    let first = project.build(BUILD)?.succeeded()?;
    first.says(&["ran-deps-42", "ran-app-42", "ran-last-42 of deps in /deps: 1 a"])?.end()?;
    let (deps, app) = (reference(project, "deps")?, reference(project, "app")?);
    // Compressed in another way, and with attestations where the client makes some.
    publish(project, "deps", &deps, &[])?;
    let found = format!("[deps] found {deps}");
    build(project, &[])?
        .does_not_say("ran-deps-42")?
        .says(&[&found, "ran-app-42", "ran-last-42 of deps in /deps: 1 a"])?
        .end()?;
    let missed = section(project, "app")?.get("found") == Some(&Value::Bool(false));
    if !missed || reference(project, "app")? != app {
        return Err("a section in another has another name once it is found".into());
    }
    // What neither of them reads changes nothing, and what one reads changes what depends on it.
    project.write("other", "other")?;
    build(project, &[])?.does_not_say("ran-app-42")?.says(&[&found])?.end()?;
    project.write("src/a", "b\n")?;
    build(project, &[])?.does_not_say("ran-deps-42")?.says(&[&found, "ran-app-42"])?.end()?;
    project.write("src/a", "a\n")?;
    // The outer one is found, and nobody asks for the inner one.
    publish(project, "app", &app, &["--provenance=false", "--sbom=false"])?;
    project.write("last", "changes the last step alone")?;
    let more =
        "fs default() {\n\tapp\n\trun \"echo ran-other-$((6 * 7)) of $FROM: $(cat /app)\"\n}\n";
    let text = PROGRAM.split("fs default()").next().unwrap_or_default();
    project.write("build.hlb", &format!("{text}{more}"))?;
    build(project, &[])?
        .does_not_say("ran-app-42")?
        .does_not_say("deps: load metadata")?
        .says(&[&format!("[app] found {app}"), "ran-other-42 of deps: 1 a"])?
        .end()?;
    project.write("deps.txt", "2\n")?;
    let missed = build(project, &[])?;
    missed.says(&["ran-deps-42", "ran-app-42", "ran-other-42 of deps: 2 a"])?.end()?;
    if [reference(project, "deps")?, reference(project, "app")?]
        .iter()
        .any(|it| *it == deps || *it == app)
    {
        return Err("another input has given the same name".into());
    }
    // Nobody is asked if the client does not want it, and then every step is what it is without `substitute`.
    let off = build(project, &["--build-arg", "HLB_CACHE_IMPORT=off"])?;
    off.does_not_say("load metadata for @registry/sections")?.cached("run \"echo ran-app")?.end()
}

/// The loop of the guide, for all sections of a program.
fn filled(project: &Project) -> Tested {
    let title = "A part of the build as an image of its own";
    let text = program(title)?
        .replace("node:24-alpine", "@busybox")
        .replace("ghcr.io/acme/sections", "@registry/loop/@nonce")
        .replace("npm ci", "echo ran-deps-$((6 * 7)) @nonce")
        .replace("npm test", "echo ran-test-$((6 * 7))");
    project.write("build.hlb", &format!("@syntax\n{text}"))?;
    project.write("package.json", "{}")?;
    project.write("package-lock.json", "{}")?;
    let fill = format!("set -euo pipefail\n{}", script(title)?);
    let fill = ["bash", "-c", &fill];
    // Older clients have no `--call`, and print no JSON of what they do not know.
    let is_older = project.buildkit() == 13;
    let run = || if is_older { project.run_on_second(&fill) } else { project.run(&fill) };
    run()?.succeeded()?.says(&["ran-deps-42"])?.end()?;
    // There is nothing left to do.
    run()?.succeeded()?.does_not_say("ran-deps-42")?.end()?;
    let other = if is_older { project.build(BUILD) } else { project.build_on_second(BUILD) };
    other?.succeeded()?.does_not_say("ran-deps-42")?.says(&["ran-test-42", "] found "])?.end()
}

/// A name is the same on both engines, and says all that a section uses, and nothing else.
fn named(project: &Project) -> Tested {
    let text = |options: &str, copy: &str| {
        format!(
            "@syntax\nfs default() {{\n\tcached fs {{ scratch; copy fs {{ local \"tree\"{options}; }} {copy}; }} with substitute(\"@registry/names/@nonce\")\n}}\n"
        )
    };
    let at = |name: &str| project.path(name);
    let mode = |name: &str, mode| fs::set_permissions(at(name), fs::Permissions::from_mode(mode));
    for name in ["plain", "a b/\u{e4}*[x]", "a b/deep/er", "skipped.log", "picked.txt"] {
        project.write(&format!("tree/{name}"), name)?;
    }
    fs::create_dir(at("tree/empty"))?;
    symlink("plain", at("tree/link"))?;
    symlink("nowhere", at("tree/dangling"))?;
    fs::hard_link(at("tree/plain"), at("tree/hard"))?;
    mode("tree/plain", 0o600)?;
    let (whole, part) =
        (text("", "\"/\" \"/all\""), text("", "\"/picked.*\" \"/\" with allowWildcard"));
    let normalized = text(" with normalize", "\"/\" \"/all\"");
    let mut known: Vec<String> = Vec::new();
    let name = |text: &str| -> Result<String, Failed> {
        project.write("build.hlb", text)?;
        build(project, &[])?.end()?;
        reference(project, "default")
    };
    let [of_whole, of_part, of_normalized] = [name(&whole)?, name(&part)?, name(&normalized)?];
    for (text, expected) in [(&whole, &of_whole), (&part, &of_part), (&normalized, &of_normalized)]
    {
        project.write("build.hlb", text)?;
        project.build(BUILD)?.succeeded()?.end()?;
        let found = reference(project, "default")?;
        if found != *expected || known.contains(&found) {
            return Err(format!("{found} on one engine, {expected} on the other").into());
        }
        known.push(found);
    }
    let changed = |what: &str, expected: [bool; 3]| {
        let names = [name(&whole)?, name(&part)?, name(&normalized)?];
        let before = [&of_whole, &of_part, &of_normalized];
        let found: Vec<_> = names.iter().zip(before).map(|(now, before)| now != before).collect();
        match found == expected {
            true => Ok(()),
            false => Err(Failed::from(format!("{what}: expected {expected:?}, found {found:?}"))),
        }
    };
    mode("tree/plain", 0o644)?;
    mode("tree/empty", 0o700)?;
    changed("modes", [true, false, false])?;
    mode("tree/plain", 0o600)?;
    mode("tree/empty", 0o755)?;
    changed("the same again", [false, false, false])?;
    fs::remove_file(at("tree/link"))?;
    symlink("hard", at("tree/link"))?;
    changed("where a link leads", [true, false, true])?;
    fs::remove_file(at("tree/link"))?;
    symlink("plain", at("tree/link"))?;
    project.write("tree/picked.too", "")?;
    changed("one more", [true, true, true])
}

/// What is there by the name of a section's image, and can't be taken, is a warning; the section is built.
fn refused(project: &Project) -> Tested {
    let (faulty, silent) = (registry::serve()?, Answers::nothing_for_containers()?);
    let text = |repository: &str| {
        format!(
            "@syntax\nfs default() {{\n\tcached fs {{ image \"@busybox\"; run \"echo ran-$((6 * 7)) {repository} @nonce\"; }} with substitute(\"{repository}\")\n}}\n"
        )
    };
    let repositories = [
        (format!("{faulty}/missing"), None),
        (format!("{faulty}/login"), Some("HLB0540: image `")),
        (format!("{faulty}/failing"), Some("500 Internal Server Error, so the section is built")),
        (format!("{faulty}/truncated"), Some("so the section is built")),
        (format!("{faulty}/image"), None),
        (
            format!("{}/sections", silent.address),
            Some("does not answer within 1 s, so the section is built (line 3)"),
        ),
    ];
    for (repository, said) in &repositories {
        project.write("build.hlb", &text(repository))?;
        let built = build(project, &["--build-arg", "HLB_CACHE_TIMEOUT=1"])?.says(&["ran-42"])?;
        match said {
            Some(said) => built.says(&["1 warning found", said])?.end()?,
            None => built.does_not_say("warning")?.end()?,
        }
    }
    project.write("build.hlb", &text(&format!("{}/sections", silent.address)))?;
    let required =
        ["--build-arg", "HLB_CACHE_TIMEOUT=1", "--build-arg", "HLB_CACHE_IMPORT=require"];
    let words = [BUILD, &required].concat();
    project.build_on_second(&words)?.failed()?.says(&["HLB0534"])?.does_not_say("ran-42")?.end()?;
    // The client decides which images may be taken.
    project.write("build.hlb", &text("@registry/refused/@nonce"))?;
    let denied = build(project, &["--build-arg", "HLB_CACHE_FROM_ALLOW=other.example/*"])?;
    denied.says(&["HLB0536", "so the section is built"])?.end()
}

/// Each platform has an image of its own, and one for another is not taken.
fn platforms(project: &Project) -> Tested {
    project.write(
        "build.hlb",
        "@syntax
fs default(string word = \"@nonce\") {
	cached fs { scratch; mkfile \"/on\" 0o644 \"${targetArch} ${word}\"; } with substitute(\"@registry/platforms/@nonce\")
}
",
    )?;
    let [amd64, arm64] = ["linux/amd64", "linux/arm64"];
    let mut references = Vec::new();
    for platform in [amd64, arm64] {
        build(project, &["--platform", platform])?.end()?;
        references.push(reference(project, "default")?);
    }
    let [of_amd64, of_arm64] = &references[..] else { return Err("two platforms".into()) };
    if of_amd64 == of_arm64 {
        return Err("both platforms have one image".into());
    }
    publish(project, "default", of_arm64, &["--platform", arm64, "--provenance=false"])?;
    let both = ["--platform", "linux/amd64,linux/arm64"];
    build(project, &both)?.says(&[&format!("found {of_arm64}")])?.end()?;
    // By the name of the other's.
    publish(project, "default", of_amd64, &["--platform", arm64, "--provenance=false"])?;
    let said = "is for linux/arm64, and not for linux/amd64, so the section is built";
    build(project, &["--platform", amd64])?.says(&["HLB0540", said])?.end()
}
