//! Subrequests: the documents that clients print.

use std::sync::Arc;

use gateway_proto::{frontend, rpc};
use hlb_eval::registry;
use hlb_frontend::subrequest::handle;
use serde_json::{Value, json};

use crate::daemon::{Fake, connect, options};

const PROGRAM: &str = r#"# syntax=x/hlb-frontend
# Builds the app
# for one version.
#
# It takes a while.
# @param version  what is built
# @param jobs     how many at once
fs default(string version, int jobs = 4, string full = "v${version}-${jobs}") {
	scratch
	run full with option {
		secret "npmrc" "/root/.npmrc"
		ssh
		mount scratch "/c" with cache("deps", "shared")
	}
}

# Only the tools.
fs tools() { scratch }
fs _from(fs base) { base }
# All of it.
pipeline ci() { stage tools }
string name() { "x" }
"#;

async fn asked(
    program: &'static str,
    given: &[&str],
) -> (Result<frontend::Result, rpc::Status>, Arc<Fake>) {
    let files = [("local://dockerfile", "build.hlb", program.as_bytes())];
    let daemon = Arc::new(Fake::with_files(&files));
    let given = [&["filename=build.hlb"], given].concat();
    let outcome = handle(&connect(&daemon).await, &options(&given)).await;
    (outcome, daemon)
}

/// The answer as JSON, and as text.
async fn answer(program: &'static str, given: &[&str]) -> (Value, String) {
    let result = asked(program, given).await.0.expect("an answer");
    let text = |key: &str| {
        let value = result.metadata.get(key).cloned().unwrap_or_default();
        String::from_utf8(value).expect("is text")
    };
    assert!(result.result.is_none(), "nothing is built");
    assert_eq!(text("version"), "1.0.0");
    (serde_json::from_str(&text("result.json")).expect("is JSON"), text("result.txt"))
}

fn at(line: u32, start: u32, end: u32) -> Value {
    json!({
        "sourceIndex": 0,
        "ranges": [{ "start": { "line": line, "character": start }, "end": { "line": line, "character": end } }],
    })
}

#[tokio::test]
async fn an_outline_has_the_parameters_and_what_the_steps_take() {
    let given = ["requestid=frontend.outline", "build-arg:version=1.2"];
    let (json, text) = answer(PROGRAM, &given).await;
    assert_eq!(json["name"], "default");
    assert_eq!(json["description"], "Builds the app for one version.");
    let args = json!([
        { "name": "version", "value": "1.2", "description": "what is built", "location": at(8, 11, 25) },
        { "name": "jobs", "value": "4", "description": "how many at once", "location": at(8, 27, 39) },
        { "name": "full", "value": "v1.2-4", "location": at(8, 41, 76) },
    ]);
    assert_eq!(json["args"], args);
    assert_eq!(json["secrets"], json!([{ "name": "npmrc", "required": true }]));
    assert_eq!(json["ssh"], json!([{ "name": "default", "required": true }]));
    assert_eq!(json["cache"].as_array().map(Vec::len), Some(1));
    assert_eq!(json["sources"].as_array().map(Vec::len), Some(1));
    let expected = "\
TARGET:      default
DESCRIPTION: Builds the app for one version.

BUILD ARG   VALUE    DESCRIPTION
version     1.2      what is built
jobs        4        how many at once
full        v1.2-4

SECRET   REQUIRED
npmrc    true

SSH       REQUIRED
default   true
";
    assert_eq!(text, expected);
}

#[tokio::test]
async fn an_outline_without_what_must_be_given_has_the_parameters() {
    let (json, _) = answer(PROGRAM, &["requestid=frontend.outline"]).await;
    assert_eq!(json["args"][0].get("value"), None);
    assert_eq!(json["args"][1]["value"], "4");
    assert_eq!(json.get("secrets"), None);
    let (json, _) = answer(PROGRAM, &["requestid=frontend.outline", "target=tools"]).await;
    assert_eq!((&json["name"], &json["description"]), (&json!("tools"), &json!("Only the tools.")));
    assert_eq!(json.get("args"), None);
    let (wrong, _) = asked(PROGRAM, &["requestid=frontend.outline", "target=tool"]).await;
    assert!(wrong.expect_err("no answer").message.contains("target `tool` is not declared"));
}

#[tokio::test]
async fn targets_are_what_a_client_can_build() {
    let (json, text) = answer(PROGRAM, &["requestid=frontend.targets"]).await;
    let names: Vec<_> =
        json["targets"].as_array().expect("a list").iter().map(|it| &it["name"]).collect();
    assert_eq!(names, ["default", "tools", "ci"]);
    assert_eq!(json["targets"][0]["default"], true);
    assert_eq!(json["targets"][1]["location"], at(18, 3, 8));
    let expected = "\
TARGET              DESCRIPTION
default (default)   Builds the app for one version.
tools               Only the tools.
ci                  All of it.
";
    assert_eq!(text, expected);
}

#[tokio::test]
async fn a_lint_tells_warnings_or_errors() {
    let lint = ["requestid=frontend.lint"];
    let (json, text) = answer("fs default(string tag) { scratch }\n", &lint).await;
    let line = "build.hlb:1:19: warning[HLB0511]: parameter `tag` of `default` is never used";
    let warning = &json["warnings"][0];
    assert_eq!(
        (&warning["ruleName"], &warning["description"]),
        (&json!("unused-parameter"), &json!("HLB0511"))
    );
    assert!(warning["detail"].as_str().is_some_and(|it| it.starts_with(line)), "{warning}");
    assert_eq!(warning["location"], at(1, 18, 21));
    assert_eq!(json["sources"][0]["filename"], "build.hlb");
    assert_eq!(json.get("buildError"), None);
    assert!(text.starts_with(line), "{text}");

    let (json, _) = answer("fs default() { scrath; nope }\n", &lint).await;
    let message = json["buildError"]["message"].as_str().expect("an error");
    assert_eq!(message.lines().count(), 2, "{message}");
    assert_eq!(json["buildError"]["location"], at(1, 15, 21));

    let result = asked("fs default() { scratch }\n", &lint).await.0.expect("an answer");
    assert_eq!(result.metadata["result.statuscode"], b"0");
    let result = asked("fs default() { scrath }\n", &lint).await.0.expect("an answer");
    assert_eq!(result.metadata["result.statuscode"], b"1");
}

#[tokio::test]
async fn what_there_is_describes_itself_and_all_else_is_refused() {
    let (json, text) = answer("", &["requestid=frontend.subrequests.describe"]).await;
    let names: Vec<_> = json.as_array().expect("a list").iter().map(|it| &it["name"]).collect();
    assert_eq!(
        names,
        [
            "frontend.outline",
            "frontend.targets",
            "frontend.lint",
            "frontend.hlb.graph",
            "frontend.hlb.cache",
            "frontend.hlb.fmt",
            "frontend.hlb.builtins",
            "frontend.subrequests.describe"
        ]
    );
    assert_eq!(text.lines().count(), 9);
    let (refused, daemon) = asked(PROGRAM, &["requestid=frontend.nope"]).await;
    assert_eq!(refused.expect_err("no answer").message, "unsupported request frontend.nope");
    assert!(daemon.asked.lock().expect("not poisoned").solves.is_empty());
}

/// Nothing is asked of the client: an outline is what any client can give.
#[tokio::test]
async fn an_outline_has_what_a_step_can_do_without() {
    let program = r#"fs default() {
	http "https://h.example/f" with authSecret("download")
	run "x" with option {
		secret "token" with option { env "TOKEN"; optional; }
		ssh with optional
	}
}
"#;
    let (json, _) = answer(program, &["requestid=frontend.outline"]).await;
    let secrets = json!([
        { "name": "download", "required": true },
        { "name": "token", "required": false },
    ]);
    assert_eq!(json["secrets"], secrets);
    assert_eq!(json["ssh"], json!([{ "name": "default", "required": false }]));
}

/// Nothing is read, so it works where there is no program yet.
#[tokio::test]
async fn the_builtins_are_those_that_the_image_has() {
    let (json, text) = answer("not HLB", &["requestid=frontend.hlb.builtins"]).await;
    let builtins = json["builtins"].as_array().expect("a list");
    assert_eq!(builtins.len(), registry().builtins.iter().count());
    let required = builtins.iter().find(|it| it["name"] == "requiredPaths").expect("an option");
    assert_eq!(required["kind"], "option::copy");
    assert_eq!(required["params"][0]["takes"], "any");
    let needs =
        json!({ "capability": "file.copy.requiredpaths", "since": "0.26", "when": Value::Null });
    assert_eq!(required["needs"], needs);
    assert!(text.contains("\nfs run(variadic string arg)\n    Runs a command"), "{text}");
    assert!(
        text.contains("\n    option::run dir(string path)\n        Sets the working"),
        "{text}"
    );

    let (_, text) = answer("", &["requestid=frontend.hlb.builtins", "target=dir"]).await;
    let signatures: Vec<&str> = text.lines().filter(|line| !line.starts_with(' ')).collect();
    assert_eq!(signatures, ["fs dir(string path)", "", "option::run dir(string path)"]);
    let (refused, _) = asked("", &["requestid=frontend.hlb.builtins", "target=rnu"]).await;
    let message = refused.expect_err("no answer").message;
    assert!(message.contains("no builtin is called `rnu`"), "{message}");
    assert!(message.contains("did you mean `run`?"), "{message}");
}
