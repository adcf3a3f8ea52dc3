use std::ffi::OsString;
use std::fs;
use std::path::Path;

use anyhow::{Context, ensure};
use archive::content_digest;
use llb::{Access, Edge, Metadata, Mount, MountKind, Platform, State, Use};

use super::program::bound;
use super::{InternalMode, OwnProgram};

/// Hashes the content of its mounts, as many as its argument says.
pub static CONTENT: InternalMode = InternalMode { name: "content", run };

/// Where the step has what it reads, by number, and what it writes.
const IN: &str = "/in";
const OUT: &str = "/out";

/// The file of the step's output with the digests, a line each.
pub const DIGESTS: &str = "digests";

/// The output of the step that hashes some contents: it has the file [`DIGESTS`].
pub fn content(own: &OwnProgram, all: &[Use], platform: &Platform) -> Option<Edge> {
    let metadata = Metadata::named("[internal] hash what sections use".to_owned());
    let of_use = |(number, of): (usize, &Use)| {
        let kind = MountKind::Bind(of.bind());
        Mount { dest: format!("{IN}/{number}"), kind }
    };
    let mounts = all.iter().enumerate().map(of_use);
    let mounts = [bound(OUT, State::Scratch, Access::Output)].into_iter().chain(mounts);
    let count = all.len().to_string();
    own.vertex(&CONTENT, &[&count], mounts.collect(), platform, metadata).mount(0)
}

/// The digests that the file has.
///
/// # Errors
/// If it is not what this version writes.
pub fn read_digests(file: &[u8], count: usize) -> anyhow::Result<Vec<String>> {
    let digests: Vec<String> = str::from_utf8(file)?.lines().map(str::to_owned).collect();
    ensure!(digests.len() == count, "{} digests of {count} contents", digests.len());
    Ok(digests)
}

fn run(arguments: Vec<OsString>) -> anyhow::Result<()> {
    let count = arguments.first().and_then(|it| it.to_str()).context("expected a number")?;
    let mut digests = String::new();
    for number in 0..count.parse::<usize>()? {
        let digest = content_digest(&Path::new(IN).join(number.to_string()))?;
        digests.push_str(&digest.to_string());
        digests.push('\n');
    }
    Ok(fs::write(Path::new(OUT).join(DIGESTS), digests)?)
}
