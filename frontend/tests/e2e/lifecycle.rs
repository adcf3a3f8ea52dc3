//! Many builds at once, and builds that are cut short.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::project::Project;
use super::{Test, Tested};

pub const TESTS: &[Test] =
    &[("twenty_builds_at_once", twenty), ("a_canceled_build_ends_and_the_next_works", canceled)];

fn twenty(project: &Project) -> Tested {
    let program = "@syntax\nfs default(string word) {\n\tscratch\n\tmkfile \"word\" 0o644 \"@nonce ${word}\"\n}\n";
    project.write("Dockerfile", program)?;
    let one = |number: usize| {
        let (argument, out) = (format!("word={number}"), format!("out{number}"));
        project.build(&["--build-arg", &argument, "-o", &out, "."])?.succeeded()?;
        project.expect(&format!("{out}/word"), &format!("@nonce {number}"))
    };
    thread::scope(|scope| {
        let builds: Vec<_> = (0..20).map(|number| scope.spawn(move || one(number))).collect();
        builds.into_iter().try_for_each(|build| build.join().map_err(|_| "a build panicked")?)
    })
}

fn canceled(project: &Project) -> Tested {
    project.write(
        "Dockerfile",
        "@syntax\nfs default() {\n\timage \"@busybox\"\n\trun \"echo ready-$((6 * 7)) @nonce; sleep 60\"\n}\n",
    )?;
    project.write(
        "after.hlb",
        "@syntax\nfs default() {\n\tscratch\n\tmkfile \"a\" 0o644 \"@nonce\"\n}\n",
    )?;
    let mut build = Command::new("docker")
        .args(["buildx", "build", "--progress=plain"])
        .arg(project.path("."))
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    let log = build.stderr.take().ok_or("no pipe")?;
    let mut lines = BufReader::new(log).lines();
    let ready = lines.any(|line| line.is_ok_and(|line| line.contains("ready-42")));
    let before = Instant::now();
    Command::new("kill").args(["-INT", &build.id().to_string()]).status()?;
    // Read to the end, so that the command does not wait for room in the pipe.
    let rest: Vec<String> = lines.map_while(Result::ok).collect();
    let status = build.wait()?;
    if !ready || status.success() || before.elapsed() > Duration::from_secs(30) {
        let took = before.elapsed();
        return Err(format!("ready: {ready}, {status}, {took:?} after the signal: {rest:?}").into());
    }
    project.build(&["-f", "after.hlb", "-o", "out", "."])?.succeeded()?;
    project.expect("out/a", "@nonce")
}
