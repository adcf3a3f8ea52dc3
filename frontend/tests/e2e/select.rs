//! What is built: which frontend, file, target and arguments.

use std::fs::File;

use super::project::Project;
use super::{Graph, Test, Tested};

pub const TESTS: &[Test] = &[
    ("a_syntax_line_chooses_the_frontend", Graph::First, syntax_line),
    ("an_argument_chooses_the_frontend", Graph::Same, syntax_argument),
    ("a_file_with_another_name", Graph::Same, other_name),
    ("a_file_in_another_directory", Graph::Same, other_directory),
    ("a_file_on_standard_input", Graph::Same, standard_input),
    ("a_target_is_chosen", Graph::Same, target),
    ("an_argument_sets_a_parameter", Graph::Same, parameter),
    ("bake_builds_two_targets", Graph::First, bake),
    ("bake_builds_what_a_file_of_compose_describes", Graph::Same, compose),
    ("words_after_the_image_in_the_syntax_line", Graph::Same, syntax_words),
    ("a_context_replaces_the_image_of_the_frontend", Graph::Same, replaced_frontend),
];

const HELLO: &str = "@syntax
fs default() {
	scratch
	mkfile \"hello\" 0o644 \"@nonce\"
}
";

fn syntax_line(project: &Project) -> Tested {
    project.write("Dockerfile", HELLO)?;
    project.build(&["-o", "out", "."])?.succeeded()?.says(&["mkfile \"hello\""])?;
    project.expect("out/hello", "@nonce")
}

fn syntax_argument(project: &Project) -> Tested {
    project.write("Dockerfile", &HELLO.replace("@syntax\n", ""))?;
    let choice = "BUILDKIT_SYNTAX=@frontend";
    project.build(&["--build-arg", choice, "-o", "out", "."])?.succeeded()?;
    project.expect("out/hello", "@nonce")
}

fn other_name(project: &Project) -> Tested {
    project.write("Dockerfile", "this is not HLB")?;
    project.write("build.hlb", HELLO)?;
    project.build(&["-f", "build.hlb", "-o", "out", "."])?.succeeded()?;
    project.expect("out/hello", "@nonce")
}

fn other_directory(project: &Project) -> Tested {
    project.write("programs/deep/build.hlb", HELLO)?;
    project.write("context/file", "")?;
    project.build(&["-f", "programs/deep/build.hlb", "-o", "out", "context"])?.succeeded()?;
    project.expect("out/hello", "@nonce")
}

fn standard_input(project: &Project) -> Tested {
    project.write("build.hlb", HELLO)?;
    let input = File::open(project.path("build.hlb"))?;
    let words = ["docker", "buildx", "build", "-f", "-", "-o", "out", "."];
    project.run_with(&words, input.into())?.succeeded()?;
    project.expect("out/hello", "@nonce")
}

fn target(project: &Project) -> Tested {
    let other = "fs other() {\n\tscratch\n\tmkfile \"other\" 0o644 \"2 @nonce\"\n}\n";
    project.write("Dockerfile", &format!("{HELLO}{other}"))?;
    project.build(&["--target", "other", "-o", "out", "."])?.succeeded()?;
    project.expect("out/other", "2 @nonce")?;
    if project.path("out/hello").exists() {
        return Err("the default target was built".into());
    }
    Ok(())
}

fn parameter(project: &Project) -> Tested {
    project.write(
        "Dockerfile",
        "@syntax\nfs default(string who) {\n\tscratch\n\tmkfile \"who\" 0o644 who\n}\n",
    )?;
    project.build(&["--build-arg", "who=@nonce", "-o", "out", "."])?.succeeded()?;
    project.expect("out/who", "@nonce")
}

fn bake(project: &Project) -> Tested {
    let other = "fs other() {\n\tscratch\n\tmkfile \"other\" 0o644 \"2 @nonce\"\n}\n";
    project.write("build.hlb", &format!("{HELLO}{other}"))?;
    project.write(
        "docker-bake.hcl",
        "group \"default\" { targets = [\"one\", \"two\"] }
target \"one\" {\n dockerfile = \"build.hlb\"\n output = [\"one\"]\n}
target \"two\" {\n dockerfile = \"build.hlb\"\n target = \"other\"\n output = [\"two\"]\n}
",
    )?;
    project.run(&["docker", "buildx", "bake", "--progress=plain"])?.succeeded()?;
    project.expect("one/hello", "@nonce")?;
    project.expect("two/other", "2 @nonce")
}

fn compose(project: &Project) -> Tested {
    project.write(
        "build.hlb",
        "@syntax\nfs who(string who) {\n\tscratch\n\tmkfile \"who\" 0o644 who\n}\n",
    )?;
    project.write(
        "compose.yaml",
        "services:
  app:
    image: app
    build: { context: ., dockerfile: build.hlb, target: who, args: { who: \"@nonce\" } }
",
    )?;
    let bake = ["docker", "buildx", "bake", "-f", "compose.yaml", "--set", "*.output=out"];
    project.run(&bake)?.succeeded()?;
    project.expect("out/who", "@nonce")
}

/// They are options for another frontend, as those after `docker/dockerfile:1` would be.
fn syntax_words(project: &Project) -> Tested {
    project.write("Dockerfile", &HELLO.replace("@syntax", "@syntax --some words=1"))?;
    project.build(&["-o", "out", "."])?.succeeded()?;
    project.expect("out/hello", "@nonce")
}

/// The image that the line names is on no registry.
fn replaced_frontend(project: &Project) -> Tested {
    let line = "# syntax=registry.invalid/hlb:1";
    project.write("Dockerfile", &HELLO.replace("@syntax", line))?;
    let context = "registry.invalid/hlb:1=docker-image://@frontend";
    project.build(&["--build-context", context, "-o", "out", "."])?.succeeded()?;
    project.expect("out/hello", "@nonce")
}
