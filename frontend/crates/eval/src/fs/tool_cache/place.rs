//! Where a tool keeps its files in one command.

use super::super::mounts::Process;
use super::tool::{Default, Directory};
use crate::join;

/// The directory of a tool in a command.
pub struct Place {
    /// Absolute.
    pub path: String,
    /// The variables that have to be set so that the tool looks there.
    pub variables: Vec<&'static str>,
}

/// Where settable directories are if the home directory is not known: nothing else is there, and everybody can look there.
const ELSEWHERE: &str = "/var/cache/hlb";

/// Finds out where a tool has a directory in a command; `None` if nothing says so.
pub fn place(tool: &str, directory: &Directory, process: &Process<'_>) -> Option<Place> {
    let set = directory.variables.iter().find_map(|(name, below)| {
        let value = variable(process, name)?;
        Some(format!("{value}{below}"))
    });
    if let Some(path) = set {
        return Some(Place { path: join(process.dir, &path), variables: Vec::new() });
    }
    let home = home(process);
    let (path, variables) = match directory.default {
        Default::At(path) => (path.to_owned(), Vec::new()),
        Default::Home(below) => (join(home?, below), Vec::new()),
        Default::Settable(below) => {
            let path = match home {
                Some(home) => join(home, below),
                None => format!("{ELSEWHERE}/{tool}/{}", directory.name),
            };
            let own = directory.variables.iter().filter(|(_, below)| below.is_empty());
            (path, own.map(|(name, _)| *name).collect())
        }
        Default::Nowhere => return None,
    };
    Some(Place { path, variables })
}

/// The home directory of a command's user: what its environment says, or that of root. Others have theirs in a file of the
/// filesystem.
fn home<'p>(process: &Process<'p>) -> Option<&'p str> {
    if let Some(home) = variable(process, "HOME") {
        return Some(home);
    }
    let user = process.user.unwrap_or_default();
    let name = user.split_once(':').map_or(user, |(name, _)| name);
    matches!(name, "" | "0" | "root").then_some("/root")
}

/// The value of a variable that is set to something, in capitals or not: npm and pnpm read theirs in both ways.
fn variable<'p>(process: &Process<'p>, name: &str) -> Option<&'p str> {
    let mut all = process.env.iter();
    let (_, value) =
        all.find(|(key, value)| key.eq_ignore_ascii_case(name) && !value.is_empty())?;
    Some(value)
}
