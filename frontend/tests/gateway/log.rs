//! The debug log: what it shows, what it does not, and that it is off by itself.

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use gateway_proto::testing::Frontend;
use gateway_proto::{frontend, pb};

use crate::daemon::{Fake, variables};

const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const PROGRAM: &[u8] = b"fs default() { image \"alpine:3\"; run \"echo hush\" }\n";

/// What the program itself writes to standard error, started as BuildKit starts it.
fn logged(given: &[&str]) -> String {
    let source_meta = frontend::ResolveSourceMetaResponse {
        source: Some(pb::SourceOp {
            identifier: "docker-image://docker.io/library/alpine:3".to_owned(),
            ..Default::default()
        }),
        image: Some(frontend::ResolveSourceImageResponse {
            digest: DIGEST.to_owned(),
            config: br#"{"rootfs":{"diff_ids":["sha256:1"]}}"#.to_vec(),
            ..Default::default()
        }),
        ..Default::default()
    };
    let daemon = Fake {
        source_meta: Some(source_meta),
        ..Fake::with_files(&[("local://dockerfile", "build.hlb", PROGRAM)])
    };
    let imports = r#"cache-imports=[{"Type":"gha","Attrs":{"token":"hush"}}]"#;
    let mut command = Command::new(env!("CARGO_BIN_EXE_hlb-frontend"));
    command.env_clear().envs(variables(
        &[&["filename=build.hlb", "platform=linux/amd64", imports], given].concat(),
    ));
    let ended = Frontend::start(command, Arc::new(daemon)).expect("a process");
    let ended = ended.wait(Duration::from_secs(20)).expect("an end");
    assert!(ended.status.success(), "{}", ended.stderr);
    ended.stderr
}

#[test]
fn rounds_questions_and_solves_are_logged_and_secrets_are_not() {
    let log = logged(&["build-arg:HLB_LOG=debug"]);
    for expected in [
        ": solve ops=2 imports=0 evaluate=false\n",
        ": evaluated round=1 pending=true\n",
        ": question: image reference=\"alpine:3\" platform=linux/amd64\n",
        ": evaluated round=2 pending=false\n",
        ": solve ops=3 imports=1 evaluate=false\n",
        ": solved ops=3\n",
    ] {
        assert!(log.contains(expected), "{expected:?} is not in:\n{log}");
    }
    assert!(log.lines().all(|line| line.starts_with("hlb-frontend: ")), "a library logs:\n{log}");
    assert!(!log.contains("hush"), "a secret is logged:\n{log}");
}

#[test]
fn the_log_is_off_by_itself() {
    assert_eq!(logged(&[]), "");
}
