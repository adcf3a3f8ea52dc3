//! The recipes of `docs/caching.md`, with real tools that fetch from servers of the tests.
//!
//! One engine does what a job of the main branch does, and another, which has nothing, what a job does after a change.

use super::graph::CACHE_EXPORT;
use super::guide_page::{builds, program};
use super::project::{Ended, Project};
use super::tool_cache::{cargo, npm};
use super::{Failed, Graph, Test, Tested, wheels};

pub const TESTS: &[Test] = &[
    ("recipe_for_node", CACHE_EXPORT, node),
    ("recipe_for_python", CACHE_EXPORT, python),
    ("recipe_for_rust", Graph::Same, rust),
    ("recipe_for_c", Graph::Same, c),
];

/// Writes the program of a recipe, with what a test has in place of the images and of the project's name.
fn write(project: &Project, title: &str, replaced: &[(&str, &str)]) -> Tested {
    let mut text = program(title)?;
    for (from, to) in replaced {
        if !text.contains(from) {
            return Err(format!("the recipe {title:?} has no {from:?}").into());
        }
        text = text.replace(from, to);
    }
    let text = text.replace("acme-app", "@nonce");
    project.write("build.hlb", &format!("@syntax\n{}", named(&text)))
}

fn named(text: &str) -> String {
    text.replace("ghcr.io/acme/app", "@registry/acme-@nonce")
}

/// What jobs do: they all build, and those of the main branch do more.
struct Job<'a> {
    project: &'a Project,
    commands: Vec<Vec<String>>,
}

impl<'a> Job<'a> {
    fn of(project: &'a Project, title: &str) -> Result<Self, Failed> {
        let mut commands = Vec::new();
        for words in builds(title)? {
            let (context, words) = words.split_last().ok_or("no words")?;
            if *context != "." {
                return Err(format!("the context of {words:?} is {context:?}").into());
            }
            commands.push(words.iter().map(|word| named(word)).chain(["src".to_owned()]).collect());
        }
        Ok(Self { project, commands })
    }

    /// All of it, on the first engine; what the build says.
    fn of_main_branch(&self) -> Result<Ended, Failed> {
        let built = self.build(Project::build)?;
        for command in self.commands.iter().skip(1) {
            let words: Vec<_> = command.iter().map(String::as_str).collect();
            self.project.build(&words)?.succeeded()?;
        }
        Ok(built)
    }

    /// On the second.
    fn after_a_change(&self) -> Result<Ended, Failed> {
        self.build(Project::build_on_second)
    }

    fn build(
        &self,
        build: impl Fn(&Project, &[&str]) -> Result<Ended, Failed>,
    ) -> Result<Ended, Failed> {
        let command = self.commands.first().ok_or("no command")?;
        let words = command.iter().map(String::as_str).chain(["-o", "type=cacheonly"]);
        build(self.project, &words.collect::<Vec<_>>())?.succeeded()
    }
}

const PACKAGE: &str = r#"{
  "name": "app",
  "scripts": { "test": "node test.js" },
  "dependencies": { "greeting": "^1.0.0" }
}
"#;

const LOCK: &str = r#"{
  "name": "app",
  "lockfileVersion": 3,
  "packages": {
    "": { "name": "app", "dependencies": { "greeting": "^1.0.0" } },
    "node_modules/greeting": {
      "version": "1.0.0",
      "resolved": "http://ADDRESS/greeting-1.0.0.tgz",
      "integrity": INTEGRITY
    }
  }
}
"#;

fn node(project: &Project) -> Tested {
    let files = npm::serve(project)?;
    let image = format!(
        "image \"@registry/npm:latest\"; env \"NPM_CONFIG_REGISTRY\" \"http://{}/\"",
        files.address
    );
    write(project, "Node", &[("image \"node:22-alpine\"", &image)])?;
    let package: serde_json::Value = serde_json::from_str(&project.read("served/greeting")?)?;
    let integrity = package.pointer("/versions/1.0.0/dist/integrity").ok_or("no integrity")?;
    project.write("src/package.json", PACKAGE)?;
    let lock = LOCK.replace("ADDRESS", &files.address);
    project.write("src/package-lock.json", &lock.replace("INTEGRITY", &integrity.to_string()))?;
    let test = |word: &str| format!("console.log('said', require('greeting'), '{word}')\n");
    project.write("src/test.js", &test("one"))?;
    let job = Job::of(project, "Node")?;
    job.of_main_branch()?.says(&["said hello one"])?.end()?;
    files.gave("greeting-1.0.0.tgz", 1)?;
    project.write("src/test.js", &test("two"))?;
    job.after_a_change()?.says(&["said hello two"])?.end()?;
    files.gave("greeting-1.0.0.tgz", 1)?;
    // The commands in CI are those that were just run.
    let other = |text: &str| text.replace("registry.gitlab.com/acme/app", "ghcr.io/acme/app");
    for title in ["GitHub Actions", "GitLab CI", "BuildKit pods in Kubernetes"] {
        let found = builds(title)?;
        let found: Vec<Vec<_>> =
            found.iter().map(|words| words.iter().map(|word| other(word)).collect()).collect();
        if found != builds("Node")? {
            return Err(format!("{title} has other commands: {found:?}").into());
        }
    }
    Ok(())
}

fn python(project: &Project) -> Tested {
    let files = wheels::serve(project, &["alpha"])?;
    let host = files.address.split(':').next().unwrap_or_default();
    let image = format!(
        "image \"@registry/tools:latest\"; env \"PIP_INDEX_URL\" \"http://{}/simple\"; env \"PIP_TRUSTED_HOST\" \"{host}\"",
        files.address
    );
    write(project, "Python", &[("image \"python:3.13-slim\"", &image)])?;
    project.write("src/requirements.txt", "alpha\n")?;
    let test = |word: &str| {
        format!(
            "import unittest, alpha\nclass Test(unittest.TestCase):\n    def test(self): print('said {word}')\n"
        )
    };
    project.write("src/test_app.py", &test("one"))?;
    let job = Job::of(project, "Python")?;
    job.of_main_branch()?.says(&["said one"])?.end()?;
    files.gave(&wheels::file("alpha"), 1)?;
    project.write("src/test_app.py", &test("two"))?;
    job.after_a_change()?.says(&["said two"])?.end()?;
    files.gave(&wheels::file("alpha"), 1)
}

fn rust(project: &Project) -> Tested {
    write(project, "Rust", &[("rust:1.90-alpine", "@registry/cargo:latest")])?;
    let files = cargo::write_project(project)?;
    let job = Job::of(project, "Rust")?;
    job.of_main_branch()?.says(&["Compiling greeting v", "Compiling app v"])?.end()?;
    files.gave("greeting.crate", 1)?;
    project.write("src/src/main.rs", "fn main() { println!(\"{}!\", greeting::HELLO) }\n")?;
    let changed = job.after_a_change()?.says(&["Compiling app v"])?;
    changed.does_not_say("Compiling greeting v")?.end()?;
    files.gave("greeting.crate", 1)
}

const MAKEFILE: &str = "\
export CCACHE_STATSLOG = /tmp/log
app: main.o part.o
\t$(CC) -o $@ main.o part.o
\tsed 's/^/said /' /tmp/log
";

/// Of two files only the one that is another is compiled.
fn c(project: &Project) -> Tested {
    let install = "run \"apt-get update && apt-get install -y --no-install-recommends ccache gcc libc6-dev make\"";
    write(project, "C", &[("debian:13", "@registry/ccache:latest"), (install, "")])?;
    project.write("src/Makefile", MAKEFILE)?;
    project.write("src/part.c", "int part(void) { return 0; }\n")?;
    project
        .write("src/main.c", "int part(void); // @nonce\nint main(void) { return part(); }\n")?;
    let job = Job::of(project, "C")?;
    job.of_main_branch()?;
    project
        .write("src/main.c", "int part(void); // @nonce\nint main(void) { return !part(); }\n")?;
    let changed = job.after_a_change()?.once("said cache_miss")?;
    changed.says(&["said direct_cache_hit"])?.end()
}
