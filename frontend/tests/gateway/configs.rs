//! What a build makes of the config of its base image.

use std::sync::Arc;

use gateway_proto::{frontend, pb, rpc};
use hlb_frontend::solve::build;
use hlb_gateway::options::Options;
use prost::Message as _;
use serde_json::Value;

use crate::daemon::{Fake, connect, variables};

const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

const PROGRAM: &str = "fs default() { image \"base:1\"; label \"k\" \"v\" }";

/// What a daemon has whose image `base:1` has a config.
fn daemon(config: &str) -> Arc<Fake> {
    Arc::new(daemon_of(config, PROGRAM))
}

fn daemon_of(config: &str, program: &str) -> Fake {
    let source =
        pb::SourceOp { identifier: "docker-image://base:1".to_owned(), ..pb::SourceOp::default() };
    let image = frontend::ResolveSourceImageResponse {
        digest: DIGEST.to_owned(),
        config: config.as_bytes().to_vec(),
        ..Default::default()
    };
    let meta = frontend::ResolveSourceMetaResponse {
        source: Some(source),
        image: Some(image),
        ..Default::default()
    };
    let files = [("local://dockerfile", "build.hlb", program.as_bytes())];
    Fake { source_meta: Some(meta), ..Fake::with_files(&files) }
}

async fn built(config: &str, more: &[&str]) -> Result<frontend::Result, rpc::Status> {
    built_by(&daemon(config), more).await
}

async fn built_by(daemon: &Arc<Fake>, more: &[&str]) -> Result<frontend::Result, rpc::Status> {
    let workers = r#"[{"id":"w","platforms":[{"architecture":"amd64","os":"linux"}]}]"#;
    let mut variables = variables(&[&["filename=build.hlb"], more].concat());
    variables.push(("BUILDKIT_WORKERS".into(), workers.into()));
    let options = Options::parse(variables).expect("valid options");
    build(&connect(daemon).await, &options).await
}

fn json(result: &frontend::Result, key: &str) -> Value {
    serde_json::from_slice(&result.metadata[key]).expect("JSON")
}

#[tokio::test]
async fn the_base_is_returned_as_it_came_and_its_age_is_not_inherited() {
    let base = r#"{"created":"2020-01-01T00:00:00Z","os":"linux","architecture":"amd64","moby.buildkit.cache.v0":"x",
        "rootfs":{"type":"layers","diff_ids":["sha256:1"]},"history":[{"created":"2020-01-01T00:00:00.5Z","created_by":"x"}]}"#;
    let result = built(base, &[]).await.expect("a build");
    assert_eq!(result.metadata["containerimage.base.config"], base.as_bytes());
    let config = json(&result, "containerimage.config");
    assert_eq!(config["created"], Value::Null);
    assert_eq!(config.get("created"), None);
    assert_eq!(config.get("moby.buildkit.cache.v0"), None);
    assert_eq!(config["rootfs"]["diff_ids"][0], "sha256:1");
    assert_eq!(config["history"][0], json(&result, "containerimage.base.config")["history"][0]);
    assert_eq!(config["history"][1]["created_by"], "LABEL k=v");
}

/// Exporters then make the base's manifest, and the config that it names.
#[tokio::test]
async fn a_base_to_which_nothing_is_done_is_returned_as_it_came() {
    let base = r#"{"created":"2020-01-01T00:00:00Z","os":"linux","architecture":"arm64","variant":"v8","container":"x",
        "rootfs":{"type":"layers","diff_ids":["sha256:1"]},"history":[{"created_by":"x"}]}"#;
    let same =
        |result: &frontend::Result| result.metadata["containerimage.config"] == base.as_bytes();
    let plain = "fs default() { image \"base:1\" }";
    for (program, given, is_same) in [
        (plain, &[][..], true),
        (plain, &["build-arg:SOURCE_DATE_EPOCH=1"], true),
        (plain, &["platform=linux/arm64"], true),
        (plain, &["platform=linux/amd64"], false),
        (plain, &["label:a=b"], false),
        ("fs default() { image \"base:1\"; dir \"/\" }", &[], false),
        ("fs default() { image \"base:1\"; rm \"/x\" }", &[], false),
    ] {
        let daemon = Arc::new(daemon_of(base, program));
        let result = built_by(&daemon, given).await.expect("a build");
        assert_eq!(same(&result), is_same, "{program} {given:?}");
    }
}

#[tokio::test]
async fn result_and_config_are_of_one_platform() {
    let arm = r#"{"os":"linux","architecture":"arm64","variant":"v8"}"#;
    for (base, asked, expected) in [
        // Without a wish, an image is what its base is.
        (arm, &[][..], ["linux/arm64", "arm64", ""]),
        (arm, &["platform=linux/amd64/v2"], ["linux/amd64/v2", "amd64", "v2"]),
        (arm, &["platform=windows/amd64"], ["windows/amd64", "amd64", ""]),
        (
            r#"{"os":"linux","architecture":"arm","variant":"v6"}"#,
            &["platform=linux/arm/v6"],
            ["linux/arm/v6", "arm", "v6"],
        ),
    ] {
        let result = built(base, asked).await.expect("a build");
        let platform = &json(&result, "refs.platforms")["Platforms"][0];
        let config = json(&result, "containerimage.config");
        assert_eq!(platform["ID"], expected[0], "{base} {asked:?}");
        assert_eq!(platform["Platform"]["architecture"], expected[1]);
        assert_eq!(config["architecture"], expected[1]);
        assert_eq!(config["os"], platform["Platform"]["os"]);
        assert_eq!(config.get("variant").and_then(Value::as_str).unwrap_or_default(), expected[2]);
    }
}

/// A daemon refuses layers that the config does not name.
#[tokio::test]
async fn an_image_without_layers_is_nothing_to_pull() {
    for (rootfs, sources) in [
        ("", 0),
        (r#","rootfs":{"type":"layers","diff_ids":[]},"history":[{"empty_layer":true}]"#, 0),
        (r#","rootfs":{"type":"layers","diff_ids":["sha256:1"]}"#, 1),
        // One of the first schema.
        (r#","history":[{"created_by":"x"}]"#, 1),
    ] {
        let daemon = daemon(&format!(r#"{{"os":"linux","architecture":"amd64"{rootfs}}}"#));
        built_by(&daemon, &[]).await.expect("a build");
        let found = daemon.sources();
        let images = found.iter().filter(|(op, _)| op.identifier.starts_with("docker-image://"));
        assert_eq!(images.count(), sources, "{rootfs}");
    }
}

/// An exporter refuses it then, as it refuses a Dockerfile's.
#[tokio::test]
async fn an_image_that_does_not_say_what_it_is_of_stays_so() {
    let result = built(r#"{"os":"","architecture":""}"#, &[]).await.expect("a build");
    let config = json(&result, "containerimage.config");
    assert_eq!((&config["os"], &config["architecture"]), (&"".into(), &"".into()));
    assert_eq!(json(&result, "refs.platforms")["Platforms"][0]["ID"], "linux/amd64");
    let result = built(r#"{"os":null,"architecture":"arm64"}"#, &[]).await.expect("a build");
    assert_eq!(json(&result, "containerimage.config")["os"], "linux");
}

#[tokio::test]
async fn a_config_that_go_takes_for_none_is_an_error_at_the_image() {
    for (config, problem) in [
        (r#"{"config":{"Labels":{"a":1}}}"#, "config.Labels.a: expected a string, found a number"),
        (
            r#"{"config":{"Entrypoint":"/bin/sh"}}"#,
            "config.Entrypoint: expected a list, found a string",
        ),
        (r#"{"created":"garbage"}"#, "created: expected a time such as `2024-05-01T12:00:00Z`"),
        (
            r#"{"history":[{},{"created":"2023-02-29T00:00:00Z"}]}"#,
            "history[1].created: expected a time such as `2024-05-01T12:00:00Z`",
        ),
        (
            r#"{"config":{"Healthcheck":{"Interval":1e30}}}"#,
            "config.Healthcheck.Interval: expected an integer of 64 bits",
        ),
        ("[]", "expected an object, found a list"),
    ] {
        let error = built(config, &[]).await.expect_err("is refused");
        let message =
            format!("build.hlb:1:22: error[HLB0320]: configuration of image `base:1`: {problem}");
        assert_eq!(error.message, message, "{config}");
    }
}

#[tokio::test]
async fn what_a_field_has_anyway_may_be_null() {
    for config in [
        "null",
        r#"{"config":null,"os":null,"history":null,"rootfs":null,"created":null}"#,
        r#"{"config":{"ExposedPorts":{"80/tcp":null},"Volumes":{"/data":null},"Env":["A=b",null],"Healthcheck":null}}"#,
        r#"{"history":[null,{"created":null,"created_by":null,"empty_layer":null,"author":null,"comment":null}]}"#,
    ] {
        built(config, &[]).await.expect(config);
    }
}

#[tokio::test]
async fn what_is_odd_about_a_base_is_a_warning_at_its_line() {
    let base = r#"{"os":"linux","architecture":"arm64","config":{"OnBuild":["RUN x"]}}"#;
    let daemon = daemon(base);
    let result = built_by(&daemon, &[]).await.expect("a build");
    let warnings = std::mem::take(&mut daemon.asked.lock().expect("not poisoned").warnings);
    let shown: Vec<_> = warnings.iter().map(|it| String::from_utf8_lossy(&it.short)).collect();
    assert_eq!(
        shown,
        [
            "HLB0561: image `base:1` is for linux/arm64, and the build is for linux/amd64 (line 1)",
            "HLB0562: image `base:1` has `ONBUILD RUN x`, which is not carried out (line 1)",
        ]
    );
    assert_eq!(json(&result, "containerimage.config")["config"].get("OnBuild"), None);
}

#[tokio::test]
async fn labels_of_the_client_are_on_the_result_and_on_what_a_step_writes() {
    let labels = ["label:k=client", "label:l=client", "source=r.example/frontend:1"];
    let expected = serde_json::json!({ "k": "client", "l": "client", "m": "program" });
    let result = built(r#"{"config":{"Labels":{"l":"base","m":"program"}}}"#, &labels).await;
    let config = json(&result.expect("a build"), "containerimage.config");
    assert_eq!(config["config"]["Labels"], expected);

    let program =
        b"fs default() { label \"k\" \"v\"; label \"m\" \"program\"; dockerLoad \"app\" }";
    let daemon = Arc::new(Fake::with_files(&[("local://dockerfile", "build.hlb", program)]));
    built_by(&daemon, &labels).await.expect("a build");
    let solves = &daemon.asked.lock().expect("not poisoned").solves;
    let definition = solves.last().and_then(|it| it.definition.clone()).expect("a definition");
    let ops = definition.def.iter().map(|it| pb::Op::decode(it.as_slice()).expect("an op"));
    let actions = ops.filter_map(|op| match op.op {
        Some(pb::op::Op::File(file)) => Some(file.actions),
        _ => None,
    });
    let config = actions.flatten().find_map(|it| match it.action {
        Some(pb::file_action::Action::Mkfile(file)) => Some(file.data),
        _ => None,
    });
    let config: Value = serde_json::from_slice(&config.expect("a config")).expect("JSON");
    assert_eq!(config["config"]["Labels"], expected);
}
