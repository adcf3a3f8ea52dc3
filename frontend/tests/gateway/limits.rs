//! What a program or its files can do to a build: the program that ships is started as BuildKit starts it, and what it
//! sends and takes is bounded whatever it is given.

use std::fmt::Write as _;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use gateway_proto::errdefs::{self, Source};
use gateway_proto::testing::Frontend;
use gateway_proto::{frontend, pb, rpc};
use prost::Message as _;
use serde_json::Value;

use crate::daemon::{Asked, Fake, variables};

/// What a daemon before 0.14 takes, in bytes.
const OLD_DAEMON: usize = 4 << 20;

/// Most memory of the process while it builds what is no larger than a few hundred KB, in KiB. It is not optimized here.
const SMALL: u64 = 40 << 10;

/// What became of a build.
struct Outcome {
    asked: Asked,
    peak_kib: u64,
}

impl Outcome {
    fn returned(&self) -> &frontend::ReturnRequest {
        let returned = self.asked.returns.last().expect("a build has an outcome");
        assert!(returned.encoded_len() < OLD_DAEMON, "{} bytes", returned.encoded_len());
        returned
    }

    fn error(&self) -> &rpc::Status {
        self.returned().error.as_ref().expect("an error")
    }

    fn result(&self) -> &frontend::Result {
        let returned = self.returned();
        returned.result.as_ref().unwrap_or_else(|| panic!("failed: {:?}", returned.error))
    }

    fn holds(self, most_kib: u64) {
        assert!((1..most_kib).contains(&self.peak_kib), "{} KiB", self.peak_kib);
    }
}

fn run(name: &'static str, program: &str, given: &[&str]) -> Outcome {
    let files = [("local://dockerfile", name, program.as_bytes())];
    run_on(Fake::with_files(&files), name, given)
}

fn run_on(daemon: Fake, name: &str, given: &[&str]) -> Outcome {
    let filename = format!("filename={name}");
    let own = [filename.as_str(), "build-arg:HLB_DEBUG_TIMING=here"];
    let daemon = Arc::new(daemon);
    let mut command = Command::new(env!("CARGO_BIN_EXE_hlb-frontend"));
    command.env_clear().envs(variables(&[&own, given].concat()));
    let ended = Frontend::start(command, daemon.clone()).expect("a process");
    let ended = ended.wait(Duration::from_secs(60)).expect("an end");
    let peak = ended.stderr.lines().find_map(|line| {
        line.strip_prefix("hlb-frontend: here: ")?.strip_suffix(" KiB at most")?.parse().ok()
    });
    let asked = std::mem::take(&mut *daemon.asked.lock().expect("not poisoned"));
    Outcome { asked, peak_kib: peak.expect("the process says how much it took") }
}

/// A program with so many functions that nobody calls, each with a parameter that nobody uses.
fn with_warnings(count: usize) -> String {
    let mut text = "fs default() { scratch }\n".to_owned();
    for n in 0..count {
        writeln!(text, "fs t{n}(string a, int b) {{\n\tscratch\n\tmkdir a 0o755\n}}")
            .expect("fits");
    }
    text
}

#[test]
fn six_thousand_warnings_are_fifty_and_their_number() {
    let outcome = run("build.hlb", &with_warnings(6000), &[]);
    outcome.result();
    let warnings = &outcome.asked.warnings;
    assert_eq!(warnings.len(), 51);
    assert_eq!(warnings[0].short, b"HLB0511: parameter `b` of `t0` is never used (line 2)");
    assert_eq!(warnings[50].short, b"and 5950 more warnings");
    let data = warnings[0].info.as_ref().map(|info| String::from_utf8_lossy(&info.data));
    assert_eq!(data.unwrap_or_default().lines().count(), 6);
    let total: usize = warnings.iter().map(|it| it.encoded_len()).sum();
    assert!(total < 64 << 10, "{total} bytes");
    outcome.holds(2 * SMALL);
}

#[test]
fn sixty_warnings_in_a_large_file_are_small() {
    let program = with_warnings(60) + &"# filler\n".repeat(40_000);
    let outcome = run("build.hlb", &program, &[]);
    outcome.result();
    let total: usize = outcome.asked.warnings.iter().map(|it| it.encoded_len()).sum();
    assert!(total < 64 << 10, "{total} bytes");
    outcome.holds(2 * SMALL);
}

#[test]
fn a_lint_of_thirty_thousand_warnings_lists_the_first() {
    let outcome = run("build.hlb", &with_warnings(30_000), &["requestid=frontend.lint"]);
    let json: Value =
        serde_json::from_slice(&outcome.result().metadata["result.json"]).expect("is JSON");
    let warnings = json["warnings"].as_array().expect("a list");
    assert_eq!(warnings.len(), 1001);
    assert_eq!(warnings[1000]["detail"], "and 29000 more warnings");
    let text = String::from_utf8_lossy(&outcome.result().metadata["result.txt"]);
    assert!(text.ends_with("\nand 29000 more\n"), "{}", &text[text.len() - 100..]);
    outcome.holds(6 * SMALL);
}

#[test]
fn a_program_of_ten_megabytes_is_an_excerpt_of_it() {
    let filler = "# filler\n".repeat((10 << 20) / "# filler\n".len());
    let last_line = filler.lines().count() as i32 + 1;
    let step = "fs default() { scratch; mkdir \"/x\" 0o755 }";
    for program in [format!("{filler}{step}"), format!("{step}\n#{}\n", "#".repeat(10 << 20))] {
        let outcome = run("build.hlb", &program, &[]);
        outcome.result();
        let definition = outcome.asked.solves.last().and_then(|it| it.definition.as_ref());
        let definition = definition.expect("a definition");
        assert!(definition.encoded_len() < 2 << 20, "{} bytes", definition.encoded_len());
        let source = definition.source.as_ref().expect("a source map");
        let locations = source.locations.values().next().expect("a location");
        let line = locations.locations[0].ranges[0].start.map(|it| it.line).unwrap_or_default();
        assert!([1, last_line].contains(&line), "{line}");
        let text = String::from_utf8_lossy(&source.infos[0].data);
        assert_eq!(text.split('\n').nth(line as usize - 1), Some(step));
        outcome.holds(5 * SMALL);
    }
}

#[test]
fn an_error_in_a_large_program_is_shown() {
    let program = "# filler\n".repeat(100_000) + "fs default() { scrath }\n";
    let outcome = run("build.hlb", &program, &[]);
    let shown: Vec<_> = errdefs::all::<Source>(outcome.error()).collect();
    assert_eq!(shown[0].ranges[0].start.line, 100_001);
    let text = String::from_utf8_lossy(&shown[0].info.data);
    assert_eq!(text.split('\n').nth(100_000), Some("fs default() { scrath }"));
}

#[test]
fn long_names_make_short_messages() {
    let mut program = "fs default() { scratch }\n".to_owned();
    for n in 0..40 {
        writeln!(program, "fs t{n}() {{ {}{n} }}", "x".repeat(300_000)).expect("fits");
    }
    let outcome = run("build.hlb", &program, &[]);
    let error = outcome.error();
    assert_eq!(error.message.lines().count(), 41);
    assert!(error.message.contains("error[HLB0201]: unknown name `xxx"), "{}", error.message);
    assert!(error.encoded_len() < 512 << 10, "{} bytes", error.encoded_len());
    let shown: Vec<_> = errdefs::all::<Source>(error).collect();
    assert_eq!((shown.len(), shown[39].ranges[0].start.line), (40, 2));
    let outline = run("build.hlb", &program, &["requestid=frontend.lint"]);
    assert!(outline.returned().encoded_len() < OLD_DAEMON);
}

#[test]
fn nothing_steers_the_terminal() {
    let name = "b\u{1b}[2J.hlb";
    let text =
        "# \u{1b}[31m\nfs default() { scratch; mkdir \"/\u{1b}[1m\u{202e}\\n\" 0o755; nope }\n";
    let failed = run(name, text, &[]);
    let error = failed.error();
    let shown: Vec<_> = errdefs::all::<Source>(error).collect();
    let snippet = String::from_utf8_lossy(&shown[0].info.data);
    assert!(snippet.contains("/␛[1m�"), "{snippet}");
    let built = run(name, &text.replace("nope", ""), &[]);
    built.result();
    let definition = built.asked.solves.last().and_then(|it| it.definition.clone());
    let definition = definition.expect("a definition");
    let step = definition.metadata.values().flat_map(|it| it.description.values());
    let step: Vec<_> = step.filter(|it| it.contains("mkdir")).collect();
    assert_eq!(step, ["[default] mkdir \"/\\u{1b}[1m�\\n\" 0o755"]);
    let names = built.asked.solves.iter().filter_map(|it| it.definition.as_ref());
    let names = names.flat_map(|it| it.metadata.values()).flat_map(|it| it.description.values());
    let file = definition.source.map(|it| it.infos[0].clone()).expect("a source");
    let texts = [error.message.as_str(), &snippet, &shown[0].info.filename, &file.filename];
    let data = String::from_utf8_lossy(&file.data);
    for text in names.map(String::as_str).chain(texts).chain([&*data]) {
        assert!(!text.contains(['\u{1b}', '\u{202e}', '\u{7}']), "{text:?}");
    }
}

#[test]
fn an_error_of_the_daemon_does_not_steer_the_terminal_either() {
    let message = format!("\u{1b}]0;title\u{7}{}", "x".repeat(1 << 20));
    let failure = rpc::Status { code: 2, message, details: Vec::new() };
    let outcome = run_on(Fake { failure: Some(failure), ..Fake::default() }, "build.hlb", &[]);
    let message = &outcome.error().message;
    assert!(message.contains("␛]0;title␇") && message.len() < 256 << 10, "{}", message.len());
}

#[test]
fn all_modules_together_are_bounded() {
    let program = "import a from \"./a.hlb\"\nimport b from \"./b.hlb\"\nimport c from \"./c.hlb\"\nfs default() { a.x; }\n";
    let module = "export x\nfs x() { scratch }\n#".to_owned() + &"x".repeat(15 << 20);
    let files =
        [("build.hlb", program), ("a.hlb", &module), ("b.hlb", &module), ("c.hlb", &module)];
    let files = files.map(|(name, text)| ("local://dockerfile", name, text.as_bytes()));
    let outcome = run_on(Fake::with_files(&files), "build.hlb", &[]);
    let message = &outcome.error().message;
    assert!(message.starts_with("build.hlb:3:15: error"), "{message}");
    assert!(message.contains("with it the program has more than 32 MiB"), "{message}");
    outcome.holds(5 * SMALL);
}

/// The capabilities of the commands that a daemon of a release was asked to run with limits, and its warnings.
fn limited(release: &'static str) -> (Vec<String>, Vec<String>) {
    let source_meta = frontend::ResolveSourceMetaResponse {
        source: Some(pb::SourceOp {
            identifier: "docker-image://docker.io/library/alpine:3".to_owned(),
            ..Default::default()
        }),
        image: Some(frontend::ResolveSourceImageResponse {
            digest: format!("sha256:{}", "0".repeat(64)),
            config: b"{}".to_vec(),
            ..Default::default()
        }),
        ..Default::default()
    };
    let program =
        b"fs default() {\n\timage \"alpine:3\"\n\trun \"make\"\n\tmkdir \"/x\" 0o755\n}\n";
    let daemon = Fake {
        release: Some(release),
        source_meta: Some(source_meta),
        ..Fake::with_files(&[("local://dockerfile", "build.hlb", program)])
    };
    let given = ["memory=67108864", "cpuquota=50000", "platform=linux/amd64"];
    let outcome = run_on(daemon, "build.hlb", &given);
    outcome.result();
    let definition = outcome.asked.solves.last().and_then(|it| it.definition.clone());
    let ops = definition.expect("a definition").metadata.into_values();
    let commands = ops.filter(|op| op.caps.contains_key("exec.meta.base"));
    let caps = commands.flat_map(|op| op.caps.into_keys()).collect();
    let warnings = outcome.asked.warnings.iter();
    (caps, warnings.map(|it| String::from_utf8_lossy(&it.short).into_owned()).collect())
}

#[test]
fn limits_of_resources_reach_commands_or_are_warned_about() {
    let (caps, warnings) = limited("0.32");
    assert!(caps.contains(&"exec.meta.linux.resources".to_owned()), "{caps:?}");
    assert_eq!(warnings, [""; 0]);
    let (caps, warnings) = limited("0.25");
    assert!(!caps.contains(&"exec.meta.linux.resources".to_owned()), "{caps:?}");
    let said = "HLB0610: options `memory`, `cpuquota` have no effect: ";
    assert!(warnings.len() == 1 && warnings[0].starts_with(said), "{warnings:?}");
}
