//! Many builds at once, and builds that are cut short.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use libtest_mimic::Failed;

use super::project::Project;
use super::{Graph, Test, Tested};

pub const TESTS: &[Test] = &[
    ("twenty_builds_at_once", Graph::Same, twenty),
    ("a_canceled_build_ends_and_the_next_works", Graph::Same, canceled),
    ("a_build_canceled_at_any_time_leaves_nothing", Graph::Same, canceled_early),
    ("a_build_canceled_while_a_registry_is_asked_ends", Graph::Same, canceled_at_registry),
    ("a_registry_that_goes_away_is_the_cause", Graph::Same, registry_gone),
    ("a_killed_frontend_is_the_cause", Graph::Same, killed),
];

/// Longest time that a build takes to end once it is canceled, or its frontend is gone.
const ENDS: Duration = Duration::from_secs(30);

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

const AFTER: &str = "@syntax\nfs default() {\n\tscratch\n\tmkfile \"a\" 0o644 \"@nonce\"\n}\n";

/// Starts a build whose frontend has the nonce in its environment.
fn start(project: &Project) -> Result<Child, Failed> {
    let mark = format!("HLB_DEBUG_TIMING={}", project.nonce());
    let command = Command::new("docker")
        .args(["buildx", "build", "--progress=plain", "--build-arg", &mark])
        .arg(project.path("."))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()?;
    Ok(command)
}

/// Waits until a build has failed, and returns what it said.
fn ended(mut build: Child) -> Result<String, Failed> {
    let before = Instant::now();
    let mut said = String::new();
    let log = build.stderr.take().ok_or("no pipe")?;
    BufReader::new(log).read_to_string(&mut said)?;
    let status = build.wait()?;
    if status.success() || before.elapsed() > ENDS {
        return Err(format!("{status} after {:?}: {said}", before.elapsed()).into());
    }
    Ok(said)
}

/// As a terminal does it: the command line runs buildx as a process of its own.
fn interrupt(build: &Child) -> Tested {
    Command::new("kill").args(["-INT", "--", &format!("-{}", build.id())]).status()?;
    Ok(())
}

/// Nothing of the frontend is left, and the engine builds.
fn expect_fine(project: &Project) -> Tested {
    let before = Instant::now();
    while let left = project.left()?
        && !left.is_empty()
    {
        if before.elapsed() > ENDS {
            return Err(format!("left: {left:#?}").into());
        }
        thread::sleep(Duration::from_millis(50));
    }
    project.write("after.hlb", AFTER)?;
    project.build(&["-f", "after.hlb", "-o", "out", "."])?.succeeded()?;
    project.expect("out/a", "@nonce")
}

/// In the phases before the first step: while the program, its modules and the configs of images are read.
///
/// Only the frontend has the mark, in its options. A step that is just starting when it is canceled has not: a daemon
/// before BuildKit 0.15 forgets such a step, which ends by itself.
fn canceled_early(project: &Project) -> Tested {
    let program = "@syntax
import lib from \"./lib.hlb\"
import more from fs { lib.directory }
fs default() { image \"@busybox\"; more.nothing; image \"@busybox\"; run \"sleep 60\" with ignoreCache; }
";
    project.write("Dockerfile", program)?;
    let module = "export nothing\nfs nothing() { scratch; }";
    let library = format!(
        "export directory\nfs directory() {{ scratch; mkfile \"module.hlb\" 0o644 `{module}`; }}\n"
    );
    project.write("lib.hlb", &library)?;
    for after in (0..8).map(|step| Duration::from_millis(100 + step * 110)) {
        let build = start(project)?;
        thread::sleep(after);
        interrupt(&build)?;
        ended(build)?;
    }
    expect_fine(project)
}

/// A registry on this machine, and what it does with each connection.
fn registry(answer: fn(TcpStream)) -> Result<u16, Failed> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || answer(stream));
        }
    });
    Ok(port)
}

fn image_of(project: &Project, port: u16) -> Tested {
    let program =
        format!("@syntax\nfs default() {{\n\timage \"127.0.0.1:{port}/none:@nonce\"\n}}\n");
    project.write("Dockerfile", &program)
}

fn canceled_at_registry(project: &Project) -> Tested {
    let silent = |stream: TcpStream| {
        thread::sleep(Duration::from_secs(120));
        drop(stream);
    };
    image_of(project, registry(silent)?)?;
    let mut build = start(project)?;
    let mut log = BufReader::new(build.stderr.take().ok_or("no pipe")?);
    let mut line = String::new();
    while !line.contains("load metadata for 127.0.0.1") {
        line.clear();
        if log.read_line(&mut line)? == 0 {
            return Err("the registry was not asked".into());
        }
    }
    interrupt(&build)?;
    build.stderr = None;
    let before = Instant::now();
    while build.try_wait()?.is_none() {
        if before.elapsed() > ENDS {
            build.kill()?;
            return Err("a canceled build does not end".into());
        }
        thread::sleep(Duration::from_millis(20));
    }
    expect_fine(project)
}

/// It promises an image, and is gone before it gives it.
fn registry_gone(project: &Project) -> Tested {
    let begun = |mut stream: TcpStream| {
        let _ = stream.read(&mut [0; 4096]);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{");
    };
    image_of(project, registry(begun)?)?;
    let said = ended(start(project)?)?;
    let shown = project.fill("/none:@nonce`: ");
    if !said.contains("error[HLB0320]: image `127.0.0.1:") || !said.contains(&shown) {
        return Err(format!("no cause: {said}").into());
    }
    expect_fine(project)
}

fn killed(project: &Project) -> Tested {
    let program = "@syntax\nfs default() { image \"@busybox\"; run \"sleep 60 # @nonce\"; require made; }\nfs made() { image \"@busybox\"; run \"sleep 61 # @nonce\"; }\n";
    project.write("Dockerfile", program)?;
    let build = start(project)?;
    let before = Instant::now();
    let pid = loop {
        if let Some(pid) = frontend(&project.nonce())? {
            break pid;
        }
        if before.elapsed() > ENDS {
            return Err("there is no frontend".into());
        }
        thread::sleep(Duration::from_millis(20));
    };
    Command::new("kill").args(["-KILL", &pid]).status()?;
    let said = ended(build)?;
    if !said.contains("exit code: 137") {
        return Err(format!("no cause: {said}").into());
    }
    expect_fine(project)
}

/// The process id of the frontend with a word in its environment; it is on this machine if the engine is.
fn frontend(mark: &str) -> Result<Option<String>, Failed> {
    for process in fs::read_dir("/proc")?.flatten() {
        let environment = fs::read(process.path().join("environ")).unwrap_or_default();
        let command = fs::read(process.path().join("cmdline")).unwrap_or_default();
        let is_ours = environment.windows(mark.len()).any(|it| it == mark.as_bytes());
        if is_ours && command.starts_with(b"/hlb-frontend") {
            return Ok(Some(process.file_name().to_string_lossy().into_owned()));
        }
    }
    Ok(None)
}
