//! What a client asks instead of a build.

use super::project::{Ended, Project};
use super::{Graph, Test, Tested};

pub const TESTS: &[Test] = &[
    ("an_outline", Graph::First, outline),
    ("a_list_of_targets", Graph::Same, targets),
    ("warnings_and_errors_without_a_build", Graph::First, lint),
    ("errors_of_values_without_a_build", Graph::Same, values),
    ("the_builtins_of_the_image", Graph::Same, builtins),
    ("a_request_that_nobody_knows", Graph::Same, unknown),
    ("a_graph_of_a_target", Graph::Same, graph),
    ("the_formatted_build_file", Graph::Same, fmt),
    ("warnings_that_are_errors", Graph::Same, denied),
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

/// Whether the client prints the JSON of a request that it knows nothing of: buildx 0.13 prints the text in any format.
fn prints_json(project: &Project) -> bool {
    project.buildkit() > 13
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
    if prints_json(project) {
        let said =
            ["\"signature\": \"fs merge(variadic fs input)\"", "\"capability\": \"mergeop\""];
        let words = ["--target", "merge", "."];
        ask(project, "hlb.builtins,format=json", &words)?.succeeded()?.says(&said)?;
    }
    ask(project, "hlb.builtins", &["--target", "imge", "."])?
        .failed()?
        .says(&["no builtin is called `imge`", "did you mean `image`?"])?
        .end()
}

/// What is wrong with a value is found without a build, and with it what is odd about the text.
fn values(project: &Project) -> Tested {
    let program = "@syntax\nfs default(string home = \"~\", string idle = \"\") { image \"@busybox\"; dir home }\n";
    project.write("Dockerfile", program)?;
    let said = ["error[HLB0301]", "HLB0511"];
    ask(project, "lint", &["."])?.says(&said)?.end()
}

/// buildx prints what it does not know as it is; nothing of that steers the terminal.
fn graph(project: &Project) -> Tested {
    let program = "@syntax
fs base() { image \"@busybox\"; mkfile \"/base\u{1b}[2J\" 0o644 \"\" }
fs default() {
	cached fs { base; run \"exit 1\" } with cacheFrom(\"@registry/none:@nonce\")
}
";
    project.write("Dockerfile", program)?;
    let said = ["digraph {", "section default", "from type=registry,ref=", "[default", "-> "];
    let drawn = ask(project, "hlb.graph", &["."])?.succeeded()?.says(&said)?;
    if drawn.log.contains('\u{1b}') {
        return Err(format!("an escape sequence: {:?}", drawn.log).into());
    }
    if prints_json(project) {
        let said = ["\"target\": \"default\"", "\"isolated\": false", "\"purpose\": \"target\""];
        ask(project, "hlb.graph,format=json", &["."])?.succeeded()?.says(&said)?;
    }
    Ok(())
}

fn fmt(project: &Project) -> Tested {
    project.write("Dockerfile", "@syntax\nfs   default() {\n  scratch  # nothing\n}")?;
    let print = "BUILDX_EXPERIMENTAL=1 docker buildx build --print=hlb.fmt . > formatted.hlb";
    project.run(&["bash", "-c", print])?.succeeded()?;
    project.expect("formatted.hlb", "@syntax\nfs default() {\n\tscratch # nothing\n}\n")
}

fn denied(project: &Project) -> Tested {
    project.write("Dockerfile", "@syntax\nfs default(string tag = \"\") { scratch }\n")?;
    let said = ["Dockerfile:2:19: error[HLB0511]: parameter `tag` of `default` is never used"];
    let deny = ["--build-arg", "HLB_CHECK=error=true", "."];
    project.build(&deny)?.failed()?.says(&said)?;
    let skip = ["--build-arg", "HLB_CHECK=skip=unused-parameter;error=true", "."];
    project.build(&skip)?.succeeded()?.end()
}

fn unknown(project: &Project) -> Tested {
    project.write("Dockerfile", PROGRAM)?;
    ask(project, "nope", &["."])?.failed()?.says(&["unsupported request frontend.nope"])?.end()
}
