//! What a client asks instead of a build.

use super::project::{Ended, Project};
use super::{Test, Tested};

pub const TESTS: &[Test] = &[
    ("an_outline", outline),
    ("a_list_of_targets", targets),
    ("warnings_and_errors_without_a_build", lint),
    ("the_builtins_of_the_image", builtins),
    ("a_request_that_nobody_knows", unknown),
];

const PROGRAM: &str = "@syntax
# Greets.
# @param who  whom to greet
fs default(string who = \"world\", int times = 2) {
	image \"@busybox\"
	run \"echo ${who} ${times}\" with secret(\"token\", \"/token\")
}
# Does nothing.
fs nothing() { scratch }
";

/// Asks as every buildx of the last years can be asked.
fn ask(project: &Project, request: &str, words: &[&str]) -> Result<Ended, libtest_mimic::Failed> {
    let print = format!("--print={request}");
    let command = ["env", "BUILDX_EXPERIMENTAL=1", "docker", "buildx", "build", &print];
    project.run(&[&command, words].concat())
}

fn outline(project: &Project) -> Tested {
    project.write("Dockerfile", PROGRAM)?;
    let said = ["Greets.", "who", "world", "whom to greet", "times", "2", "token"];
    ask(project, "outline", &["."])?.succeeded()?.says(&said)?;
    let said = ["\"value\": \"you\"", "\"name\": \"times\""];
    ask(project, "outline,format=json", &["--build-arg", "who=you", "."])?
        .succeeded()?
        .says(&said)?;
    let said = ["Does nothing."];
    ask(project, "outline", &["--target", "nothing", "."])?.succeeded()?.says(&said)?.end()
}

fn targets(project: &Project) -> Tested {
    project.write("Dockerfile", PROGRAM)?;
    let said = ["default (default)", "Greets.", "nothing", "Does nothing."];
    ask(project, "targets", &["."])?.succeeded()?.says(&said)?.end()
}

fn lint(project: &Project) -> Tested {
    project.write("Dockerfile", "@syntax\nfs default(string tag) { scratch; }\n")?;
    let said = ["Dockerfile:2:19: warning[HLB0511]: parameter `tag` of `default` is never used"];
    // Newer clients exit with the status of the answer, older ones with 0.
    ask(project, "lint", &["."])?.says(&said)?;
    project.write("Dockerfile", "@syntax\nfs default() { scrath; nope; }\n")?;
    let said = ["error[HLB0201]: unknown name `scrath`", "error[HLB0201]: unknown name `nope`"];
    ask(project, "lint", &["."])?.says(&said)?.end()
}

/// A request that clients know nothing of is printed as it comes.
fn builtins(project: &Project) -> Tested {
    project.write("Dockerfile", PROGRAM)?;
    let said = ["fs run(variadic string arg)\n    Runs a command", "option::run dir(string path)"];
    ask(project, "hlb.builtins", &["."])?.succeeded()?.says(&said)?;
    let json =
        ask(project, "hlb.builtins,format=json", &["--target", "merge", "."])?.succeeded()?;
    json.says(&["\"signature\": \"fs merge(variadic fs input)\"", "\"capability\": \"mergeop\""])?;
    ask(project, "hlb.builtins", &["--target", "imge", "."])?
        .failed()?
        .says(&["no builtin is called `imge`", "did you mean `image`?"])?
        .end()
}

fn unknown(project: &Project) -> Tested {
    project.write("Dockerfile", PROGRAM)?;
    ask(project, "nope", &["."])?.failed()?.says(&["unsupported request frontend.nope"])?.end()
}
