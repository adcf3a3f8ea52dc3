use std::sync::Arc;

use gateway_proto::{frontend, rpc};
use hlb_gateway::context::{
    BuildContext, IgnoreFile, Inputs, LoadError, load_build_file, load_ignore_file, named_context,
    resolve_named,
};
use llb::ImageRef;
use llb::{Part, Platform, State, marshal};
use prost::Message;

use crate::daemon::{DEVICE, DIRECTORY, Fake, PIPE, connect, options};

const DOCKERFILE: &str = "local://dockerfile";
const CONTEXT: &str = "local://context";
const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

fn amd64() -> Platform {
    Platform::parse("linux/amd64", &Platform::default()).expect("valid")
}

/// The identifier and attributes of a source, a line each, after the ops that lead to it.
fn ops(state: &State) -> Vec<String> {
    let Some(edge) = state.edge() else { return vec!["scratch".to_owned()] };
    let definition = marshal(edge);
    let ops = definition
        .def
        .iter()
        .filter_map(|bytes| gateway_proto::pb::Op::decode(bytes.as_slice()).ok());
    ops.filter_map(|op| op.op)
        .flat_map(|op| match op {
            gateway_proto::pb::op::Op::Source(source) => {
                let attributes =
                    source.attrs.into_iter().map(|(key, value)| format!("{key}={value}"));
                std::iter::once(source.identifier).chain(attributes).collect::<Vec<_>>()
            }
            gateway_proto::pb::op::Op::File(file) => {
                vec![format!("{} file action(s)", file.actions.len())]
            }
            other => vec![format!("{other:?}")],
        })
        .collect()
}

async fn patterns(daemon: &Arc<Fake>, given: &[&str]) -> Result<Vec<String>, LoadError> {
    let (bridge, options) = (connect(daemon).await, options(given));
    let context = BuildContext::locate(&bridge, &options).await?;
    let file = load_build_file(&bridge, &options, &context).await?;
    let ignore = load_ignore_file(&bridge, &options, &context, &file).await?;
    Ok(ignore.rules().iter().map(ToString::to_string).collect())
}

#[tokio::test]
async fn the_build_files_own_ignore_file_wins() {
    let both = Arc::new(Fake::with_files(&[
        (DOCKERFILE, "a.hlb", b"x"),
        (DOCKERFILE, "a.hlb.dockerignore", b"mine\n"),
        (CONTEXT, ".dockerignore", b"all\n"),
    ]));
    assert_eq!(patterns(&both, &["filename=a.hlb"]).await.expect("valid"), ["mine"]);
    assert_eq!(both.sources().len(), 1, "the context's is not even looked for");

    let one = Arc::new(Fake::with_files(&[
        (DOCKERFILE, "a.hlb", b"x"),
        (CONTEXT, ".dockerignore", b"all\n"),
    ]));
    assert_eq!(patterns(&one, &["filename=a.hlb"]).await.expect("valid"), ["all"]);
    let (op, name) = one.sources().remove(1);
    assert_eq!(op.attrs["local.sharedkeyhint"], "context-.dockerignore");
    assert_eq!(op.attrs["local.followpaths"], r#"[".dockerignore"]"#);
    assert_eq!(name, "[internal] load .dockerignore");

    let none = Arc::new(Fake::with_files(&[(DOCKERFILE, "a.hlb", b"x")]));
    assert!(patterns(&none, &["filename=a.hlb"]).await.expect("valid").is_empty());

    let bad = Arc::new(Fake::with_files(&[
        (DOCKERFILE, "a.hlb", b"x"),
        (DOCKERFILE, "a.hlb.dockerignore", b"a\n!\n"),
    ]));
    let error = patterns(&bad, &["filename=a.hlb"]).await.expect_err("invalid");
    assert_eq!(
        error.to_string(),
        "failed parsing `a.hlb.dockerignore`: line 2: `!` needs a pattern"
    );
}

#[tokio::test]
async fn what_is_no_file_is_no_ignore_file() {
    for special in [DIRECTORY, PIPE, DEVICE] {
        let names = [".dockerignore", "a.hlb.dockerignore"].map(|name| (name, special));
        let daemon =
            Fake { special: names.into(), ..Fake::with_files(&[(DOCKERFILE, "a.hlb", b"x")]) };
        let found = patterns(&Arc::new(daemon), &["filename=a.hlb"]).await;
        assert!(found.expect("passed over").is_empty());
    }
    let links = Fake {
        stat_failures: vec![(".dockerignore", "too many links")],
        ..Fake::with_files(&[(DOCKERFILE, "a.hlb", b"x")])
    };
    assert!(patterns(&Arc::new(links), &["filename=a.hlb"]).await.expect("passed over").is_empty());
    let broken = Fake {
        stat_failures: vec![(".dockerignore", "input/output error")],
        ..Fake::with_files(&[(DOCKERFILE, "a.hlb", b"x")])
    };
    let error = patterns(&Arc::new(broken), &["filename=a.hlb"]).await.expect_err("is broken");
    assert_eq!(error.to_string(), "input/output error");
}

#[tokio::test]
async fn the_context_of_a_client_is_one_op() {
    let bridge = connect(&Arc::new(Fake::default())).await;
    let options = options(&["local-sessionid:context=t"]);
    let mut context = BuildContext::locate(&bridge, &options).await.expect("is local").main;
    context.ignore = IgnoreFile::parse("`x`", b"target\n").expect("valid").into();
    let excluded = r#"local.excludepatterns=["target"]"#;
    let session = "local.session=t";
    let whole = [CONTEXT, excluded, session, "local.sharedkeyhint=context-hlb"];
    assert_eq!(ops(&context.whole()), whole);
    let hint = "local.sharedkeyhint=context-hlb-default";
    let part = [CONTEXT, excluded, r#"local.followpaths=["src"]"#, session, hint];
    let transfers = context.parts(&[Part::of("src")].into(), "default");
    assert_eq!(transfers.iter().map(|(_, state)| ops(state)).collect::<Vec<_>>(), [part]);
}

#[tokio::test]
async fn a_git_context_holds_the_build_file() {
    const GIT: &str = "git://h/a.git#v1";
    let daemon =
        Arc::new(Fake::with_files(&[(GIT, "a.hlb", b"x"), (CONTEXT, ".dockerignore", b"all\n")]));
    let url = ["context=https://h/a.git#v1", "filename=a.hlb", "contextsubdir=sub"];
    assert!(patterns(&daemon, &url).await.expect("valid").is_empty(), "ignore files don't apply");
    let (op, name) = daemon.sources().remove(0);
    assert_eq!(op.identifier, GIT);
    assert_eq!(op.attrs["git.fullurl"], "https://h/a.git");
    assert_eq!(op.attrs["git.authtokensecret"], "GIT_AUTH_TOKEN");
    assert_eq!(name, "[internal] load git source https://h/a.git#v1");

    let bridge = connect(&daemon).await;
    let context = BuildContext::locate(&bridge, &options(&url)).await.expect("is git");
    let whole = ops(&context.main.whole());
    assert_eq!(
        whole.last().map(String::as_str),
        Some("1 file action(s)"),
        "a part of it: {whole:?}"
    );

    let error = BuildContext::locate(&bridge, &options(&["context=https://h/a.git?x=1"])).await;
    assert_eq!(
        error.expect_err("invalid").to_string(),
        "context `https://h/a.git?x=1`: unexpected query `x`"
    );
}

#[tokio::test]
async fn a_download_is_a_build_file_or_an_archive() {
    const URL: &str = "https://h/build";
    let file = Arc::new(Fake::with_files(&[(URL, "context", b"fs default() {}")]));
    let (bridge, given) =
        (connect(&file).await, options(&["context=https://h/build", "filename=a"]));
    let context = BuildContext::locate(&bridge, &given).await.expect("is HTTP");
    let loaded = load_build_file(&bridge, &given, &context).await.expect("is there");
    assert_eq!((loaded.name.as_str(), loaded.text.as_str()), ("context", "fs default() {}"));

    let archive = Arc::new(Fake::with_files(&[(URL, "context", b"\x1f\x8b\x08\x00")]));
    let bridge = connect(&archive).await;
    let context = BuildContext::locate(&bridge, &given).await.expect("is HTTP");
    assert_eq!(ops(&context.main.whole()), [URL, "http.filename=context", "1 file action(s)"]);
    let forced = options(&["context=https://h/build", "dockerfilekey=dockerfile", "filename=a"]);
    let context = BuildContext::locate(&bridge, &forced).await.expect("is HTTP");
    load_build_file(&bridge, &forced, &context).await.expect_err("no such local file");
    let last = archive.sources().pop().expect("was asked");
    assert_eq!(last.0.identifier, DOCKERFILE);
}

#[test]
fn contexts_go_by_name_and_platform() {
    let options = options(&[
        "context:alpine=docker-image://busybox",
        "context:alpine::linux/arm64=docker-image://scratch",
        "context:plain=nothing",
        "context:baked=target:other",
        "context:layout=oci-layout://store:tag",
    ]);
    let find = |name: &str, platform: &str| {
        let platform = Platform::parse(platform, &Platform::default()).expect("valid");
        named_context(&options, &ImageRef::parse(name).expect("valid"), &platform)
    };
    let shown = |name, platform| find(name, platform).map(|it| it.map(|it| it.name));
    assert_eq!(
        shown("docker.io/library/alpine:latest", "linux/amd64"),
        Ok(Some("alpine".to_owned()))
    );
    assert_eq!(shown("alpine", "linux/arm64"), Ok(Some("alpine::linux/arm64".to_owned())));
    assert_eq!(shown("alpine:3", "linux/amd64"), Ok(None));
    let problem = |name| find(name, "linux/amd64").expect_err("invalid").to_string();
    assert_eq!(problem("plain"), "invalid context specifier nothing for plain");
    assert_eq!(problem("baked"), "unsupported context source target for baked");
    assert_eq!(
        problem("layout"),
        "invalid context oci-layout://store:tag for layout: it has no digest"
    );
}

#[tokio::test]
async fn named_contexts_become_filesystems() {
    let image = frontend::ResolveSourceImageResponse {
        digest: DIGEST.to_owned(),
        config: b"{}".to_vec(),
        ..Default::default()
    };
    let meta = |identifier: &str| frontend::ResolveSourceMetaResponse {
        source: Some(gateway_proto::pb::SourceOp {
            identifier: identifier.to_owned(),
            ..Default::default()
        }),
        image: Some(image.clone()),
        ..Default::default()
    };
    let layout = format!("context:l=oci-layout://store:tag@{DIGEST}");
    let options = options(&[
        "context:a=docker-image://busybox",
        &layout,
        "context:d=local:dir",
        "context:g=https://h/a.git",
        "context:h=https://h/file",
        "context:s=docker-image://scratch",
        "sharedkey:localdir:d=k",
        "local-sessionid:dir=t",
    ]);
    let resolve = async |daemon: Fake, name: &str| {
        let daemon = Arc::new(daemon);
        let bridge = connect(&daemon).await;
        let name = ImageRef::parse(name).expect("valid");
        let context = named_context(&options, &name, &amd64()).expect("valid").expect("is there");
        let (inputs, platform) = (Inputs::default(), amd64());
        let found = resolve_named(&bridge, &options, &inputs, &context, &platform).await;
        let found = found.expect("is there");
        (ops(&found.source.whole()), found.config, daemon)
    };

    let busybox = meta("docker-image://docker.io/library/busybox:latest");
    let daemon = Fake { source_meta: Some(busybox), ..Fake::default() };
    let (image, config, daemon) = resolve(daemon, "a").await;
    assert_eq!(image, [format!("docker-image://docker.io/library/busybox:latest@{DIGEST}")]);
    assert_eq!(config, Some(b"{}".to_vec()));
    let asked = daemon.asked.lock().expect("no one holds it").source_metas.remove(0);
    assert_eq!(asked.log_name, "[context a] load metadata for docker.io/library/busybox:latest");

    let reference = format!("oci-layout://docker.io/library/l@{DIGEST}");
    let daemon = Fake { source_meta: Some(meta(&reference)), ..Fake::default() };
    let (layout, _, daemon) = resolve(daemon, "l").await;
    assert_eq!(layout, [reference.as_str(), "oci.session=s", "oci.store=store"]);
    let asked = daemon.asked.lock().expect("no one holds it").source_metas.remove(0);
    let source = asked.source.expect("names one");
    assert_eq!((source.identifier, source.attrs["oci.store"].as_str()), (reference, "store"));

    let daemon = Fake::with_files(&[("local://dir", ".dockerignore", b"x\n")]);
    let (directory, config, daemon) = resolve(daemon, "d").await;
    assert_eq!(
        directory,
        [
            "local://dir",
            r#"local.excludepatterns=["x"]"#,
            "local.session=t",
            "local.sharedkeyhint=context:d-k"
        ]
    );
    assert_eq!(config, None);
    assert_eq!(daemon.sources()[0].1, "[context d] load .dockerignore");

    let (git, _, _) = resolve(Fake::default(), "g").await;
    assert_eq!(git[0], "git://h/a.git");
    let (http, _, _) = resolve(Fake::default(), "h").await;
    assert_eq!(http, ["https://h/file", "http.filename=context"]);
    let (scratch, _, _) = resolve(Fake::default(), "s").await;
    assert_eq!(scratch, ["scratch"]);
}

/// A definition of one local source.
fn made(name: &str) -> gateway_proto::pb::Definition {
    let source = llb::Local { name: name.to_owned(), ..llb::Local::default() };
    marshal(&llb::local(&source, llb::Metadata::default()))
}

#[tokio::test]
async fn frontend_inputs_come_before_directories_of_the_client() {
    let inputs = vec![("context", made("theirs")), ("dockerfile", made("file"))];
    let files = Fake::with_files(&[("local://file", "a.hlb", b"x"), (DOCKERFILE, "a.hlb", b"y")]);
    let daemon = Arc::new(Fake { inputs, ..files });
    let bridge = connect(&daemon).await;
    let load = async |given: &[&str]| {
        let given = options(given);
        let context = BuildContext::locate(&bridge, &given).await.expect("is there");
        let file = load_build_file(&bridge, &given, &context).await.expect("is there");
        (file.text, ops(&context.main.whole()))
    };
    let theirs = "local://theirs".to_owned();
    let found = load(&["filename=a.hlb"]).await;
    assert_eq!(found, ("x".to_owned(), vec![theirs.clone()]));
    let found = load(&["filename=a.hlb", "dockerfilekey=dockerfile", "contextsubdir=sub"]).await;
    assert_eq!(found, ("y".to_owned(), vec![theirs, "1 file action(s)".to_owned()]));
}

#[tokio::test]
async fn a_named_context_can_be_an_input() {
    let inputs = vec![
        ("k:1", made("one")),
        ("empty", Default::default()),
        ("odd", gateway_proto::pb::Definition { def: vec![vec![0xff]], ..Default::default() }),
    ];
    let daemon = Arc::new(Fake { inputs, ..Fake::default() });
    let bridge = connect(&daemon).await;
    let given = options(&[
        "context=https://h/a.git",
        "context:a=input:k:1",
        r#"input-metadata:k:1={"containerimage.config":"e30="}"#,
        "context:b=input:empty",
        "context:c=input:none",
        "context:d=input:odd",
    ]);
    let context = BuildContext::locate(&bridge, &given).await.expect("is git");
    let find = async |name: &str| {
        let name = ImageRef::parse(name).expect("valid");
        let named = named_context(&given, &name, &amd64()).expect("valid").expect("is there");
        resolve_named(&bridge, &given, &context.inputs, &named, &amd64()).await
    };
    let found = find("a").await.expect("is there");
    assert_eq!(
        (ops(&found.source.whole()), found.config),
        (vec!["local://one".into()], Some(b"{}".into()))
    );
    let found = find("b").await.expect("is there");
    assert_eq!((ops(&found.source.whole()), found.config), (vec!["scratch".into()], None));
    let problem = async |name| find(name).await.expect_err("invalid").to_string();
    assert_eq!(problem("c").await, "invalid input none for c");
    assert_eq!(problem("d").await, "invalid input odd: definition: op 0 can't be decoded");
}

#[tokio::test]
async fn a_download_that_fails_is_said_to_be_the_context() {
    let failure =
        rpc::Status { code: 2, message: "unexpected EOF".to_owned(), details: Vec::new() };
    let daemon = Fake { failure: Some(failure), ..Fake::default() };
    let (bridge, options) =
        (connect(&Arc::new(daemon)).await, options(&["context=https://h.example/a.tgz"]));
    let error = BuildContext::locate(&bridge, &options).await.expect_err("fails");
    assert_eq!(error.to_string(), "failed to read downloaded context: unexpected EOF");
}
