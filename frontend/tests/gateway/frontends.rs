//! Filesystems that other frontends make.

use std::collections::BTreeMap;
use std::sync::Arc;

use gateway_proto::frontend::SolveRequest;
use gateway_proto::rpc;
use hlb_frontend::solve::build;
use llb::{Detail, Metadata, Platform, marshal, summary};

use crate::daemon::{Fake, connect, options};

/// A daemon whose other frontends give an image with a variable, and the solves of a program but for its file.
async fn solves(program: &str, given: &[&str]) -> Result<Vec<SolveRequest>, rpc::Status> {
    let source = llb::Image {
        reference: "docker.io/library/made:latest".to_owned(),
        ..llb::Image::default()
    };
    let platform = Platform::parse("linux/amd64", &Platform::default()).expect("valid");
    let definition = marshal(&llb::image(&source, &platform, Metadata::default()));
    let mut daemon = Fake {
        frontend: Some((definition, r#"{"config":{"Env":["A=b"],"WorkingDir":"/srv"}}"#)),
        ..Fake::default()
    };
    let name = given.iter().find_map(|it| it.strip_prefix("filename=")).unwrap_or("build.hlb");
    daemon.files.insert(("local://dockerfile", name.to_owned().leak()), program.into());
    let daemon = Arc::new(daemon);
    let outcome = build(&connect(&daemon).await, &options(given)).await;
    let solves = daemon.asked.lock().expect("not poisoned").solves.split_off(1);
    outcome.map(|_| solves)
}

fn imports(solve: &SolveRequest) -> Vec<&str> {
    solve.cache_imports.iter().map(|import| import.attrs["ref"].as_str()).collect()
}

fn shown(solve: &SolveRequest) -> String {
    summary(&solve.definition.clone().unwrap_or_default(), Detail::default())
}

const DOCKERFILE: &str = r#"
fs default() {
	cached fs {
		dockerfile "deps" with option { file "ci/Dockerfile"; buildArg "V" "1" }
	} with cacheFrom("a/deps")
	run "x"
}
"#;

#[tokio::test]
async fn a_stage_of_a_dockerfile_is_part_of_the_definition() {
    let given = [
        "filename=build.hlb",
        "source=hlb",
        "build-arg:BUILDKIT_SYNTAX=hlb",
        "build-arg:x=y",
        "add-hosts=h=127.0.0.1",
        "cache-from=client",
        "label:a=b",
        "platform=linux/amd64",
    ];
    let solves = solves(DOCKERFILE, &given).await.expect("a build");
    let [nested, result] = &solves[..] else { panic!("{solves:?}") };
    assert_eq!(nested.frontend, "dockerfile.v0");
    let sent: BTreeMap<_, _> =
        nested.frontend_opt.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    let expected = [
        ("HLB_NESTED", "1"),
        ("add-hosts", "h=127.0.0.1"),
        ("build-arg:V", "1"),
        ("cache-imports", r#"[{"Attrs":{"ref":"client"},"Type":"registry"}]"#),
        ("filename", "ci/Dockerfile"),
        ("platform", "linux/amd64"),
        ("target", "deps"),
    ];
    assert_eq!(sent, BTreeMap::from(expected));
    assert!(
        nested.frontend_inputs.is_empty() && nested.cache_imports.is_empty() && !nested.evaluate
    );
    assert_eq!(imports(result), ["a/deps", "client"]);
    let expected = "v1 source docker-image://docker.io/library/made:latest (linux/amd64)
v2 exec [\"/bin/sh\", \"-c\", \"x\"] (linux/amd64)
    cwd /srv
";
    let shown = shown(result);
    assert!(shown.starts_with(expected) && shown.contains("\n    env A=b\n"), "{shown}");
}

const INPUTS: &str = r#"
fs source() { cached fs { scratch; mkfile "/Dockerfile" 0o644 "FROM scratch" } with cacheFrom("a/source") }
fs isolated_() { cached fs { scratch; mkfile "/i" 0o644 "" } with option { cacheFrom "a/isolated"; isolated; } }
fs default() {
	scratch
	copy fs { dockerfile with context(source) } "/" "/a"
	copy fs {
		frontend "acme/frontend" with option { input "in" fs { copy isolated_ "/i" "/i" }; opt "k" "v" }
	} "/" "/b"
}
"#;

#[tokio::test]
async fn inputs_bring_their_caches() {
    let solves = solves(
        INPUTS,
        &["filename=build.hlb", "dockerfilekey=dockerfile", "context=https://h/a.git"],
    )
    .await;
    let solves = solves.expect("a build");
    let nested: Vec<_> = solves.iter().filter(|it| !it.frontend.is_empty()).collect();
    let of = |frontend: &str| {
        let found = nested.iter().find(|it| it.frontend == frontend).expect("asked for");
        let mut inputs: Vec<_> = found.frontend_inputs.keys().map(String::as_str).collect();
        inputs.sort_unstable();
        (inputs.join(" "), found.frontend_opt.clone())
    };
    let (inputs, options) = of("dockerfile.v0");
    assert_eq!(inputs, "context dockerfile");
    assert!(!options.contains_key("context") && options["filename"] == "Dockerfile", "{options:?}");
    assert!(options["cache-imports"].contains("a/source"), "{options:?}");
    let (inputs, options) = of("gateway.v0");
    assert_eq!((inputs.as_str(), options["k"].as_str()), ("in", "v"));
    assert_eq!(options["source"], "docker.io/acme/frontend:latest");
    // An isolated section is solved on its own, before the frontend sees what it makes.
    let isolated: Vec<_> = solves.iter().filter(|it| it.evaluate).map(imports).collect();
    assert_eq!(isolated, [["a/isolated"]]);
}

#[tokio::test]
async fn programs_do_not_ask_for_themselves_without_end() {
    let program = "fs default() { dockerfile; }";
    let refused = solves(program, &["filename=Dockerfile"]).await.expect_err("no build");
    assert!(refused.message.contains("HLB0347"), "{}", refused.message);
    let given = ["filename=build.hlb", "HLB_NESTED=8"];
    let refused = solves(program, &given).await.expect_err("no build");
    assert!(refused.message.contains("HLB0347"), "{}", refused.message);
    assert!(solves(program, &["filename=build.hlb", "HLB_NESTED=7"]).await.is_ok());
}

#[tokio::test]
async fn an_empty_input_is_an_error() {
    let program = "fs default() { dockerfile with context(scratch); }";
    let refused = solves(program, &["filename=build.hlb"]).await.expect_err("no build");
    assert!(refused.message.contains("HLB0301"), "{}", refused.message);
}
