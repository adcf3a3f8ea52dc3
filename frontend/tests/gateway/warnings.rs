//! Which warnings a client wants, and as what.

use std::sync::Arc;

use gateway_proto::frontend::WarnRequest;
use gateway_proto::rpc;
use hlb_frontend::solve::build;

use crate::daemon::{Fake, connect, options};

const PROGRAM: &[u8] = b"fs default(string tag = \"\") {
	scratch
	mkfile \"/f\" 0o644 localEnv(\"TEXT\")
}
fs other(string unused = \"\") { mkdir \"/d\" 755 }
";

struct Built {
    outcome: Result<(), rpc::Status>,
    warnings: Vec<String>,
    /// How many solves there were besides the one of the build file.
    solves: usize,
}

async fn built(program: &[u8], given: &[&str]) -> Built {
    let files = [("local://dockerfile", "build.hlb", program)];
    let daemon = Arc::new(Fake::with_files(&files));
    let given = [&["filename=build.hlb"], given].concat();
    let outcome = build(&connect(&daemon).await, &options(&given)).await.map(drop);
    let asked = daemon.asked.lock().expect("not poisoned");
    let text = |it: &WarnRequest| String::from_utf8_lossy(&it.short).into_owned();
    Built {
        outcome,
        warnings: asked.warnings.iter().map(text).collect(),
        solves: asked.solves.len() - 1,
    }
}

#[tokio::test]
async fn warnings_are_errors_if_the_client_says_so() {
    let given = ["build-arg:HLB_CHECK=error=true", "build-arg:txt=x"];
    let Built { outcome, warnings, solves } = built(PROGRAM, &given).await;
    let message = outcome.expect_err("no build").message;
    let expected = "\
4 errors in build.hlb
error[HLB0565]: the program does not use build argument `txt` (the program takes `TEXT`, `tag`, `unused`)
build.hlb:1:19: error[HLB0511]: parameter `tag` of `default` is never used (remove it, or put an underscore before it)
build.hlb:5:17: error[HLB0511]: parameter `unused` of `other` is never used (remove it, or put an underscore before it)
build.hlb:5:43: error[HLB0553]: mode `755` is a decimal number: its permission bits are 0o1363 (write `0o755`)";
    assert_eq!(message, expected);
    assert!(warnings.is_empty(), "{warnings:?}");
    assert_eq!(solves, 0, "nothing is built");
    let built = built(PROGRAM, &["HLB_CHECK=error=true", "build-arg:HLB_CHECK=error=0"]).await;
    assert!(built.outcome.is_ok() && built.warnings.len() == 3, "{:?}", built.warnings);
}

#[tokio::test]
async fn errors_of_values_are_reported_with_them() {
    let program = b"fs default(string tag) { run \"x\" with dir(localEnv(\"DIR\")) }\n";
    let given = ["build-arg:HLB_CHECK=error=true", "build-arg:tag=x", "build-arg:DIR=~/x"];
    let message = built(program, &given).await.outcome.expect_err("no build").message;
    let codes: Vec<_> = message.split('[').skip(1).filter_map(|it| it.split(']').next()).collect();
    assert_eq!(codes, ["HLB0511", "HLB0517", "HLB0301"], "{message}");
}

#[tokio::test]
async fn warnings_are_left_out_if_the_client_says_so() {
    let given = ["build-arg:HLB_CHECK=skip=unused-parameter, HLB0553;error=true"];
    let built_with_skip = built(PROGRAM, &given).await;
    assert!(built_with_skip.outcome.is_ok() && built_with_skip.warnings.is_empty());
    let given = ["build-arg:HLB_CHECK=skip=unused-paramter"];
    let Built { warnings, .. } = built(PROGRAM, &given).await;
    assert_eq!(warnings.len(), 4);
    assert_eq!(warnings[0], "HLB0590: there is no lint `unused-paramter`");
}
