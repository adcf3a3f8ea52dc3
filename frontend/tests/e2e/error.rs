//! How errors of a program, and of the frontend, arrive at the user.

use super::project::Project;
use super::{Graph, Test, Tested};

pub const TESTS: &[Test] = &[
    ("a_missing_argument_is_named", Graph::Same, missing_argument),
    ("an_unknown_name_is_shown_in_place", Graph::Same, unknown_name),
    ("two_syntax_errors_are_both_shown", Graph::Same, two_errors),
    ("a_failing_command_is_shown_in_place", Graph::First, failing_command),
    ("a_failing_command_is_shown_with_the_calls_that_led_there", Graph::Same, calls),
    ("a_missing_target_lists_those_there_are", Graph::Same, missing_target),
    ("a_missing_image_is_named", Graph::First, missing_image),
    ("an_empty_file", Graph::Same, empty_file),
    ("a_file_that_is_not_utf_8", Graph::Same, not_utf_8),
    ("a_directory_as_file", Graph::Same, directory),
    ("a_file_of_17_mib", Graph::Same, large_file),
    ("ten_thousand_nested_blocks", Graph::Same, nested),
    ("a_panic_is_an_internal_error", Graph::Same, panic),
];

fn missing_argument(project: &Project) -> Tested {
    project.write("Dockerfile", "@syntax\nfs default(string who) {\n\trun who\n}\n")?;
    let said = ["error[HLB0311]: parameter `who` of target `default` is not set", ">>> fs default"];
    project.build(&["."])?.failed()?.says(&said)?.end()
}

fn unknown_name(project: &Project) -> Tested {
    project.write("Dockerfile", "@syntax\nfs default() {\n\tscratc\n}\n")?;
    let said = [
        "   3 | >>> \tscratc",
        "Dockerfile:3:2: error[HLB0201]: unknown name `scratc` (did you mean `scratch`?)",
    ];
    project.build(&["."])?.failed()?.says(&said)?.end()
}

fn two_errors(project: &Project) -> Tested {
    project.write("Dockerfile", "@syntax\nfs one( {\n\tscratch\n}\nfs two( {\n\tscratch\n}\n")?;
    let said = ["   2 | >>> fs one( {", "   5 | >>> fs two( {", "2 errors in Dockerfile"];
    project.build(&["."])?.failed()?.says(&said)?.end()
}

fn failing_command(project: &Project) -> Tested {
    project.write(
        "Dockerfile",
        "@syntax\nfs default() {\n\timage \"@busybox\"\n\trun \"true\"\n\trun \"exit 7\"\n}\n",
    )?;
    let said = ["   5 | >>> \trun \"exit 7\"", "exit code: 7"];
    project.build(&["."])?.failed()?.says(&said)?.does_not_say(">>> \trun \"true\"")?.end()
}

/// The target first, and what failed last, whether the daemon's error comes by the frontend or not.
fn calls(project: &Project) -> Tested {
    let program = "@syntax
import lib from \"./lib.hlb\"
fs default() {
	image \"@busybox\"
	copy inner \"/etc\" \"/\"
}
pipeline stages() {
	stage inner
}
fs missing() {
	lib.missing \"@registry/hlb-e2e/none:@nonce\"
}
fs inner() {
	lib.broken 7
}
";
    let library = "export broken
export missing
fs broken(int code) {
	image \"@busybox\"
	run \"exit ${code}\"
}
fs missing(string ref) {
	image ref
}
";
    project.write("Dockerfile", program)?;
    project.write("lib.hlb", library)?;
    let last = [">>> \tlib.broken 7", ">>> \trun \"exit ${code}\""];
    let said = [&[">>> \tcopy inner"], &last[..]].concat();
    project.build(&["."])?.failed()?.in_order(&said)?.end()?;
    let said = [&[">>> \tstage inner"], &last[..]].concat();
    project.build(&["--target", "stages", "."])?.failed()?.in_order(&said)?.end()?;
    let said = [
        ">>> \tlib.missing",
        ">>> \timage ref",
        "lib.hlb:8:8: error[HLB0320]",
        "Dockerfile:11:2: called here, in `missing`",
    ];
    project.build(&["--target", "missing", "."])?.failed()?.in_order(&said)?.end()
}

fn missing_target(project: &Project) -> Tested {
    let program = "@syntax\n\n# Builds all.\nfs default() { scratch; }\nfs named() { scratch; }\n";
    project.write("Dockerfile", program)?;
    // No line of the program is wrong, so none is shown.
    for (target, help) in
        [("nope", "choose one with `--target`"), ("nmaed", "did you mean `named`?")]
    {
        let said = format!(
            "target `{target}` is not declared ({help})\n  target `default`: Builds all.\n  target `named`"
        );
        let ended = project.build(&["--target", target, "."])?.failed()?;
        ended.says(&[&said])?.does_not_say(">>>")?.end()?;
    }
    Ok(())
}

/// The daemon's own text names neither of them.
fn missing_image(project: &Project) -> Tested {
    let missing = "@registry/hlb-e2e/none:@nonce";
    project
        .write("Dockerfile", &format!("@syntax\nfs default() {{\n\timage \"{missing}\"\n}}\n"))?;
    let said =
        project.fill(&format!("Dockerfile:3:8: error[HLB0320]: image `{missing}`: not found"));
    project.build(&["."])?.failed()?.says(&[&said])?.end()
}

/// Builds `build.hlb`, which may not be able to name the frontend itself.
fn rejected(project: &Project, said: &str) -> Tested {
    let choice = "BUILDKIT_SYNTAX=@frontend";
    let words = ["--build-arg", choice, "-f", "build.hlb", "."];
    project.build(&words)?.failed()?.says(&[said])?.end()
}

fn empty_file(project: &Project) -> Tested {
    project.write("build.hlb", "")?;
    rejected(project, "build file `build.hlb` is empty")
}

fn not_utf_8(project: &Project) -> Tested {
    project.write_bytes("build.hlb", b"fs default() {\n\xff\xfe }\n")?;
    rejected(project, "line 2 of build file `build.hlb` is not UTF-8")
}

fn directory(project: &Project) -> Tested {
    project.write("build.hlb/file", "")?;
    rejected(project, "is a directory")
}

fn large_file(project: &Project) -> Tested {
    project.write_bytes("build.hlb", "#".repeat(17 << 20).as_bytes())?;
    rejected(project, "build file `build.hlb` is larger than 16 MiB")
}

fn nested(project: &Project) -> Tested {
    let (open, close) = ("copy fs { ".repeat(10_000), " } \"/\" \"/\"".repeat(10_000));
    project.write("build.hlb", &format!("fs default() {{\n{open}scratch{close}\n}}\n"))?;
    rejected(project, "nested too deep")
}

/// A client can't take the whole of a large file with an error, and nobody between us and it is to add it.
fn panic(project: &Project) -> Tested {
    let filler = "#".repeat(15 << 20);
    for text in ["", &filler] {
        project.write("Dockerfile", &format!("@syntax\nfs default() {{ scratch; }}\n{text}\n"))?;
        let said = ["internal error of the HLB frontend", "HLB_DEBUG_PANIC"];
        let ended = project.build(&["--build-arg", "HLB_DEBUG_PANIC=1", "."])?;
        ended.failed()?.says(&said)?.does_not_say(">>>")?.end()?;
    }
    Ok(())
}
