use std::fs;

use libtest_mimic::Failed;

use super::{expect_said, fetches_nothing_the_third_time, write_program};
use crate::Tested;
use crate::project::Project;
use crate::server::Files;

/// A crate, and a sparse index that has it.
const CRATE: &str = r#"
mkdir -p /work/greeting-1.0.0/src gr/ee
cd /work
printf '[package]\nname = "greeting"\nversion = "1.0.0"\nedition = "2021"\n' > greeting-1.0.0/Cargo.toml
echo 'pub const HELLO: &str = "hello";' > greeting-1.0.0/src/lib.rs
tar -czf /served/greeting.crate greeting-1.0.0
cd /served
sha256sum < greeting.crate | cut -d' ' -f1 > sum
echo '{"name":"greeting","vers":"1.0.0","deps":[],"cksum":"'$(cat sum)'","features":{},"yanked":false}' > gr/ee/greeting
"#;

const CONFIG: &str = "[registries.served]\nindex = \"sparse+http://ADDRESS/\"\n";

const MANIFEST: &str = r#"[package]
name = "app"
edition = "2021"

[dependencies]
greeting = { version = "1", registry = "served" }
"#;

/// Without it, Cargo looks in the index for newer versions.
const LOCK: &str = r#"version = 4

[[package]]
name = "app"
version = "0.0.0"
dependencies = ["greeting"]

[[package]]
name = "greeting"
version = "1.0.0"
source = "sparse+http://ADDRESS/"
checksum = "SUM"
"#;

/// Serves the crate, and writes a program that needs it.
pub fn write_project(project: &Project) -> Result<Files, Failed> {
    let files = Files::made(project, "gcc", CRATE)?;
    let fill = |text: &str| text.replace("ADDRESS", &files.address);
    let sum = project.read("served/sum")?;
    fs::write(
        project.path("served/config.json"),
        fill("{\"dl\":\"http://ADDRESS/{crate}.crate\"}"),
    )?;
    project.write("src/.cargo/config.toml", &fill(CONFIG))?;
    project.write("src/Cargo.toml", MANIFEST)?;
    project.write("src/Cargo.lock", &fill(LOCK).replace("SUM", sum.trim()))?;
    project.write("src/src/main.rs", "fn main() { println!(\"{}\", greeting::HELLO) }\n")?;
    Ok(files)
}

pub fn test(project: &Project) -> Tested {
    let files = write_project(project)?;
    write_program(project, "cargo", "cargo run --locked > /out/said\n")?;
    fetches_nothing_the_third_time(project, &files)?;
    expect_said(project, "hello\n")
}
