//! Bills of materials: which scanner runs over what, and what is returned of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use gateway_proto::{frontend, pb};
use hlb_frontend::solve::build;
use hlb_gateway::options::Options;
use prost::Message as _;

use crate::daemon::{Fake, connect, image, variables};

const PROGRAM: &[u8] = br#"
fs deps() { scratch; mkfile "/deps" 0o644 "1"; }
fs tools() { scratch; mkfile "/tools" 0o644 "1"; }
fs unused() { scratch; mkfile "/unused" 0o644 "1"; }
fs both() { tools; copy deps "/" "/"; }
fs default() {
	scratch
	copy both "/tools" "/tools"
	copy local("src") "/" "/"
}
fs empty() { scratch }
"#;

const SCANNER: &str = r#"{"os":"linux","architecture":"amd64","config":{
    "Env":["PATH=/bin","BUILDKIT_SCAN_SOURCE=/none"],"Entrypoint":["/scan"],"Cmd":["-v"],"WorkingDir":"/w"}}"#;

struct Built {
    result: frontend::Result,
    /// The scans, with the names of all of their steps.
    scans: Vec<(pb::ExecOp, bool, String)>,
}

async fn built(daemon: Fake, given: &[&str]) -> Built {
    let daemon = Arc::new(daemon);
    let workers = r#"[{"id":"w","platforms":[{"architecture":"amd64","os":"linux"}]}]"#;
    let mut variables = variables(&[&["filename=build.hlb"], given].concat());
    variables.push(("BUILDKIT_WORKERS".into(), workers.into()));
    let options = Options::parse(variables).expect("valid options");
    let result = build(&connect(&daemon).await, &options).await.expect("a build");
    let asked = daemon.asked.lock().expect("no one holds it");
    let definitions = asked.solves.iter().filter_map(|it| it.definition.as_ref());
    Built { result, scans: definitions.filter_map(scan).collect() }
}

fn daemon() -> Fake {
    let meta = image("docker-image://r.example/scan:1", SCANNER);
    let files = [("local://dockerfile", "build.hlb", PROGRAM)];
    Fake { source_meta: Some(meta), ..Fake::with_files(&files) }
}

/// The command of a definition that has one, whether its cache is ignored, and its name in progress.
fn scan(definition: &pb::Definition) -> Option<(pb::ExecOp, bool, String)> {
    definition.def.iter().find_map(|bytes| {
        let op = pb::Op::decode(bytes.as_slice()).ok()?;
        let Some(pb::op::Op::Exec(exec)) = op.op else { return None };
        let named = definition.metadata.values();
        let metadata = named.into_iter().find(|it| it.caps.contains_key("exec.meta.base"))?;
        let name = metadata.description.get("llb.customname").cloned().unwrap_or_default();
        Some((exec, metadata.ignore_cache, name))
    })
}

/// Where a scan has what mounted, and whether it may write there.
fn mounts(exec: &pb::ExecOp) -> BTreeMap<&str, bool> {
    exec.mounts.iter().map(|mount| (mount.dest.as_str(), mount.readonly)).collect()
}

const SBOM: &str = "attest:sbom=generator=r.example/scan:1,DEPTH=2";

#[tokio::test]
async fn a_scanner_runs_over_the_result() {
    let Built { result, scans } = built(daemon(), &[SBOM, "platform=linux/arm64"]).await;
    let (exec, ignores_cache, name) = &scans[0];
    let meta = exec.meta.as_ref().expect("a command");
    assert_eq!((meta.args.join(" ").as_str(), meta.cwd.as_str()), ("/scan -v", "/w"));
    assert_eq!(
        meta.env,
        [
            "PATH=/bin",
            "BUILDKIT_SCAN_DESTINATION=/run/out/",
            "BUILDKIT_SCAN_SOURCE=/run/src/core/sbom",
            "BUILDKIT_SCAN_DEPTH=2"
        ]
    );
    let expected =
        [("/", false), ("/run/out/", false), ("/run/src/core/sbom", true), ("/tmp", false)];
    assert_eq!(mounts(exec), BTreeMap::from(expected));
    assert!(
        name.starts_with("[linux/arm64] generating sbom using r.example/scan:1@sha256:"),
        "{name}"
    );
    assert!(!ignores_cache);
    let attestation = &result.attestations["linux/arm64"].attestation[0];
    assert_eq!(attestation.kind(), frontend::AttestationKind::Bundle);
    assert_eq!(attestation.in_toto_predicate_type, "https://spdx.dev/Document");
    assert_eq!(attestation.metadata["reason"], b"sbom");
    assert_eq!(attestation.metadata["sbom-core"], b"sbom");
    assert!(attestation.r#ref.as_ref().is_some_and(|it| !it.id.is_empty()));
}

#[tokio::test]
async fn each_platform_has_its_own() {
    let given = [SBOM, "platform=linux/arm64,linux/amd64", "no-cache="];
    let Built { result, scans } = built(daemon(), &given).await;
    let mut ids: Vec<_> = result.attestations.keys().map(String::as_str).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["linux/amd64", "linux/arm64"]);
    assert!(scans.len() == 2 && scans.iter().all(|(_, ignores_cache, _)| *ignores_cache));
}

/// Only what the result takes of them, by the functions whose own steps that are.
#[tokio::test]
async fn more_than_the_result_is_scanned_if_somebody_says_so() {
    let stage = "build-arg:BUILDKIT_SBOM_SCAN_STAGE";
    let context = "build-arg:BUILDKIT_SBOM_SCAN_CONTEXT";
    for (given, expected) in [
        (vec![format!("{stage}=true")], vec!["both", "deps", "tools"]),
        (vec![format!("{stage}=deps,unused,default")], vec!["deps"]),
        (vec![format!("{stage}=0")], vec![]),
        (vec![format!("{context}=1")], vec!["context"]),
        (vec![format!("{context}=default"), format!("{stage}=tools")], vec!["context", "tools"]),
        (vec![format!("{context}=other")], vec![]),
    ] {
        let options: Vec<&str> = given.iter().map(String::as_str).chain([SBOM]).collect();
        let Built { scans, .. } = built(daemon(), &options).await;
        let mounts = mounts(&scans[0].0);
        let extra = |(dest, readonly): (&str, bool)| {
            assert!(readonly || !dest.contains("/src/"), "{dest}");
            dest.strip_prefix("/run/src/extras/sbom-").map(str::to_owned)
        };
        let extras: Vec<_> = mounts.into_iter().filter_map(extra).collect();
        assert_eq!(extras, expected, "{given:?}");
        let told = "BUILDKIT_SCAN_SOURCE_EXTRAS=/run/src/extras".to_owned();
        let env = &scans[0].0.meta.as_ref().expect("a command").env;
        assert_eq!(env.contains(&told), !expected.is_empty());
    }
}

#[tokio::test]
async fn a_program_may_say_so_itself() {
    let program = br#"
fs deps() { scratch; mkfile "/deps" 0o644 "1"; }
fs default(bool BUILDKIT_SBOM_SCAN_STAGE = true) { scratch; copy deps "/" "/"; }
"#;
    let daemon = || Fake {
        source_meta: daemon().source_meta,
        ..Fake::with_files(&[("local://dockerfile", "build.hlb", program)])
    };
    let count = async |given: &[&str]| {
        let Built { scans, .. } = built(daemon(), given).await;
        mounts(&scans[0].0).keys().filter(|it| it.starts_with("/run/src/extras/")).count()
    };
    assert_eq!(count(&[SBOM]).await, 1);
    assert_eq!(count(&[SBOM, "build-arg:BUILDKIT_SBOM_SCAN_STAGE=false"]).await, 0);
}

#[tokio::test]
async fn there_are_results_without_one() {
    let old = Fake { release: Some("0.10"), ..daemon() };
    for (daemon, given) in [
        (daemon(), vec![]),
        (daemon(), vec!["attest:provenance=mode=max"]),
        (daemon(), vec![SBOM, "target=empty"]),
        (old, vec![SBOM]),
    ] {
        let Built { result, scans } = built(daemon, &given).await;
        assert!(result.attestations.is_empty() && scans.is_empty(), "{given:?}");
    }
}
