//! A build cache in a filesystem as a registry, from which the daemon imports it.
//!
//! In: an OCI layout at [`LAYOUT`], as `--cache-to type=local` writes it. Out: [`Served`] on a line of JSON, and then answers to
//! whoever knows the name. All of the layout is read before, so that nobody is ever given anything else than what its digest
//! says: it is a ref that nothing changes any more.

mod http;
mod layout;

use std::ffi::OsString;
use std::io::{Write, stdout};
use std::net::{IpAddr, Ipv4Addr, TcpListener};
use std::path::Path;
use std::thread;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use self::layout::Layout;
use super::{InternalMode, address};

/// Serves a layout: `layout-server NAME [TAG]`, under a name that nobody can guess.
pub static LAYOUT_SERVER: InternalMode = InternalMode { name: "layout-server", run };

/// Where the filesystem is mounted.
pub const LAYOUT: &str = "/layout";

/// What it says at first.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Served {
    /// The reference of the cache, without a scheme.
    At(String),
    /// Why there is nothing to be imported: one line, lower case.
    Unusable(String),
}

fn run(arguments: Vec<OsString>) -> anyhow::Result<()> {
    let arguments: Option<Vec<_>> = arguments.iter().map(|it| it.to_str()).collect();
    let (name, tag) = match arguments.as_deref() {
        Some([name]) => (*name, None),
        Some([name, tag]) => (*name, Some(*tag)),
        _ => anyhow::bail!("expected a name, and a tag if there are several"),
    };
    let layout = match Layout::open(Path::new(LAYOUT), tag) {
        Ok(layout) => layout,
        Err(problem) => return say(&Served::Unusable(problem.to_string())),
    };
    // Without a route there is nobody but the machine itself.
    let address = address().unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
    let listener = TcpListener::bind((address, 0)).context("no port")?;
    say(&Served::At(format!("{}/{name}:{}", listener.local_addr()?, http::TAG)))?;
    let name = name.to_owned();
    thread::spawn(move || http::serve(&listener, &name, &layout));
    super::stay();
    Ok(())
}

fn say(served: &Served) -> anyhow::Result<()> {
    let mut line = serde_json::to_string(served)?;
    line.push('\n');
    let mut stdout = stdout().lock();
    stdout.write_all(line.as_bytes())?;
    Ok(stdout.flush()?)
}
