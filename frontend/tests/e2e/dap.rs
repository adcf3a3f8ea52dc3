//! Debugging: a build stops at lines of its program, and a shell opens there.

use std::io::{Read, Write};
use std::process::{Command, Stdio};

use libtest_mimic::Failed;

use super::debugger::{Debugger, Go, Stopped};
use super::project::Project;
use super::{Graph, Test, Tested};

pub const TESTS: &[Test] = &[
    ("dap_stops_at_lines_of_functions_and_modules", Graph::Same, stops),
    ("debug_opens_a_shell_where_a_step_failed", Graph::Same, shell),
];

const PROGRAM: &str = "@syntax
import lib from \"./lib.hlb\"

fs tool() {
	scratch
	mkfile \"/tool\" 0o644 \"tool-@nonce\"
}

fs default() {
	image \"@busybox\"
	run \"echo begun\"
	copy tool \"/tool\" \"/\"
	lib.built
	run \"exit 3\"
}
";

const LIBRARY: &str = "export built

fs built() {
	run \"echo built > /built\"
}
";

/// Whether the client can debug: buildx 0.13 can't.
fn can_debug(project: &Project, command: &str, said: &str) -> Result<bool, Failed> {
    let help = ["env", "BUILDX_EXPERIMENTAL=1", "docker", "buildx", command, "--help"];
    Ok(project.run(&help)?.log.contains(said))
}

fn stops(project: &Project) -> Tested {
    if !can_debug(project, "dap", "debug adapter")? {
        return Ok(());
    }
    project.write("build.hlb", PROGRAM)?;
    project.write("lib.hlb", LIBRARY)?;
    let mut debugger = Debugger::start(project, &[("build.hlb", &[11, 13])])?;
    expect(&debugger.stopped()?, "breakpoint", &["build.hlb:11"])?;
    expect(&debugger.go(Go::Over)?, "step", &["build.hlb:12"])?;
    expect(&debugger.go(Go::Into)?, "step", &["build.hlb:6", "build.hlb:12"])?;
    // The call has no step of its own: the build stops at the first one of the function, here in another file.
    expect(&debugger.go(Go::On)?, "breakpoint", &["lib.hlb:4"])?;
    let said = debugger.shell("cat /tool")?;
    if !said.contains(&project.fill("tool-@nonce")) {
        return Err(format!("the shell says {said:?}").into());
    }
    expect(&debugger.go(Go::On)?, "exception", &["build.hlb:14"])?;
    debugger.finish()
}

fn expect(stopped: &Stopped, why: &str, frames: &[&str]) -> Tested {
    match stopped.why == why && stopped.frames == frames {
        true => Ok(()),
        false => Err(format!("expected {why} at {frames:?}, found {stopped:?}").into()),
    }
}

/// Not by the debug adapter, whose shell finds nothing of a failed step before buildx 0.33: it looks at the result that there
/// is not (`dap/debug_shell.go`, `canInvoke`).
fn shell(project: &Project) -> Tested {
    // The monitor of buildx 0.13 opens the shell as well, but does not end with `exit`.
    if project.buildkit() == 13 || !can_debug(project, "debug", "--on")? {
        return Ok(());
    }
    let program =
        "@syntax\nfs default() {\n\timage \"@busybox\"\n\trun \"echo @nonce > /left; exit 3\"\n}\n";
    project.write("Dockerfile", program)?;
    let folder = project.path("");
    let command =
        format!("docker buildx debug --on error --invoke /bin/sh build {}", folder.display());
    // The monitor wants a terminal.
    let mut terminal = Command::new("timeout")
        .args(["60", "script", "--quiet", "--return", "--command", &command, "/dev/null"])
        .env("BUILDX_EXPERIMENTAL", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let (Some(mut input), Some(mut output)) = (terminal.stdin.take(), terminal.stdout.take())
    else {
        return Err("no pipes".into());
    };
    let mut said = String::new();
    for (prompt, answer) in [("/ # ", "echo it-is-$(cat /left)\nexit\n"), ("(buildx) ", "exit\n")] {
        let from = said.len();
        let mut bytes = [0; 4096];
        while !said.get(from..).unwrap_or_default().contains(prompt) {
            match output.read(&mut bytes)? {
                0 => return Err(format!("no {prompt:?} after {said}").into()),
                count => said += &String::from_utf8_lossy(bytes.get(..count).unwrap_or_default()),
            }
        }
        input.write_all(answer.as_bytes())?;
    }
    drop(input);
    output.read_to_end(&mut Vec::new())?;
    terminal.wait()?;
    match said.contains(&project.fill("it-is-@nonce")) {
        true => Ok(()),
        false => Err(format!("the shell says {said}").into()),
    }
}
