use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use libtest_mimic::Failed;
use tempfile::TempDir;

use super::engine::Store;
use super::{Engine, Tested, leftover};

/// Longest time of one command, in seconds: a build that hangs is a failure, not a stuck run.
const LONGEST: &str = "180";

/// A folder with the files of a build.
pub struct Project {
    folder: TempDir,
    engine: Engine,
}

/// What a command said and how it ended.
pub struct Ended {
    pub success: bool,
    /// Standard output and, after it, standard error.
    pub log: String,
}

impl Project {
    pub fn new(engine: Engine) -> Result<Self, Failed> {
        // Random, so that no cache of an earlier run serves this one.
        let folder = tempfile::Builder::new().prefix("hlb-e2e-").rand_bytes(12).tempdir()?;
        Ok(Self { folder, engine })
    }

    /// Minor version of the engine's BuildKit, such as 13 of 0.13.
    pub fn buildkit(&self) -> u32 {
        self.engine.buildkit
    }

    /// Where the engine keeps what it builds.
    pub fn store(&self) -> Store {
        self.engine.store
    }

    /// A word that no other project has, in lower case; fit for a tag.
    pub fn nonce(&self) -> String {
        let name = self.folder.path().file_name().unwrap_or_default().to_string_lossy();
        name.bytes().map(|byte| format!("{byte:x}")).collect()
    }

    /// The absolute path of a file.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// `@syntax`, `@frontend`, `@registry`, `@busybox` and `@nonce` stand for what is known only in a run.
    pub fn fill(&self, text: &str) -> String {
        text.replace("@syntax", "# syntax=@frontend")
            .replace("@frontend", &self.engine.frontend())
            .replace("@busybox", "@registry/busybox:latest")
            .replace("@registry", &self.engine.registry)
            .replace("@nonce", &self.nonce())
    }

    /// Writes a file, its words filled in, and the folders above it.
    pub fn write(&self, name: &str, text: &str) -> Tested {
        self.write_bytes(name, self.fill(text).as_bytes())
    }

    pub fn write_bytes(&self, name: &str, bytes: &[u8]) -> Tested {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap_or(Path::new("/")))?;
        Ok(fs::write(path, bytes)?)
    }

    pub fn read(&self, name: &str) -> Result<String, Failed> {
        let path = self.path(name);
        fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()).into())
    }

    /// Holds a file that a build wrote to its expected content.
    pub fn expect(&self, name: &str, content: &str) -> Tested {
        let found = self.read(name)?;
        if found == self.fill(content) {
            return Ok(());
        }
        Err(format!("`{name}`: expected {content:?}, found {found:?}").into())
    }

    /// Builds in this folder: `docker buildx build`, then the words.
    pub fn build(&self, words: &[&str]) -> Result<Ended, Failed> {
        self.run(&[&["docker", "buildx", "build", "--progress=plain"], words].concat())
    }

    /// The same on the second engine, whose cache is its own and whose BuildKit may be of another version.
    pub fn build_on_second(&self, words: &[&str]) -> Result<Ended, Failed> {
        let build = ["docker", "buildx", "build", "--progress=plain"];
        self.run_on_second(&[&build, words].concat())
    }

    /// Runs a command with the second engine's environment.
    pub fn run_on_second(&self, words: &[&str]) -> Result<Ended, Failed> {
        let script = concat!(
            "set -e; settings=$('",
            env!("CARGO_MANIFEST_DIR"),
            "/../hack/engine' env \"$0\"); eval \"$settings\"; exec \"$@\""
        );
        self.run(&[&["bash", "-c", script, &self.engine.second], words].concat())
    }

    /// What the engine still has of this project's containers.
    pub fn left(&self) -> Result<Vec<String>, Failed> {
        Ok(leftover::left(self.engine.state.as_deref(), &self.nonce())?)
    }

    /// The most memory of a frontend whose `HLB_DEBUG_TIMING` was the nonce, of all builds so far; `None` if this engine's
    /// log can't be read.
    pub fn peak_kib(&self) -> Result<Option<u64>, Failed> {
        let Some(state) = &self.engine.state else { return Ok(None) };
        let log = fs::read(state.join("log"))?;
        let log = String::from_utf8_lossy(&log);
        let mark = format!("hlb-frontend: {}: ", self.nonce());
        let peak = log.lines().filter_map(|line| {
            let (_, said) = line.split_once(&mark)?;
            said.split_once(" KiB")?.0.parse().ok()
        });
        peak.max().map(Some).ok_or_else(|| "the log has no peak of the frontend's memory".into())
    }

    /// Runs a command in this folder, its words filled in.
    pub fn run(&self, words: &[&str]) -> Result<Ended, Failed> {
        self.run_with(words, Stdio::null())
    }

    pub fn run_with(&self, words: &[&str], input: Stdio) -> Result<Ended, Failed> {
        let output: Output = Command::new("timeout")
            .args(["--kill-after=5", LONGEST])
            .args(words.iter().map(|word| self.fill(word)))
            .current_dir(self.folder.path())
            .stdin(input)
            .output()?;
        let mut log = String::from_utf8_lossy(&output.stdout).into_owned();
        log.push_str(&String::from_utf8_lossy(&output.stderr));
        Ok(Ended { success: output.status.success(), log })
    }
}

impl Ended {
    pub fn succeeded(self) -> Result<Self, Failed> {
        if self.success { Ok(self) } else { Err(self.wrong("failed")) }
    }

    pub fn failed(self) -> Result<Self, Failed> {
        if self.success { Err(self.wrong("succeeded")) } else { Ok(self) }
    }

    /// Holds the log to parts that must all stand in it.
    pub fn says(self, parts: &[&str]) -> Result<Self, Failed> {
        match parts.iter().find(|part| !self.log.contains(**part)) {
            None => Ok(self),
            Some(part) => Err(self.wrong(&format!("does not say {part:?}"))),
        }
    }

    /// Whether the parts appear for the first time in this order.
    pub fn in_order(self, parts: &[&str]) -> Result<Self, Failed> {
        let found: Vec<_> = parts.iter().map(|part| self.log.find(part)).collect();
        match found.iter().all(Option::is_some) && found.is_sorted() {
            true => Ok(self),
            false => Err(self.wrong(&format!("does not say {parts:?} in this order"))),
        }
    }

    pub fn does_not_say(self, part: &str) -> Result<Self, Failed> {
        if self.log.contains(part) { Err(self.wrong(&format!("says {part:?}"))) } else { Ok(self) }
    }

    /// Holds the log to a part that it has on one line.
    pub fn once(self, part: &str) -> Result<Self, Failed> {
        match self.log.lines().filter(|line| line.contains(part)).count() {
            1 => Ok(self),
            count => Err(self.wrong(&format!("says {part:?} {count} times"))),
        }
    }

    /// Holds the log to a step, known by a part of its name, that was taken from the cache.
    pub fn cached(self, step: &str) -> Result<Self, Failed> {
        match self.has_line(step, |said| said == "CACHED") {
            true => Ok(self),
            false => Err(self.wrong(&format!("did not take {step:?} from the cache"))),
        }
    }

    /// Holds what progress says of a step, which is known by a part of its name.
    pub fn step_says(self, step: &str, part: &str) -> Result<Self, Failed> {
        match self.has_line(step, |said| said.contains(part)) {
            true => Ok(self),
            false => Err(self.wrong(&format!("does not say {part:?} of {step:?}"))),
        }
    }

    fn has_line(&self, step: &str, is_it: impl Fn(&str) -> bool) -> bool {
        let lines = || self.log.lines().filter_map(|line| line.split_once(' '));
        let numbers = lines().filter(|(_, said)| said.contains(step)).map(|(number, _)| number);
        numbers.into_iter().any(|of| lines().any(|(number, said)| number == of && is_it(said)))
    }

    pub fn end(self) -> Tested {
        Ok(())
    }

    fn wrong(&self, what: &str) -> Failed {
        format!("the command {what}:\n{}", self.log).into()
    }
}
