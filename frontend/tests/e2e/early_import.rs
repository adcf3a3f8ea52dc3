//! Build caches are read while it is still evaluated what is to be built.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use libtest_mimic::Failed;

use super::project::Project;
use super::{Graph, Test, Tested};

pub const TESTS: &[Test] = &[
    ("a_cache_of_the_client_is_read_during_evaluation", Graph::Second, of_the_client),
    ("a_cache_of_a_section_is_read_during_evaluation", Graph::Second, of_a_section),
];

fn of_the_client(project: &Project) -> Tested {
    build(project, "made;", &["--cache-from", "type=registry,ref=@gate/cache/early:@nonce"])
}

fn of_a_section(project: &Project) -> Tested {
    let section = "cached made with option { cacheFrom \"@gate/cache/early:@nonce\"; }";
    build(project, section, &[])
}

/// The registry says what the image is only once it was asked for the cache: the build fails if that comes after evaluation.
fn build(project: &Project, body: &str, words: &[&str]) -> Tested {
    let gate = Gate::before(
        &project.fill("@registry"),
        "/v2/busybox/manifests/latest",
        "/v2/cache/early/",
    )?;
    let write = |body: &str, registry: &str| {
        let made = "run \"echo ran-$((6 * 7)) @nonce; cat /proc/sys/kernel/random/uuid > /id\"";
        let made = format!("fs made() {{\n\timage \"{registry}/busybox:latest\"\n\t{made}\n}}\n");
        let default = format!("fs default() {{\n\t{}\n}}\n", body.replace("@gate", registry));
        project.write("build.hlb", &format!("@syntax\n{made}{default}"))
    };
    write("made;", "@registry")?;
    let export = "type=registry,ref=@registry/cache/early:@nonce,mode=max";
    project.build(&["-f", "build.hlb", "--cache-to", export, "-o", "first", "."])?.succeeded()?;
    write(body, &gate.address)?;
    let words: Vec<String> =
        words.iter().map(|word| word.replace("@gate", &gate.address)).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let built = project
        .build_on_second(&[&["-f", "build.hlb", "-o", "second"][..], &words, &["."]].concat())?
        .succeeded()?;
    // Nothing of the solve that only begins the import is seen.
    built
        .says(&["importing cache manifest from"])?
        .does_not_say("ran-42")?
        .does_not_say("ERROR")?;
    project.expect("second/id", &project.read("first/id")?)
}

/// A second address of the registry, which answers some requests only after others.
struct Gate {
    address: String,
}

/// Whether what the others wait for has come.
type Opened = Arc<(Mutex<bool>, Condvar)>;

/// How long somebody is held back at most.
const LONGEST: Duration = Duration::from_secs(20);

impl Gate {
    /// Answers a request with `held` in its first line once there was one with `key`.
    fn before(registry: &str, held: &'static str, key: &'static str) -> Result<Self, Failed> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?.to_string();
        let (registry, opened) = (registry.to_owned(), Opened::default());
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(&registry) else { continue };
                let (Ok(from), Ok(to)) = (server.try_clone(), client.try_clone()) else { continue };
                let opened = opened.clone();
                thread::spawn(move || {
                    relay(client, server, |line| admit(&opened, line, held, key))
                });
                thread::spawn(move || relay(from, to, |_| true));
            }
        });
        Ok(Self { address })
    }
}

/// Carries bytes until one side ends, or what begins with a line is not to pass.
fn relay(mut from: TcpStream, mut to: TcpStream, passes: impl Fn(&str) -> bool) {
    let mut chunk = [0; 1 << 16];
    while let Ok(count @ 1..) = from.read(&mut chunk) {
        let chunk = chunk.get(..count).unwrap_or_default();
        let text = String::from_utf8_lossy(chunk);
        if !passes(text.lines().next().unwrap_or_default()) || to.write_all(chunk).is_err() {
            break;
        }
    }
    // Whoever waits for more is not kept waiting.
    let _ = to.shutdown(std::net::Shutdown::Both);
}

fn admit((is_open, changed): &(Mutex<bool>, Condvar), line: &str, held: &str, key: &str) -> bool {
    let mut is_open = is_open.lock().unwrap_or_else(PoisonError::into_inner);
    if line.contains(key) {
        *is_open = true;
        changed.notify_all();
    }
    if line.contains(held) {
        let waited = changed.wait_timeout_while(is_open, LONGEST, |is_open| !*is_open);
        return *waited.unwrap_or_else(PoisonError::into_inner).0;
    }
    true
}
