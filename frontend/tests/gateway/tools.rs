//! `--call=hlb.graph` and `--call=hlb.fmt`: what is asked of the image that a file names.

use std::sync::Arc;

use expect_test::{Expect, expect};
use gateway_proto::{frontend, rpc};
use hlb_frontend::subrequest::handle;
use hlb_gateway::options::Options;
use serde_json::{Value, json};

use crate::daemon::{Fake, connect, variables};

async fn asked(program: &[u8], given: &[&str]) -> (Result<frontend::Result, rpc::Status>, usize) {
    let files = [("local://dockerfile", "build.hlb", program)];
    let daemon = Arc::new(Fake::with_files(&files));
    let mut variables = variables(&[&["filename=build.hlb"], given].concat());
    let workers = r#"[{"id":"w","platforms":[{"architecture":"amd64","os":"linux"}]}]"#;
    variables.push(("BUILDKIT_WORKERS".into(), workers.into()));
    let options = Options::parse(variables).expect("valid options");
    let outcome = handle(&connect(&daemon).await, &options).await;
    let solves = daemon.asked.lock().expect("not poisoned").solves.len();
    (outcome, solves)
}

/// The answer as JSON, and as text.
async fn answer(program: &[u8], given: &[&str]) -> (Value, String) {
    let (outcome, solves) = asked(program, given).await;
    assert_eq!(solves, 1, "the build file, and nothing else");
    let result = outcome.expect("an answer");
    assert!(result.result.is_none(), "nothing is built");
    let text = |key: &str| String::from_utf8_lossy(&result.metadata[key]).into_owned();
    assert_eq!(text("version"), "1.0.0");
    (serde_json::from_str(&text("result.json")).expect("JSON"), text("result.txt"))
}

/// A text with numbers in place of the digests, in their order.
fn numbered(text: &str) -> String {
    let mut digests: Vec<&str> = Vec::new();
    for (at, _) in text.match_indices("sha256:") {
        let digest = &text[at..at + 71];
        if !digests.contains(&digest) {
            digests.push(digest);
        }
    }
    digests.iter().zip(1..).fold(text.to_owned(), |text, (digest, number): (_, u32)| {
        text.replace(digest, &format!("v{number}"))
    })
}

fn holds(text: &str, expected: Expect) {
    expected.assert_eq(&numbered(text));
}

const GRAPH: &[u8] = br#"fs base() { scratch; mkdir "/base" 0o755 }
fs tools() {
	cached fs { base; mkdir "/tools" 0o755 } with option { cacheFrom "acme/cache:tools"; isolated; }
}
fs deps() {
	cached fs { tools; run "npm ci" with mount(fs { scratch; mkdir "/own" 0o755 }, "/own"); } with cacheFrom("acme/cache:deps")
}
fs test() { base; run "test" }
fs default() {
	deps
	require test
	copy base "/base" "/base"
}
"#;

#[tokio::test]
async fn a_graph_has_the_sections_as_frames() {
    let (_, dot) = answer(GRAPH, &["requestid=frontend.hlb.graph"]).await;
    holds(
        &dot,
        expect![[r#"
        digraph {
          "v1" [label="[base] mkdir \"/base\" 0o755" shape=note];
          "v2" [label="[default] copy base \"/base\" \"/base\"" shape=note];
          "v3" [label="default" shape=plaintext];
          "v4" [label="[test] run \"test\"" shape=box];
          "v5" [label="check of `default`" shape=plaintext];
          subgraph "cluster_1" {
            label="section deps\nfrom type=registry,ref=acme/cache:deps";
            "v6" [label="[deps 1/2] mkdir \"/own\" 0o755" shape=note];
            "v7" [label="[deps 2/2] run \"npm ci\"" shape=box];
            subgraph "cluster_0" {
              label="isolated section tools\nfrom type=registry,ref=acme/cache:tools";
              "v8" [label="[tools] mkdir \"/tools\" 0o755" shape=note];
            }
          }
          "v1" -> "v8" [label=""];
          "v8" -> "v7" [label=""];
          "v6" -> "v7" [label="/own"];
          "v7" -> "v2" [label=""];
          "v1" -> "v2" [label=""];
          "v2" -> "v3" [label=""];
          "v1" -> "v4" [label=""];
          "v4" -> "v5" [label=""];
        }
    "#]],
    );
}

#[tokio::test]
async fn a_graph_has_the_plan() {
    let (json, _) = answer(GRAPH, &["requestid=frontend.hlb.graph", "cache-from=acme/app"]).await;
    assert_eq!(json["target"], "default");
    let lines = |key: &str| {
        let entries = json[key].as_array().expect("a list").iter();
        entries.map(|entry| format!("{entry}\n")).collect::<String>()
    };
    holds(
        &["vertices", "results", "sections", "steps"].map(lines).join("\n"),
        expect![[r#"
            {"digest":"v1","inputs":[],"kind":"file","locations":[{"file":"build.hlb","lines":[1]},{"file":"build.hlb","lines":[3]},{"file":"build.hlb","lines":[6]},{"file":"build.hlb","lines":[10]}],"name":"[base] mkdir \"/base\" 0o755","op":"mkdir /base"}
            {"digest":"v2","inputs":[{"digest":"v1","output":0}],"kind":"file","locations":[{"file":"build.hlb","lines":[3]},{"file":"build.hlb","lines":[6]},{"file":"build.hlb","lines":[10]}],"name":"[tools] mkdir \"/tools\" 0o755","op":"mkdir /tools","section":0}
            {"digest":"v3","inputs":[],"kind":"file","locations":[{"file":"build.hlb","lines":[6]},{"file":"build.hlb","lines":[10]}],"name":"[deps 1/2] mkdir \"/own\" 0o755","op":"mkdir /own","section":1}
            {"digest":"v4","inputs":[{"digest":"v2","output":0},{"digest":"v3","mount":"/own","output":0}],"kind":"exec","locations":[{"file":"build.hlb","lines":[6]},{"file":"build.hlb","lines":[10]}],"name":"[deps 2/2] run \"npm ci\"","op":"/bin/sh -c npm ci","section":1}
            {"digest":"v5","inputs":[{"digest":"v4","output":0},{"digest":"v1","output":0}],"kind":"file","locations":[{"file":"build.hlb","lines":[12]}],"name":"[default] copy base \"/base\" \"/base\"","op":"copy /base /base"}
            {"digest":"v6","inputs":[{"digest":"v1","output":0}],"kind":"exec","locations":[{"file":"build.hlb","lines":[8]},{"file":"build.hlb","lines":[11]}],"name":"[test] run \"test\"","op":"/bin/sh -c test"}

            {"digest":"v5","name":"default","output":0}
            {"digest":"v6","name":"check of `default`","output":0}

            {"id":0,"imports":["type=registry,ref=acme/cache:tools"],"isolated":true,"location":{"file":"build.hlb","lines":[3]},"name":"tools","output":{"digest":"v2","output":0},"within":1}
            {"id":1,"imports":["type=registry,ref=acme/cache:deps"],"isolated":false,"location":{"file":"build.hlb","lines":[6]},"name":"deps","output":{"digest":"v4","output":0}}

            {"forced":true,"id":0,"imports":["type=registry,ref=acme/cache:tools"],"location":{"file":"build.hlb","lines":[3]},"name":"tools","needs":[],"output":{"digest":"v2","output":0},"purpose":"section"}
            {"forced":true,"id":1,"imports":["type=registry,ref=acme/cache:deps","type=registry,ref=acme/app"],"name":"default","needs":[0],"output":{"digest":"v5","output":0},"purpose":"target"}
            {"forced":true,"id":2,"imports":["type=registry,ref=acme/app"],"location":{"file":"build.hlb","lines":[11]},"name":"check of `default`","needs":[],"output":{"digest":"v6","output":0},"purpose":"check"}
        "#]],
    );
}

#[tokio::test]
async fn a_graph_of_a_target_that_has_errors_is_its_errors() {
    let given = ["requestid=frontend.hlb.graph", "target=defualt"];
    let error = asked(GRAPH, &given).await.0.expect_err("no answer");
    assert!(error.message.contains("error[HLB0310]"), "{}", error.message);
}

const FMT: [&str; 1] = ["requestid=frontend.hlb.fmt"];

#[tokio::test]
async fn a_build_file_is_formatted() {
    let loose = b"import gone from \"./gone.hlb\"\nfs default() {\n  run  \"x\"   # why\n}";
    let (json, text) = answer(loose, &FMT).await;
    let formatted = "import gone from \"./gone.hlb\"\n\nfs default() {\n\trun \"x\" # why\n}\n";
    assert_eq!(text, formatted);
    let expected = json!({ "filename": "build.hlb", "changed": true, "text": formatted });
    assert_eq!(json, expected);
    let (json, text) = answer(formatted.as_bytes(), &FMT).await;
    assert_eq!((text.as_str(), &json["changed"]), (formatted, &json!(false)));
}

#[tokio::test]
async fn a_file_is_not_printed_if_it_has_errors_or_would_steer_a_terminal() {
    let message =
        |outcome: Result<_, rpc::Status>| outcome.map(drop).expect_err("no answer").message;
    let broken = message(asked(b"fs default( {\n", &FMT).await.0);
    assert!(broken.contains("build.hlb:1:11: error[HLB0023]"), "{broken}");
    let controls = message(asked("fs default() { run \"\u{9b}2J\" }\n".as_bytes(), &FMT).await.0);
    assert!(controls.starts_with("build.hlb:1:21: error[HLB0615]"), "{controls}");
}

/// Nothing of an answer steers a terminal, and a graph that is no longer one would be no answer.
#[tokio::test]
async fn control_characters_of_a_program_are_visible() {
    let program = "fs default() { scratch; mkfile \"/\u{1b}[2J\" 0o644 \"\u{9b}1m\u{202e}\" }\n";
    let (json, dot) = answer(program.as_bytes(), &["requestid=frontend.hlb.graph"]).await;
    let steers = |it: char| (it.is_control() && it != '\n') || it == '\u{202e}';
    assert!(!dot.contains(steers), "{dot:?}");
    let op = json["vertices"][0]["op"].as_str().expect("text");
    assert_eq!(op, "mkfile /␛[2J");
}
