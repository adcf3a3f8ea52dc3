//! This program in containers of the engine, and what is left of them however a build ends: nothing.

use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use libtest_mimic::Failed;

use super::project::Project;
use super::{Graph, Test, Tested};

pub const TESTS: &[Test] = &[
    ("a_container_says_hello", Graph::First, hello),
    ("a_container_with_descriptor_0_is_released", Graph::Same, pipe),
    ("the_image_is_the_root_of_a_step", Graph::First, vertex),
    ("a_panic_releases_its_container", Graph::Same, panic),
    ("a_hundred_canceled_containers_leave_nothing", Graph::Same, canceled),
    ("killed_clients_leave_no_container", Graph::Same, killed),
];

/// Longest time in which all that is left of a build must be gone.
const GONE: Duration = Duration::from_secs(20);

/// Clients that are killed, and how many of them at once.
const KILLED: u32 = 16;
const AT_ONCE: u32 = 4;

/// The words of a build that runs containers, as `frontend/src/internal/debug` has them.
fn asked(project: &Project, word: &str) -> String {
    format!("HLB_DEBUG_CONTAINER={word}:{}", project.nonce())
}

fn report(project: &Project, word: &str) -> Result<String, Failed> {
    project.write("Dockerfile", "@syntax\n")?;
    let words = ["--build-arg", &asked(project, word), "-o", "out", "."];
    project.build(&words)?.succeeded()?;
    expect_nothing_left(project)?;
    project.read("out/report")
}

fn expect_hello(line: &str) -> Tested {
    let hello: serde_json::Value = serde_json::from_str(line)?;
    let text = |key| hello.get(key).and_then(|it| it.as_str()).unwrap_or_default();
    let address = text("address");
    let address: std::net::IpAddr = address.parse().map_err(|_| format!("no address: {line}"))?;
    if text("hello") != "hlb-frontend" || address.is_unspecified() {
        return Err(line.into());
    }
    Ok(())
}

fn hello(project: &Project) -> Tested {
    expect_hello(&report(project, "hello")?)
}

fn pipe(project: &Project) -> Tested {
    expect_hello(&report(project, "pipe")?)
}

fn vertex(project: &Project) -> Tested {
    project.write("Dockerfile", "@syntax\n")?;
    let words = ["--build-arg", &asked(project, "vertex"), "-o", "out", "."];
    let said =
        ["[internal] a step says hello", r#"{"hello":"hlb-frontend","#, r#""address":null}"#];
    project.build(&words)?.succeeded()?.says(&said)?.end()
}

fn panic(project: &Project) -> Tested {
    project.write("Dockerfile", "@syntax\n")?;
    let before = Instant::now();
    let words = ["--build-arg", &asked(project, "panic"), "."];
    let said = ["internal error of the HLB frontend", "asked for by HLB_DEBUG_CONTAINER"];
    project.build(&words)?.failed()?.says(&said)?;
    if before.elapsed() > Duration::from_secs(30) {
        return Err(format!("took {:?}", before.elapsed()).into());
    }
    expect_nothing_left(project)
}

fn canceled(project: &Project) -> Tested {
    let report = report(project, "cancel")?;
    let Some((cut, line)) = report.split_once('\n') else { return Err(report.into()) };
    for phase in ["making", "starting", "running", "releasing"] {
        let count = cut.split_once(&format!("{phase}: ")).map(|(_, rest)| rest);
        if count.is_none_or(|count| count.starts_with("0,")) {
            return Err(format!("none was canceled while {phase}: {cut}").into());
        }
    }
    expect_hello(line)
}

/// Clients that are interrupted or killed at different times, in the middle of one container after the other.
fn killed(project: &Project) -> Tested {
    project.write("Dockerfile", "@syntax\n")?;
    let next = std::sync::atomic::AtomicU32::new(0);
    let work = || {
        loop {
            let number = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            if number >= KILLED {
                return Ok::<(), Failed>(());
            }
            let mut client = start(project)?;
            thread::sleep(Duration::from_millis(600 + u64::from(number) * 131));
            let signal = if number.is_multiple_of(2) { "-INT" } else { "-KILL" };
            // The group, since the client starts buildx as a process of its own.
            let group = format!("-{}", client.id());
            Command::new("kill").args([signal, "--", &group]).status()?;
            let before = Instant::now();
            while client.try_wait()?.is_none() {
                if before.elapsed() > GONE {
                    client.kill()?;
                    return Err("an interrupted client does not end".into());
                }
                thread::sleep(Duration::from_millis(20));
            }
        }
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| worker.join().map_err(|_| "a thread panicked")?)
    })?;
    expect_nothing_left(project)?;
    expect_hello(&report(project, "hello")?)
}

fn start(project: &Project) -> Result<Child, Failed> {
    let child = Command::new("docker")
        .args(["buildx", "build", "--progress=plain", "--build-arg", &asked(project, "forever")])
        .arg(project.path("."))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()?;
    Ok(child)
}

/// Waits until nothing is left of a project's containers, as far as this machine can see into the engine.
fn expect_nothing_left(project: &Project) -> Tested {
    let before = Instant::now();
    loop {
        let left = project.left()?;
        if left.is_empty() {
            return Ok(());
        }
        if before.elapsed() > GONE {
            return Err(format!("left: {left:#?}").into());
        }
        thread::sleep(Duration::from_millis(50));
    }
}
