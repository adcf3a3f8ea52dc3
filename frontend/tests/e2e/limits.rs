//! What a program or its files can do to the frontend, the daemon and the terminal.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use libtest_mimic::Failed;

use super::graph::MERGE;
use super::project::{Ended, Project};
use super::{Graph, Test, Tested};

pub const TESTS: &[Test] = &[
    ("limit_six_thousand_warnings", Graph::Same, warnings),
    ("limit_sixty_warnings_in_a_large_file", Graph::Same, large_file),
    ("limit_a_lint_of_thirty_thousand_warnings", Graph::Same, lint),
    ("limit_a_failing_step_of_a_program_of_5_mb_and_of_10_mb", Graph::Same, large_programs),
    ("limit_errors_that_quote_names_of_300_kb", Graph::Same, long_names),
    ("limit_control_characters_of_a_program", Graph::Same, control_characters),
    ("limit_merges_of_merges", MERGE, merges),
];

/// Most memory that the frontend takes for programs of less than 1 MB, in MiB.
const SMALL: u64 = 64;

/// Builds, and holds the most memory that the frontend takes to `most_mib`, if this engine's log can be read.
fn build(project: &Project, most_mib: u64, words: &[&str]) -> Result<Ended, Failed> {
    let timing = ["--build-arg", "HLB_DEBUG_TIMING=@nonce"];
    let ended = project.build(&[&timing, words].concat())?;
    match project.peak_kib()? {
        Some(peak) if peak > most_mib << 10 => {
            Err(format!("the frontend takes {peak} KiB, expected at most {most_mib} MiB").into())
        }
        _ => Ok(ended),
    }
}

/// A program with so many functions that nobody calls, each with a parameter that nobody uses.
fn with_warnings(count: usize) -> Result<String, Failed> {
    let mut text = "@syntax\nfs default() { scratch; mkfile \"a\" 0o644 \"@nonce\"; }\n".to_owned();
    for number in 0..count {
        writeln!(text, "fs t{number}(string a, int b) {{\n\tscratch\n\tmkdir a 0o755\n}}")?;
    }
    Ok(text)
}

fn warnings(project: &Project) -> Tested {
    project.write("Dockerfile", &with_warnings(6000)?)?;
    let said = ["HLB0511: parameter `b` of `t0` is never used (line 3)", "and 5950 more warnings"];
    build(project, SMALL, &["-o", "out", "."])?.succeeded()?.says(&said)?.end()
}

fn large_file(project: &Project) -> Tested {
    project.write("Dockerfile", &(with_warnings(60)? + &"# filler\n".repeat(40_000)))?;
    let said = ["and 10 more warnings"];
    build(project, SMALL, &["-o", "out", "."])?.succeeded()?.says(&said)?.end()
}

fn lint(project: &Project) -> Tested {
    project.write("Dockerfile", &with_warnings(30_000)?)?;
    let command = ["env", "BUILDX_EXPERIMENTAL=1", "docker", "buildx", "build", "--print=lint"];
    let said = ["HLB0511]: parameter `b` of `t999` is never used", "and 29000 more"];
    // Newer clients exit with the status of the answer, older ones with 0.
    project.run(&[&command[..], &["."]].concat())?.says(&said)?.end()
}

fn large_programs(project: &Project) -> Tested {
    let step = "fs default() {\n\timage \"@busybox\"\n\trun \"exit 7\"\n}\n";
    let one_line = format!("@syntax\n{step}#{}\n", "#".repeat(5_000_000));
    let many_lines = format!("@syntax\n{}{step}", "# filler\n".repeat(1_100_000));
    for (program, line) in [(one_line, 4), (many_lines, 1_100_004)] {
        project.write("Dockerfile", &program)?;
        let shown = format!("{line} | >>> \trun \"exit 7\"");
        build(project, 256, &["."])?.failed()?.says(&[&shown, "exit code: 7"])?.end()?;
    }
    Ok(())
}

fn long_names(project: &Project) -> Tested {
    let mut program = "@syntax\nfs default() { scratch; }\n".to_owned();
    for number in 0..40 {
        writeln!(program, "fs t{number}() {{ {}{number}; }}", "x".repeat(300_000))?;
    }
    project.write("Dockerfile", &program)?;
    let said = ["40 errors in Dockerfile", "Dockerfile:42:12: error[HLB0201]: unknown name `xxx"];
    build(project, 4 * SMALL, &["."])?.failed()?.says(&said)?.end()
}

/// What the command itself prints is the program's business, so it prints nothing.
fn control_characters(project: &Project) -> Tested {
    let program = "@syntax\nfs default() {\n\timage \"@busybox\"\n\trun \"exit 3 # \u{1b}]0;t\u{7}\u{202e}\"\n}\n";
    project.write("Dockerfile", program)?;
    let ended = project.build(&["."])?.failed()?;
    let ended =
        ended.says(&[r#"[default 2/2] run "exit 3 # \u{1b}]0;t"#, ">>> \trun \"exit 3 # ␛]"])?;
    ended.does_not_say("\u{1b}]")?.does_not_say("\u{7}")?.does_not_say("\u{202e}")?.end()
}

/// A daemon works on each occurrence of a filesystem in a merge: on 2 to the power of 20 here.
fn merges(project: &Project) -> Tested {
    let mut program = "@syntax
fs a() { image \"@busybox\"; run \"rm /bin/vi; echo a > /x; echo a > /a-@nonce\"; }
fs b() { image \"@busybox\"; run \"touch /bin/vi; echo b > /x; echo b > /b-@nonce\"; }
fs m0() { a; merge b a; }
"
    .to_owned();
    for number in 1..20 {
        let below = number - 1;
        writeln!(program, "fs m{number}() {{ m{below}; merge b m{below}; }}")?;
    }
    program += "fs default() { scratch; copy m19 \"/x\" \"/\"; copy m19 \"/b-@nonce\" \"/\"; copy m19 \"/bin/vi\" \"/\"; }\n";
    project.write("Dockerfile", &program)?;
    let before = Instant::now();
    // `a` comes last everywhere, and it deletes what `b` brings back.
    project.build(&["-o", "out", "."])?.failed()?.says(&["/bin/vi"])?.end()?;
    project.write("Dockerfile", &program.replace(" copy m19 \"/bin/vi\" \"/\";", ""))?;
    project.build(&["-o", "out", "."])?.succeeded()?.end()?;
    project.expect("out/x", "a\n")?;
    project.expect(&project.fill("out/b-@nonce"), "b\n")?;
    let took = before.elapsed();
    if took > Duration::from_secs(60) { Err(format!("it takes {took:?}").into()) } else { Ok(()) }
}
