//! `docs/from-a-dockerfile.md`: each Dockerfile of the page, and the HLB beside it, make the same image.

use std::collections::BTreeSet;

use libtest_mimic::Failed;
use serde_json::{Map, Value, json};

use super::graph::OCI_EXPORT;
use super::project::Project;
use super::{Test, Tested};

pub const TESTS: &[Test] = &[("the_examples_beside_a_dockerfile", OCI_EXPORT, examples)];

const PAGE: &str = include_str!("../../../docs/from-a-dockerfile.md");

/// A section of the page.
struct Example {
    title: &'static str,
    /// `None` if the section has none, or one that no engine here can build.
    dockerfile: Option<&'static str>,
    program: &'static str,
}

/// An image as an export shows it.
#[derive(PartialEq)]
struct Image {
    /// A line for each file: its type, permissions, owner, size and path.
    files: BTreeSet<String>,
    /// The digest of the contents of all files, in the order of their paths.
    contents: String,
    config: Value,
}

/// One build of many targets, which takes seconds where as many builds would take minutes.
fn examples(project: &Project) -> Tested {
    context(project)?;
    let mut targets = Map::new();
    let examples: Vec<Example> = sections(project.buildkit()).collect();
    for (number, example) in examples.iter().enumerate() {
        // What has nothing beside it here is checked and evaluated as a case.
        let Some(dockerfile) = example.dockerfile else { continue };
        let program = format!("@syntax\n{}", example.program);
        for (kind, text) in [("hlb", program.as_str()), ("docker", dockerfile)] {
            let name = format!("{kind}{number}");
            project.write(&name, text)?;
            targets.insert(name.clone(), target(&name));
        }
    }
    let names: Vec<&String> = targets.keys().collect();
    let bake = json!({ "group": { "default": { "targets": names } }, "target": targets });
    project.write("bake.json", &bake.to_string())?;
    let bake = ["docker", "buildx", "bake", "--progress=plain", "-f", "bake.json"];
    project.run(&bake)?.succeeded()?;
    let mut wrong = Vec::new();
    for (number, example) in examples.iter().enumerate().filter(|(_, it)| it.dockerfile.is_some()) {
        let expected = image(project, &format!("docker{number}"))?;
        let found = image(project, &format!("hlb{number}"))?;
        if expected != found {
            wrong.push(format!("{}: {}", example.title, difference(&expected, &found)));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

/// The files that the page says there are.
fn context(project: &Project) -> Tested {
    project.write("context/.dockerignore", "*.log\n")?;
    project.write("context/app.txt", "app\n")?;
    project.write("context/build.log", "log\n")?;
    project.write("context/src/a.txt", "a\n")?;
    project.write("context/src/lib/b.txt", "b\n")?;
    project.write("context/src/lib/notes.md", "notes\n")?;
    project.write("token", "secret")?;
    project.run(&["tar", "-C", "context", "-cf", "context/site.tar", "src"])?.succeeded()?.end()
}

/// The sections of the page, without the Dockerfiles that need a newer BuildKit.
fn sections(buildkit: u32) -> impl Iterator<Item = Example> {
    PAGE.split("\n## ").skip(1).filter_map(move |section| {
        let (title, _) = section.split_once('\n')?;
        let (_, program) = block(section, "hlb")?;
        let dockerfile = block(section, "dockerfile").filter(|(word, _)| match *word {
            "" => true,
            "sample" => false,
            version => {
                let minor = version.strip_prefix("0.").and_then(|minor| minor.parse::<u32>().ok());
                minor.is_some_and(|minor| minor <= buildkit)
            }
        });
        Some(Example { title, dockerfile: dockerfile.map(|(_, text)| text), program })
    })
}

/// The first block of a language: what stands behind the name of the language, and the text.
fn block<'t>(section: &'t str, language: &str) -> Option<(&'t str, &'t str)> {
    let (_, rest) = section.split_once(&format!("\n```{language}"))?;
    let (word, rest) = rest.split_once('\n')?;
    let (text, _) = rest.split_once("```\n")?;
    Some((word.trim(), text))
}

fn target(name: &str) -> Value {
    json!({
        "context": "context",
        "dockerfile": format!("../{name}"),
        "contexts": { "busybox": "docker-image://@busybox" },
        "secret": ["id=token,src=token"],
        "output": [format!("type=tar,dest={name}.tar"), format!("type=oci,dest={name}.oci")],
    })
}

fn image(project: &Project, name: &str) -> Result<Image, Failed> {
    let tar = format!("{name}.tar");
    let files = project.run(&["tar", "--numeric-owner", "-tvf", &tar])?.succeeded()?.log;
    let sum = format!("tar -xOf {tar} | sha256sum");
    let contents = project.run(&["bash", "-o", "pipefail", "-c", &sum])?.succeeded()?.log;
    let files = files.lines().map(|line| {
        // The fourth and the fifth word are the time, which no two builds have in common.
        let words = line.split_whitespace().enumerate();
        let words = words.filter(|(number, _)| !(3..5).contains(number)).map(|(_, word)| word);
        words.collect::<Vec<_>>().join(" ")
    });
    Ok(Image { files: files.collect(), contents, config: config(project, &format!("{name}.oci"))? })
}

/// The part of the image's config that is about its containers.
fn config(project: &Project, archive: &str) -> Result<Value, Failed> {
    let read = |path: &str| -> Result<Value, Failed> {
        let text = project.run(&["tar", "-xOf", archive, path])?.succeeded()?.log;
        Ok(serde_json::from_str(&text)?)
    };
    let blob = |descriptor: &Value| {
        let digest = descriptor.get("digest").and_then(Value::as_str);
        let digest = digest.ok_or("a descriptor without a digest")?;
        read(&format!("blobs/{}", digest.replace(':', "/")))
    };
    let mut manifest = read("index.json")?;
    // An image with attestations is an index itself.
    while let Some(first) = manifest.pointer("/manifests/0") {
        manifest = blob(first)?;
    }
    let image = blob(manifest.get("config").ok_or("a manifest without a config")?)?;
    let mut config = image.get("config").cloned().unwrap_or_default();
    // Set for Windows alone to mean something, and by the Dockerfile frontend for all that has a `CMD`.
    if let Some(config) = config.as_object_mut() {
        config.remove("ArgsEscaped");
    }
    Ok(config)
}

fn difference(expected: &Image, found: &Image) -> String {
    let lines = |one: &Image, other: &Image| {
        one.files.difference(&other.files).cloned().collect::<Vec<_>>().join(", ")
    };
    if expected.files != found.files {
        let (gone, new) = (lines(expected, found), lines(found, expected));
        return format!("the Dockerfile has the files {gone}, and HLB {new}");
    }
    if expected.config != found.config {
        return format!(
            "the Dockerfile has the config {}, and HLB {}",
            expected.config, found.config
        );
    }
    "files have other contents".to_owned()
}
