//! `--check`: what is wrong with a program and its target, without building them.

use std::sync::Arc;

use gateway_proto::{frontend, pb};
use hlb_frontend::subrequest::handle;
use hlb_gateway::options::Options;
use serde_json::Value;

use crate::daemon::{Fake, connect, variables};

struct Found {
    /// The lines of the errors, then those of the warnings.
    lines: Vec<String>,
    status: String,
    /// How many solves there were besides the one of the build file.
    solves: usize,
}

/// What is found by a daemon of amd64 on which every image is one for arm64 with a trigger.
async fn found(program: &str, given: &[&str]) -> Found {
    let config = r#"{"os":"linux","architecture":"arm64","config":{"OnBuild":["RUN x"]}}"#;
    let source =
        pb::SourceOp { identifier: "docker-image://base:1".to_owned(), ..pb::SourceOp::default() };
    let image = frontend::ResolveSourceImageResponse {
        digest: format!("sha256:{}", "0".repeat(64)),
        config: config.as_bytes().to_vec(),
        ..Default::default()
    };
    let (source, image) = (Some(source), Some(image));
    let meta = frontend::ResolveSourceMetaResponse { source, image, ..Default::default() };
    let files = [("local://dockerfile", "build.hlb", program.as_bytes())];
    let daemon = Arc::new(Fake { source_meta: Some(meta), ..Fake::with_files(&files) });
    let fixed = ["filename=build.hlb", "requestid=frontend.lint"];
    let mut variables = variables(&[&fixed, given].concat());
    let workers = r#"[{"id":"w","platforms":[{"architecture":"amd64","os":"linux"}]}]"#;
    variables.push(("BUILDKIT_WORKERS".into(), workers.into()));
    let options = Options::parse(variables).expect("valid options");
    let result = handle(&connect(&daemon).await, &options).await.expect("an answer");
    let text = |key: &str| String::from_utf8_lossy(&result.metadata[key]).into_owned();
    let json: Value = serde_json::from_str(&text("result.json")).expect("JSON");
    let errors = json["buildError"]["message"].as_str().unwrap_or_default().lines();
    let warnings = json["warnings"].as_array().expect("a list").iter();
    let warnings = warnings.filter_map(|it| it["detail"].as_str());
    let solves = daemon.asked.lock().expect("not poisoned").solves.len() - 1;
    let lines = errors.chain(warnings).map(str::to_owned).collect();
    Found { lines, status: text("result.statuscode"), solves }
}

/// The codes alone.
async fn codes(program: &str, given: &[&str]) -> Vec<String> {
    let found = found(program, given).await;
    let code = |line: &String| Some(line.split_once('[')?.1.split_once(']')?.0.to_owned());
    found.lines.iter().filter_map(code).collect()
}

const VALUES: &str = r#"# hlb: allow-file(base-triggers)
fs default(string tag = "1") {
	image "base:${tag}"
	mkfile "/v" 0o644 fileContent(fs { image "base:1"; run "y" }, "/v")
	copy fs { scratch; dir localEnv("DIR") } "/" "/"
	copy fs { scratch; dir "~/${tag}" } "/" "/"
}
fs other(string unused = "") { dir localEnv("DIR") }
"#;

#[tokio::test]
async fn values_are_looked_at_as_far_as_nothing_is_built() {
    let Found { lines, status, solves } = found(VALUES, &["build-arg:DIR=$HOME"]).await;
    let expected = [
        "build.hlb:5:25: error[HLB0301]: parameter `path` of `dir`: nothing expands `$HOME`",
        "build.hlb:6:25: error[HLB0301]: parameter `path` of `dir`: nothing expands `~`",
        "build.hlb:3:8: warning[HLB0561]: image `base:1` is for linux/arm64",
        "build.hlb:8:17: warning[HLB0511]: parameter `unused` of `other` is never used",
    ];
    for line in expected {
        assert!(lines.iter().any(|it| it.starts_with(line)), "{line}\n{lines:#?}");
    }
    assert_eq!((status.as_str(), solves), ("1", 0), "{lines:#?}");
}

const RIGHT_AND_WRONG: &str = r#"# hlb: allow-file(base-triggers)
fs default() {
	image "base:1"
	copy fs { scratch; dir localEnv("DIR") } "/" "/"
}
"#;

#[tokio::test]
async fn warnings_about_values_stand_beside_errors() {
    let found = codes(RIGHT_AND_WRONG, &["build-arg:DIR=$HOME"]).await;
    assert_eq!(found, ["HLB0301", "HLB0561"]);
}

#[tokio::test]
async fn images_are_asked_for() {
    let program = "fs default() { image \"base:1\" }\n";
    assert_eq!(codes(program, &[]).await, ["HLB0561", "HLB0562"]);
    let skip = ["build-arg:HLB_CHECK=skip=HLB0561;error=true"];
    let Found { lines, status, .. } = found(program, &skip).await;
    assert_eq!((lines.len(), status.as_str()), (1, "1"));
    assert!(lines[0].contains("warning[HLB0562]"), "{lines:?}");
    let none = found(program, &["build-arg:HLB_CHECK=skip=all"]).await;
    assert_eq!((none.lines.len(), none.status.as_str()), (0, "0"));
}

#[tokio::test]
async fn what_is_asked_for_decides_which_target_it_is() {
    let program = "fs a() { dir localEnv(\"DIR\") }\nfs b(string x) { dir x }\n";
    let given = "build-arg:DIR=~";
    assert!(codes(program, &[given]).await.is_empty(), "no default: only for imports");
    assert_eq!(codes(program, &[given, "target=a"]).await, ["HLB0301"]);
    assert_eq!(codes(program, &[given, "target=c"]).await, ["HLB0310"]);
    assert!(codes(program, &["target=b"]).await.is_empty(), "the argument is not known");
    assert_eq!(codes(program, &["target=b", "build-arg:x=~"]).await, ["HLB0301"]);
    assert_eq!(codes(program, &["target=b", "build-arg:y=~"]).await, ["HLB0565"]);
}
