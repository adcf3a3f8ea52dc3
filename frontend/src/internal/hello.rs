use std::ffi::OsString;
use std::io::{Write, stdout};
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::InternalMode;

/// Says where it is and stays until it is ended; with [`ONCE`] it does not stay.
///
/// It is for tests: nothing else shows that containers work, on an engine that nobody knows.
pub static HELLO: InternalMode = InternalMode { name: "hello", run };

/// Makes the program end after its line.
pub const ONCE: &str = "--once";

/// What it prints, on a line of JSON.
#[derive(Debug, Serialize, Deserialize)]
pub struct Hello {
    /// Who says it: `hlb-frontend`.
    pub hello: String,
    pub version: String,
    /// Where others reach this container; absent if it has no network.
    pub address: Option<IpAddr>,
}

fn run(arguments: Vec<OsString>) -> anyhow::Result<()> {
    let stays = match arguments.as_slice() {
        [] => true,
        [once] if once == ONCE => false,
        _ => anyhow::bail!("expected no argument or `{ONCE}`"),
    };
    let hello = Hello {
        hello: env!("CARGO_PKG_NAME").to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        address: super::address(),
    };
    let mut line = serde_json::to_string(&hello)?;
    line.push('\n');
    let mut stdout = stdout().lock();
    stdout.write_all(line.as_bytes())?;
    stdout.flush()?;
    if stays {
        super::stay();
    }
    Ok(())
}
