//! What the README tells a reader to type.

use super::project::Project;
use super::{Graph, Test, Tested};

pub const TESTS: &[Test] = &[
    ("the_readmes_first_program", Graph::First, first_program),
    ("the_readmes_toolbox", Graph::Same, toolbox),
];

const README: &str = include_str!("../../../README.md");

fn first_program(project: &Project) -> Tested {
    project.write("build.hlb", &block("hlb", 0)?)?;
    let commands = block("sh", 1)?;
    project.run(&["bash", "-exc", &commands])?.succeeded()?.says(&["hello world"])?;
    project.expect("out/hello", "hello you\n")
}

/// The program comes out of the image and works on this machine.
fn toolbox(project: &Project) -> Tested {
    project.write("build.hlb", &block("hlb", 0)?)?;
    project.write("meta.json", "{}")?;
    // `docker create` takes the image of an earlier run if the engine has one of that name.
    project.run(&["docker", "pull", "-q", "@frontend"])?.succeeded()?;
    let commands = format!("trap 'docker rm -f hlb' EXIT\n{}", block("sh", 2)?);
    project.run(&["bash", "-exc", &commands])?.succeeded()?;
    project.expect("build.hlb", &block("hlb", 0)?)
}

/// The block of a language, counted from 0.
fn block(language: &str, index: usize) -> Result<String, String> {
    let fence = format!("```{language}\n");
    let found = README.split(&fence).nth(index + 1).and_then(|rest| rest.split_once("\n```"));
    let (text, _) = found.ok_or_else(|| format!("README.md has no {language} block {index}"))?;
    Ok(format!("{text}\n"))
}
