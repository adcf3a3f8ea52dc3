//! Builds for several platforms: an image of both, cross-built where the engine builds.

use std::time::{Duration, Instant};

use libtest_mimic::Failed;
use serde_json::Value;

use super::graph::PLATFORMS;
use super::project::Project;
use super::{Test, Tested};

pub const TESTS: &[Test] = &[
    ("an_image_of_two_platforms", PLATFORMS, image),
    ("directories_of_two_platforms", PLATFORMS, directories),
    ("a_platform_that_fails", PLATFORMS, failing),
];

/// Writes a static program for Linux that says hello, as machine code in an ELF file: a compiler that fits into busybox.
const COMPILE: &str = r#"
le() { n=$1; for _ in $(seq $2); do printf "\\$(printf %03o $((n & 255)))"; n=$((n >> 8)); done; }
text="hello $1
"
case $1 in amd64) machine=62 size=31 ;; arm64) machine=183 size=32 ;; *) exit 1 ;; esac
base=4194304 size=$((120 + size)) length=${#text}
printf '\177ELF\2\1\1\0\0\0\0\0\0\0\0\0'
le 2 2; le $machine 2; le 1 4; le $((base + 120)) 8; le 64 8; le 0 12; le 64 2; le 56 2; le 1 2; le 0 6
le 1 4; le 5 4; le 0 8; le $base 8; le $base 8; le $((size + length)) 8; le $((size + length)) 8; le 4096 8
case $1 in
amd64)
	printf '\270'; le 1 4; printf '\277'; le 1 4; printf '\276'; le $((base + size)) 4; printf '\272'; le $length 4
	printf '\017\005\270'; le 60 4; printf '\061\377\017\005' ;;
arm64)
	le $((0xd2800808)) 4; le $((0xd2800020)) 4; le $((0x100000c1)) 4; le $((0xd2800002 | length << 5)) 4
	le $((0xd4000001)) 4; le $((0xd2800ba8)) 4; le $((0xd2800000)) 4; le $((0xd4000001)) 4 ;;
esac
printf %s "$text"
"#;

const PROGRAM: &str = r#"@syntax
fs bin() {
	image "@busybox" with platform(buildPlatform)
	copy local(".") "compile" "/bin/compile"
	run "mkdir /out && echo prepared @nonce on ${buildPlatform}"
	run "sh /bin/compile ${targetArch} > /out/hello && chmod 755 /out/hello"
}
fs default() {
	scratch
	copy bin "/out/hello" "/hello"
	env "PLATFORM" targetPlatform
	entrypoint "/hello"
}
"#;

const BOTH: &str = "linux/arm64,linux/amd64";

/// ELF's numbers of machines (`e_machine`).
const MACHINES: [(&str, &[u8]); 2] = [("arm64", &[183, 0]), ("amd64", &[62, 0])];

/// Both are exported with provenance, as buildx does by default. The order is that of the option.
fn image(project: &Project) -> Tested {
    project.write("build.hlb", PROGRAM)?;
    project.write("compile", COMPILE)?;
    let output = "type=oci,tar=false,dest=layout";
    let words = ["-f", "build.hlb", "--platform", BOTH, "--provenance=mode=min", "-o", output, "."];
    let build = project.build(&words)?.succeeded()?;
    let once = project.fill("prepared @nonce on linux/amd64");
    let runs = build.log.lines().filter(|line| line.ends_with(&once) && !line.contains("run \""));
    let runs = runs.count();
    if runs != 1 {
        return Err(format!("what both need ran {runs} times:\n{}", build.log).into());
    }
    let build = build.says(&["[linux/arm64 bin 4/4] run", "[linux/amd64 bin 4/4] run"])?;
    build.says(&["[bin 3/4] run", "[internal] load build definition"])?.does_not_say("WARN")?;
    let layout = Layout(project);
    let index = layout.blob(&layout.json("index.json")?, "/manifests/0")?;
    let entries = index.pointer("/manifests").and_then(Value::as_array).cloned();
    let entries = entries.unwrap_or_default();
    let platforms: Vec<_> =
        entries.iter().filter_map(|it| it.pointer("/platform/architecture")?.as_str()).collect();
    if platforms != ["arm64", "amd64", "unknown", "unknown"] {
        return Err(format!("the platforms of the index are {platforms:?}: {index}").into());
    }
    for ((architecture, machine), entry) in MACHINES.iter().zip(&entries) {
        layout.is_image(entry, architecture, machine)?;
    }
    Ok(())
}

/// The OCI layout of a build.
struct Layout<'p>(&'p Project);

impl Layout<'_> {
    fn json(&self, path: &str) -> Result<Value, Failed> {
        Ok(serde_json::from_str(&self.0.read(&format!("layout/{path}"))?)?)
    }

    /// The path of a blob that a descriptor names, whose bytes are those that it says.
    fn verified(&self, descriptor: &Value) -> Result<String, Failed> {
        let digest = descriptor.get("digest").and_then(Value::as_str).unwrap_or_default();
        let path = format!("layout/blobs/{}", digest.replace(':', "/"));
        let sum = self.0.run(&["sha256sum", &path])?.succeeded()?;
        let size = std::fs::metadata(self.0.path(&path))?.len();
        let is_right = digest.strip_prefix("sha256:").is_some_and(|it| sum.log.starts_with(it))
            && descriptor.get("size").and_then(Value::as_u64) == Some(size);
        if is_right { Ok(path) } else { Err(format!("{path} is not {descriptor}").into()) }
    }

    /// What a descriptor names at a pointer of a document.
    fn blob(&self, document: &Value, pointer: &str) -> Result<Value, Failed> {
        let descriptor = document.pointer(pointer).ok_or_else(|| format!("no {pointer}"))?;
        Ok(serde_json::from_str(&self.0.read(&self.verified(descriptor)?)?)?)
    }

    /// Holds an entry of the index to be the image of an architecture, with a program for it.
    fn is_image(&self, entry: &Value, architecture: &str, machine: &[u8]) -> Tested {
        let manifest: Value = serde_json::from_str(&self.0.read(&self.verified(entry)?)?)?;
        let config = self.blob(&manifest, "/config")?;
        let text = |pointer: &str| config.pointer(pointer).and_then(Value::as_str);
        let variable = format!("PLATFORM=linux/{architecture}");
        let variables = config.pointer("/config/Env").and_then(Value::as_array);
        let says_so = text("/architecture") == Some(architecture)
            && text("/os") == Some("linux")
            && text("/variant").is_none()
            && variables.is_some_and(|all| all.iter().any(|it| it == variable.as_str()));
        if !says_so || entry.pointer("/platform/os") != Some(&"linux".into()) {
            return Err(format!("no image of {architecture}: {entry}: {config}").into());
        }
        let layers = manifest.pointer("/layers").and_then(Value::as_array);
        let [layer] = layers.map_or(&[][..], Vec::as_slice) else {
            return Err(format!("not one layer: {manifest}").into());
        };
        let layer = self.verified(layer)?;
        let unpack = "gunzip -c \"$0\" | sha256sum && tar -xzf \"$0\" hello";
        let sum = self.0.run(&["sh", "-c", unpack, &layer])?.succeeded()?;
        let diff = text("/rootfs/diff_ids/0").and_then(|it| it.strip_prefix("sha256:"));
        if !diff.is_some_and(|diff| sum.log.starts_with(diff)) {
            return Err(format!("{layer} is another layer than the config says: {config}").into());
        }
        is_program(&std::fs::read(self.0.path("hello"))?, architecture, machine)
    }
}

/// Holds a file to be a static program of a machine.
fn is_program(bytes: &[u8], architecture: &str, machine: &[u8]) -> Tested {
    let is_right = bytes.starts_with(b"\x7fELF\x02\x01\x01")
        && bytes.get(18..20) == Some(machine)
        && bytes.ends_with(format!("hello {architecture}\n").as_bytes());
    if is_right { Ok(()) } else { Err(format!("no program for {architecture}").into()) }
}

/// One directory for each platform, and none for one that is alone; the engine's own program runs.
fn directories(project: &Project) -> Tested {
    project.write("build.hlb", PROGRAM)?;
    project.write("compile", COMPILE)?;
    let words = ["-f", "build.hlb", "--platform", BOTH, "-o", "both", "."];
    // What a daemon says of a result that is for other platforms than those asked for.
    let complaint = "not match result platform";
    project.build(&words)?.succeeded()?.does_not_say(complaint)?;
    for (architecture, machine) in MACHINES {
        let path = project.path(&format!("both/linux_{architecture}/hello"));
        is_program(&std::fs::read(path)?, architecture, machine)?;
    }
    project.run(&["./both/linux_amd64/hello"])?.succeeded()?.says(&["hello amd64\n"])?;
    let words = ["-f", "build.hlb", "--platform", "linux/arm64", "-o", "one", "."];
    let one = project.build(&words)?.succeeded()?;
    one.does_not_say("[linux/arm64")?.does_not_say(complaint)?.end()?;
    is_program(&std::fs::read(project.path("one/hello"))?, "arm64", &[183, 0])?;
    // A map of one.
    let map = ["--build-arg", "BUILDKIT_MULTI_PLATFORM=1", "--platform", "linux/arm64"];
    let words = [&["-f", "build.hlb", "-o", "map"], &map[..], &["."]].concat();
    project.build(&words)?.succeeded()?;
    is_program(&std::fs::read(project.path("map/linux_arm64/hello"))?, "arm64", &[183, 0])
}

const FAILING: &str = r#"@syntax
fs default() {
	image "@busybox" with platform(buildPlatform)
	run "test ${targetArch} = amd64 && sleep 100; echo @nonce failed; false"
}
"#;

/// The other platform, which would take long, is stopped.
fn failing(project: &Project) -> Tested {
    project.write("build.hlb", FAILING)?;
    let begin = Instant::now();
    let words = ["-f", "build.hlb", "--platform", BOTH, "-o", "out", "."];
    let build = project.build(&words)?.failed()?;
    if begin.elapsed() > Duration::from_secs(60) {
        return Err(format!("it was not stopped: {}", build.log).into());
    }
    let build = build.says(&["> [linux/arm64 default 2/2] run", "build.hlb:4", "exit code: 1"])?;
    let last = build.log.lines().rev().find(|line| line.starts_with("ERROR: failed to "));
    match last {
        Some(line) if line.contains("exit code: 1") && !line.contains("cancel") => Ok(()),
        _ => Err(format!("the cause is not shown last: {}", build.log).into()),
    }
}
