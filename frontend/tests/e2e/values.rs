//! Values that a build computes.

use super::project::Project;
use super::{Graph, Test, Tested};

pub const TESTS: &[Test] = &[
    ("value_content_of_files", Graph::First, contents),
    ("value_required_checks", Graph::Same, checks),
    ("value_allowed_exit_codes", Graph::Same, exit_codes),
];

const CONTENTS: &str = "@syntax
fs made() {
	image \"@busybox\"
	run <<-`SH`
		mkdir /d; echo file-@nonce > /d/name; ln -s d/name /link
		echo built-@nonce > /file-@nonce
		mkfifo /pipe; head -c 65537 /dev/zero > /large
	SH
}

string content(string path) { fileContent made path }

fs default() {
	scratch
	mkfile \"/got\" 0o644 \"<${content(content(\"link\"))}>\"
}

fs wrong(string path) { mkfile \"/got\" 0o644 content(path) }

fs failing() {
	mkfile \"/got\" 0o644 string {
		fileContent fs { image \"@busybox\"; run \"echo @nonce; exit 3\"; } \"/x\"
	}
}
";

fn contents(project: &Project) -> Tested {
    project.write("build.hlb", CONTENTS)?;
    project.build(&["-f", "build.hlb", "-o", "out", "."])?.succeeded()?;
    project.expect("out/got", "<built-@nonce>")?;
    for (path, problem) in [
        ("/none", "file `/none` is not in the filesystem"),
        ("d", "file `/d` is not a regular file"),
        ("/pipe", "file `/pipe` is not a regular file"),
        ("/large", "file `/large` is larger than 64 KiB"),
    ] {
        let argument = format!("path={path}");
        let arguments = ["-f", "build.hlb", "--target", "wrong", "--build-arg", &argument, "."];
        project.build(&arguments)?.failed()?.says(&["error[HLB0346]", problem, "build.hlb:11"])?;
    }
    let failed = project.build(&["-f", "build.hlb", "--target", "failing", "."])?.failed()?;
    failed.says(&["input of `fileContent`: ", "exit code: 3", "build.hlb:22"])?.end()
}

const CHECKS: &str = "@syntax
fs check(string command) { image \"@busybox\"; run \"${command} # @nonce\"; }

fs default() {
	image \"@busybox\"
	require check(\"echo linted-$((6 * 7))\") check(\"echo tested-$((6 * 8))\")
	run \"echo built-@nonce > /built\"
}

fs broken() {
	image \"@busybox\"
	require check(\"sleep 1; echo said-$((6 * 9)); exit 7\")
	run \"sleep 120 # @nonce\"
}
";

fn checks(project: &Project) -> Tested {
    project.write("build.hlb", CHECKS)?;
    let build = project.build(&["-f", "build.hlb", "-o", "out", "."])?.succeeded()?;
    build.says(&["linted-42", "tested-48"])?.end()?;
    project.expect("out/built", "built-@nonce\n")?;
    // What it guards is canceled, or the command would be ended for its time.
    let arguments = ["-f", "build.hlb", "--target", "broken", "."];
    let failed = project.build(&arguments)?.failed()?;
    failed.says(&["check of `broken`: ", "exit code: 7", "said-54", "build.hlb:12"])?.end()
}

const EXIT: &str = "@syntax
fs default() {
	image \"@busybox\"
	run \"echo @nonce > /left; exit 3\" with allowExit(3)
	run \"true # @nonce\" with allowExit(3)
}
fs other() { image \"@busybox\"; run \"exit 4 # @nonce\" with allowExit(3); }
";

/// BuildKit has it since 0.17: an older one is named at the option.
fn exit_codes(project: &Project) -> Tested {
    project.write("build.hlb", EXIT)?;
    let built = project.build(&["-f", "build.hlb", "-o", "out", "."])?;
    if !built.success {
        let said = ["build.hlb:4:", "error[HLB0406]: `allowExit` needs BuildKit 0.17 or later"];
        return built.failed()?.says(&said)?.end();
    }
    built.succeeded()?;
    project.expect("out/left", "@nonce\n")?;
    let arguments = ["-f", "build.hlb", "--target", "other", "."];
    project.build(&arguments)?.failed()?.says(&["exit code: 4"])?.end()
}
