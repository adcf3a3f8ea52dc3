//! What an image is that a section is taken from, or not: many, tampered with, and of several platforms.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::Value;

use super::graph::PLATFORMS;
use super::images::Images;
use super::project::Project;
use super::server::Answers;
use super::substitute::{BUILD, reference};
use super::{Failed, Graph, Test, Tested};

pub const TESTS: &[Test] = &[
    ("two_hundred_sections_are_looked_up_a_few_at_once", Graph::Same, many),
    ("images_of_sections_that_were_tampered_with", Graph::First, tampered),
    ("images_of_sections_in_an_index", PLATFORMS, indexes),
];

/// How many lookups of sections a build has under way in one registry.
const AT_ONCE: usize = 8;

/// A program of many sections, all of which the target uses.
fn program(count: usize, repository: &str, section: impl Fn(usize) -> String) -> String {
    let mut text = "@syntax\n".to_owned();
    let mut mounts = String::new();
    for number in 0..count {
        let body = section(number);
        let _ = writeln!(
            text,
            "fs part{number}() {{ cached fs {{ {body}; }} with substitute(\"{repository}\"); }}"
        );
        let _ = writeln!(mounts, "\t\tmount part{number} \"/in/{number}\" with readonly");
    }
    let _ = writeln!(
        text,
        "fs default() {{\n\timage \"@busybox\"\n\trun \"ls /in/0; echo last-$((6 * 7)) @nonce\" with option {{\n{mounts}\t}}\n}}"
    );
    text
}

fn many(project: &Project) -> Tested {
    const COUNT: usize = 200;
    const MISSING: usize = 3;
    let images = Images::serve()?;
    let image = images.image(project, "amd64", ("taken", "@nonce"))?;
    images.tag_others(&image, MISSING);
    let run =
        |number: usize| format!("image \"@busybox\"; run \"echo ran-$((6 * 7))-{number}- @nonce\"");
    project.write("build.hlb", &program(COUNT, &format!("{}/many", images.address), run))?;
    // A machine that has more to do is not meant by it.
    let given = ["--build-arg", "HLB_CACHE_TIMEOUT=100"];
    let built = project.build(&[BUILD, &given].concat())?.succeeded()?.says(&["last-42"])?;
    let metadata: Value = serde_json::from_str(&project.read("metadata.json")?)?;
    let sections = metadata.pointer("/frontend.hlb.cache/sections").and_then(Value::as_array);
    let mut missing = BTreeSet::new();
    for section in sections.into_iter().flatten() {
        let name = section.get("name").and_then(Value::as_str).unwrap_or_default();
        let number = name.strip_prefix("part").unwrap_or_default();
        // What ran is what was not found.
        if section.get("found") == Some(&Value::Bool(true)) {
            if built.log.contains(&format!("ran-42-{number}- ")) {
                return Err(format!("{name} was found, and ran").into());
            }
        } else {
            if !built.log.contains(&format!("ran-42-{number}- ")) {
                return Err(format!("{name} was not found, and did not run").into());
            }
            missing.insert(number.to_owned());
        }
    }
    let (asked, most) = (images.asked().len(), images.most());
    let is_bounded = (AT_ONCE / 2..=AT_ONCE).contains(&most);
    if asked != COUNT || missing.len() != MISSING || !is_bounded {
        return Err(format!("{asked} asked, {missing:?} missing, {most} at once").into());
    }
    silent(project)
}

/// Those that would be asked for later are not, where nobody answers.
fn silent(project: &Project) -> Tested {
    let silent = Answers::nothing_for_containers()?;
    let make = |number: usize| format!("scratch; mkfile \"/{number}\" 0o644 \"@nonce\"");
    let text = program(3 * AT_ONCE, &format!("{}/many", silent.address), make);
    project.write("build.hlb", &text)?;
    let given = ["--build-arg", "HLB_CACHE_TIMEOUT=1"];
    let built = project.build(&[BUILD, &given].concat())?.succeeded()?;
    let lookup = format!("load metadata for {}", silent.address);
    let lookups = built.log.lines().filter(|line| line.contains(&lookup));
    let lookups: BTreeSet<_> = lookups.filter_map(|line| line.split(' ').next()).collect();
    let said = format!("{} warnings found", 3 * AT_ONCE);
    match lookups.len() {
        AT_ONCE => built.says(&["last-42", &said])?.end(),
        count => Err(format!("{count} lookups in a registry that does not answer").into()),
    }
}

/// A section whose image has a text of its own, so that it is seen which one was taken.
fn one(project: &Project, images: &Images, name: &str) -> Result<String, Failed> {
    let text = format!(
        "@syntax
fs part() {{
	cached fs {{ scratch; mkfile \"/part\" 0o644 \"built {name} ${{targetArch}} @nonce\"; }} with substitute(\"{}/{name}\")
}}

fs default() {{
	scratch
	copy part \"/\" \"/\"
}}
",
        images.address
    );
    project.write("build.hlb", &text)?;
    project.build(BUILD)?.succeeded()?.end()?;
    reference(project, "part")
}

fn tag(reference: &str) -> &str {
    reference.rsplit(':').next().unwrap_or_default()
}

/// No content of it is ever used. What is there before the layers is a miss; a layer that is not what its digest says fails.
fn tampered(project: &Project) -> Tested {
    let images = Images::serve()?;
    for (name, part) in [("manifest", None), ("config", Some("/config/digest"))] {
        let reference = one(project, &images, name)?;
        let image = images.image(project, "amd64", ("part", &format!("{name} @nonce")))?;
        let of = match part {
            Some(part) => images.part(&image, part)?,
            None => image.get("digest").and_then(Value::as_str).unwrap_or_default().to_owned(),
        };
        images.tamper(&of);
        images.tag(tag(&reference), &image);
        let built = project.build(BUILD)?.succeeded()?;
        built.says(&["1 warning found", "HLB0540", "so the section is built (line 3)"])?.end()?;
    }
    let reference = one(project, &images, "layer")?;
    let image = images.image(project, "amd64", ("part", "layer @nonce"))?;
    images.tag(tag(&reference), &image);
    images.tamper(&images.part(&image, "/layers/0/digest")?);
    let said = [
        "build.hlb:3:",
        &*format!("error[HLB0408]: image `{reference}` is not what its digests say: "),
        "unexpected commit digest",
        "HLB_CACHE_IMPORT=off",
    ];
    project.build(BUILD)?.failed()?.says(&said)?.end()?;
    // The way out that the message names.
    let given = ["-f", "build.hlb", "-o", "out", "--build-arg", "HLB_CACHE_IMPORT=off", "."];
    project.build(&given)?.succeeded()?.end()?;
    project.expect("out/part", "built layer amd64 @nonce")
}

/// Whoever publishes a section for several platforms at once has them in an index.
fn indexes(project: &Project) -> Tested {
    let images = Images::serve()?;
    let [amd64, arm64] = ["linux/amd64", "linux/arm64"];
    let mut references = Vec::new();
    for platform in [amd64, arm64] {
        one(project, &images, "index")?;
        project.build(&[BUILD, &["--platform", platform]].concat())?.succeeded()?.end()?;
        references.push(reference(project, "part")?);
    }
    let mut all = Vec::new();
    for arch in ["amd64", "arm64"] {
        let image = images.image(project, arch, ("part", &format!("taken {arch} @nonce")))?;
        let attestation = images.attestation(&image);
        all.extend([image, attestation]);
    }
    for reference in &references {
        images.tag(tag(reference), &images.index(&all));
    }
    let export = ["-f", "build.hlb", "-o", "out", "--platform"];
    project
        .build(&[&export[..], &["linux/amd64,linux/arm64", "."]].concat())?
        .succeeded()?
        .end()?;
    project.expect("out/linux_amd64/part", "taken amd64 @nonce")?;
    project.expect("out/linux_arm64/part", "taken arm64 @nonce")?;
    // One that has other platforms only.
    let [of_amd64, _] = &references[..] else { return Err("two platforms".into()) };
    let of_arm64: Vec<Value> = all.into_iter().skip(2).collect();
    images.tag(tag(of_amd64), &images.index(&of_arm64));
    let built = project.build(&[&export[..], &[amd64, "."]].concat())?.succeeded()?;
    let said = ["HLB0540", "for linux/amd64: no match for platform", "so the section is built"];
    built.says(&said)?.end()?;
    project.expect("out/part", "built index amd64 @nonce")
}
