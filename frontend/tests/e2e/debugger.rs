//! A debugger: what an editor says to `docker buildx dap build`, and what it hears.
//!
//! The Debug Adapter Protocol over standard streams: JSON after a header with its length
//! (microsoft.github.io/debug-adapter-protocol, version 1.71).
#![expect(clippy::indexing_slicing, reason = "what a JSON value does not have is null")]

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use libtest_mimic::Failed;
use serde_json::{Value, json};

use super::project::Project;

/// Longest time until the adapter says something.
const LONGEST: Duration = Duration::from_secs(60);

pub struct Debugger {
    adapter: Child,
    input: ChildStdin,
    said: Receiver<Value>,
    /// Events that nobody waited for yet.
    events: VecDeque<Value>,
    sequence: u64,
    /// The project's folder, which paths of sources begin with.
    folder: String,
}

/// Where a build has stopped.
#[derive(Debug, PartialEq, Eq)]
pub struct Stopped {
    /// Such as `breakpoint`, `step` or `exception`.
    pub why: String,
    /// Files and lines, the innermost first: `build.hlb:4`.
    pub frames: Vec<String>,
}

/// How to go on, by the name of the request.
#[derive(Clone, Copy)]
pub enum Go {
    On,
    Over,
    Into,
}

impl Debugger {
    /// Starts the build of `build.hlb`, which stops at some lines of some files.
    pub fn start(project: &Project, lines: &[(&str, &[u32])]) -> Result<Self, Failed> {
        // Absolute, as an editor has it: breakpoints are known by the paths of their files.
        let folder = project.path("").display().to_string();
        let file = project.path("build.hlb").display().to_string();
        let mut adapter = Command::new("docker")
            .args(["buildx", "dap", "build", "-f", &file, &folder])
            .env("BUILDX_EXPERIMENTAL", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let input = adapter.stdin.take().ok_or("no pipe to the adapter")?;
        let output = adapter.stdout.take().ok_or("no pipe from the adapter")?;
        let (sender, said) = channel();
        thread::spawn(move || {
            let mut output = BufReader::new(output);
            while let Some(message) = read(&mut output)
                && sender.send(message).is_ok()
            {}
        });
        let (events, sequence) = (VecDeque::new(), 0);
        let mut debugger = Self { adapter, input, said, events, sequence, folder };
        let client = json!({ "adapterID": "test", "supportsRunInTerminalRequest": true });
        debugger.ask("initialize", client)?;
        debugger.ask("launch", json!({}))?;
        debugger.event("initialized")?;
        for (file, lines) in lines {
            let path = project.path(file).display().to_string();
            let breakpoints: Vec<_> = lines.iter().map(|line| json!({ "line": line })).collect();
            let arguments = json!({ "source": { "path": path }, "breakpoints": breakpoints });
            debugger.ask("setBreakpoints", arguments)?;
        }
        debugger.ask("configurationDone", json!({}))?;
        Ok(debugger)
    }

    /// Waits until the build stops.
    pub fn stopped(&mut self) -> Result<Stopped, Failed> {
        let event = self.event("stopped")?;
        let why = event["body"]["reason"].as_str().unwrap_or_default().to_owned();
        let trace = self.ask("stackTrace", json!({ "threadId": event["body"]["threadId"] }))?;
        let frames = trace["stackFrames"].as_array().cloned().unwrap_or_default();
        let place = |frame: &Value| {
            let path = frame["source"]["path"].as_str().unwrap_or_default();
            let file = path.strip_prefix(&self.folder).unwrap_or(path);
            format!("{file}:{}", frame["line"])
        };
        Ok(Stopped { why, frames: frames.iter().map(place).collect() })
    }

    /// Goes on, and waits until the build stops again.
    pub fn go(&mut self, go: Go) -> Result<Stopped, Failed> {
        let command = match go {
            Go::On => "continue",
            Go::Over => "next",
            Go::Into => "stepIn",
        };
        self.ask(command, json!({ "threadId": 1 }))?;
        self.stopped()
    }

    /// Goes on to the end of the build.
    pub fn finish(mut self) -> Result<(), Failed> {
        self.ask("continue", json!({ "threadId": 1 }))?;
        self.event("terminated").map(drop)
    }

    /// Opens a shell where the build has stopped, has it run a command, and returns what the shell says.
    pub fn shell(&mut self, command: &str) -> Result<String, Failed> {
        let arguments = json!({ "expression": "exec", "context": "repl" });
        let request =
            self.send("request", json!({ "command": "evaluate", "arguments": arguments }))?;
        // The adapter asks for a terminal in which its own command connects to a socket. This test is that terminal.
        let asked = self.wait(|it| it["command"] == "runInTerminal")?;
        let words = asked["arguments"]["args"].as_array().cloned().unwrap_or_default();
        let socket = words.last().and_then(Value::as_str).unwrap_or_default().to_owned();
        let answer =
            json!({ "command": "runInTerminal", "request_seq": asked["seq"], "success": true });
        self.send("response", answer)?;
        self.answer(request)?;
        let mut shell = std::os::unix::net::UnixStream::connect(socket)?;
        shell.set_read_timeout(Some(LONGEST))?;
        let mut said = String::new();
        let mut is_asked = false;
        let mut bytes = [0; 4096];
        while let Ok(count) = shell.read(&mut bytes)
            && count > 0
        {
            said += &String::from_utf8_lossy(bytes.get(..count).unwrap_or_default());
            if !is_asked && said.contains("Changes to the container") {
                is_asked = true;
                shell.write_all(format!("{command}\nexit\n").as_bytes())?;
            }
        }
        Ok(said)
    }

    /// Asks for something, and returns the body of the answer.
    fn ask(&mut self, command: &str, arguments: Value) -> Result<Value, Failed> {
        let request = json!({ "command": command, "arguments": arguments });
        let sequence = self.send("request", request)?;
        // The adapter answers a launch once it is done.
        self.answer(sequence)
    }

    fn answer(&mut self, request: u64) -> Result<Value, Failed> {
        let answer = self.wait(|it| it["type"] == "response" && it["request_seq"] == request)?;
        match answer["success"] == true {
            true => Ok(answer["body"].clone()),
            false => Err(format!("the adapter refuses: {answer}").into()),
        }
    }

    fn event(&mut self, name: &str) -> Result<Value, Failed> {
        self.wait(|it| it["event"] == name)
    }

    /// The first message of a kind that was not waited for yet.
    fn wait(&mut self, is_wanted: impl Fn(&Value) -> bool) -> Result<Value, Failed> {
        if let Some(known) = self.events.iter().position(&is_wanted) {
            return Ok(self.events.remove(known).unwrap_or_default());
        }
        loop {
            let message = self.said.recv_timeout(LONGEST).map_err(|_| {
                format!("the adapter says nothing more, but before: {:#?}", self.events)
            })?;
            if is_wanted(&message) {
                return Ok(message);
            }
            self.events.push_back(message);
        }
    }

    fn send(&mut self, kind: &str, mut message: Value) -> Result<u64, Failed> {
        self.sequence += 1;
        message["type"] = kind.into();
        message["seq"] = self.sequence.into();
        let text = message.to_string();
        write!(self.input, "Content-Length: {}\r\n\r\n{text}", text.len())?;
        self.input.flush()?;
        Ok(self.sequence)
    }
}

impl Drop for Debugger {
    fn drop(&mut self) {
        // One that has ended can't be killed.
        let _ = self.adapter.kill();
        let _ = self.adapter.wait();
    }
}

/// The next message, if there is one.
fn read(output: &mut impl BufRead) -> Option<Value> {
    let mut length = None;
    loop {
        let mut line = String::new();
        if output.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end() {
            "" => break,
            line => {
                length =
                    line.strip_prefix("Content-Length: ").or(length.as_deref()).map(str::to_owned)
            }
        }
    }
    let mut text = vec![0; length?.parse().ok()?];
    output.read_exact(&mut text).ok()?;
    serde_json::from_slice(&text).ok()
}
