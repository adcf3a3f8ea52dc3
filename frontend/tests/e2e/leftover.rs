//! What an engine on this machine still has of a build's containers. Of an engine that is elsewhere, or that belongs to
//! the user, only processes are seen, if at all.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Names the processes, bundles and containers with `mark` in their environment. `state` is where the engine lives.
pub fn left(state: Option<&Path>, mark: &str) -> io::Result<Vec<String>> {
    let mut left = Vec::new();
    for process in entries(Path::new("/proc"))? {
        // One that has just ended has no environment.
        let environment = fs::read(process.join("environ")).unwrap_or_default();
        if contains(&environment, mark) {
            let command = fs::read(process.join("cmdline")).unwrap_or_default();
            let command = String::from_utf8_lossy(&command).replace('\0', " ");
            left.push(format!("process {}: {command}", process.display()));
        }
    }
    let Some(state) = state else { return Ok(left) };
    let bundles = state.join("data/buildkit/executor");
    for bundle in entries(&bundles)? {
        if contains(&fs::read(bundle.join("config.json")).unwrap_or_default(), mark) {
            left.push(format!("bundle {}", bundle.display()));
        }
    }
    // A container knows its bundle and not its environment. Those of other builds have theirs.
    for container in entries(&state.join("run/runc"))? {
        let name = container.file_name().unwrap_or_default();
        if is_ours(&name.to_string_lossy()) && !bundles.join(name).exists() && container.exists() {
            left.push(format!("container {}", container.display()));
        }
    }
    Ok(left)
}

/// Whether this frontend, and not the daemon, gave a container its id.
fn is_ours(id: &str) -> bool {
    id.len() == 24 && id.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
}

fn entries(directory: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(directory) {
        Ok(entries) => entries.map(|entry| Ok(entry?.path())).collect(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}
