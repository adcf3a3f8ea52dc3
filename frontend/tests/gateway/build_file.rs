use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hlb_gateway::bridge::Unreadable;
use hlb_gateway::context::{
    BuildContext, BuildFile, LoadError, Loaded, ModuleFiles, load_build_file,
};

use crate::daemon::{DEVICE, DIRECTORY, Fake, PIPE, connect, options};

const LOCAL: &str = "local://dockerfile";

async fn load(daemon: &Arc<Fake>, given: &[&str]) -> Result<BuildFile, LoadError> {
    let (bridge, options) = (connect(daemon).await, options(given));
    let context = BuildContext::locate(&bridge, &options).await?;
    load_build_file(&bridge, &options, &context).await
}

async fn error(daemon: Fake, given: &[&str]) -> (&'static str, String) {
    match load(&Arc::new(daemon), given).await {
        Err(LoadError::Diagnostic(error)) => (error.code.id, error.message),
        other => panic!("expected an error, found {other:?}"),
    }
}

#[tokio::test]
async fn the_op_is_that_of_the_dockerfile_frontend() {
    let daemon = Arc::new(Fake::with_files(&[
        (LOCAL, "a/build.hlb", b"fs default() { scratch; }"),
        (LOCAL, "a/build.hlb.dockerignore", b""),
    ]));
    let file = load(&daemon, &["filename=a/build.hlb"]).await.expect("is there");
    assert_eq!(file.name, "a/build.hlb");
    assert_eq!(file.text, "fs default() { scratch; }");
    assert_eq!(file.ignore, Some(Vec::new()), "an empty ignore file is one");
    let (op, name) = daemon.sources().remove(0);
    assert_eq!(op.identifier, LOCAL);
    let attributes: Vec<_> = op.attrs.iter().map(|(key, value)| format!("{key}={value}")).collect();
    assert_eq!(
        attributes,
        [
            "local.differ=none",
            r#"local.followpaths=["a/build.hlb","a/build.hlb.dockerignore"]"#,
            "local.session=s",
            "local.sharedkeyhint=dockerfile",
        ]
    );
    assert_eq!(name, "[internal] load build definition from a/build.hlb");
    let asked = daemon.asked.lock().expect("no one holds it");
    let definition = asked.solves[0].definition.as_ref().expect("loaded by one");
    assert!(definition.metadata.contains_key(&file.digest));
    assert_eq!(asked.solves.len(), 1);
    assert!(asked.solves[0].cache_imports.is_empty() && asked.solves[0].allow_result_array_ref);
}

#[tokio::test]
async fn the_default_names_are_tried_in_their_order() {
    let daemon = Arc::new(Fake::with_files(&[(LOCAL, "build.hlb", b"x")]));
    assert_eq!(load(&daemon, &[]).await.expect("is there").name, "build.hlb");
    let (op, name) = daemon.sources().remove(0);
    assert_eq!(
        op.attrs["local.followpaths"],
        r#"["Dockerfile","Dockerfile.dockerignore","dockerfile","build.hlb","build.hlb.dockerignore"]"#
    );
    assert_eq!(name, "[internal] load build definition from Dockerfile");

    let lower =
        Fake::with_files(&[(LOCAL, "dockerfile", b"x"), (LOCAL, "Dockerfile.dockerignore", b"y")]);
    let file = load(&Arc::new(lower), &["filename=Dockerfile"]).await.expect("is there");
    assert_eq!((file.name.as_str(), file.ignore), ("dockerfile", Some(b"y".to_vec())));
}

#[tokio::test]
async fn a_syntax_directive_stands_in_the_default_file() {
    let daemon = Arc::new(Fake::with_files(&[(LOCAL, "Dockerfile", b"x")]));
    load(&daemon, &["cmdline=org/hlb"]).await.expect("is there");
    assert_eq!(
        daemon.sources()[0].0.attrs["local.followpaths"],
        r#"["Dockerfile","Dockerfile.dockerignore","dockerfile"]"#
    );
}

#[tokio::test]
async fn what_can_not_be_read_is_a_error() {
    let with = |content: &[u8]| Fake::with_files(&[(LOCAL, "a.hlb", content)]);
    let given = ["filename=a.hlb"];
    assert_eq!(
        error(Fake::default(), &[]).await,
        ("HLB0601", "no build file: `Dockerfile`, `dockerfile`, `build.hlb` not found".to_owned())
    );
    for (mode, what) in [(DIRECTORY, "directory"), (PIPE, "named pipe"), (DEVICE, "device")] {
        let special = Fake { special: vec![("a.hlb", mode)], ..Fake::default() };
        let message = format!("build file `a.hlb` is a {what}");
        assert_eq!(error(special, &given).await, ("HLB0602", message));
    }
    assert_eq!(
        error(with(&vec![b' '; (16 << 20) + 1]), &given).await,
        ("HLB0603", "build file `a.hlb` is larger than 16 MiB".to_owned())
    );
    assert_eq!(
        error(with(b" \n"), &given).await,
        ("HLB0604", "build file `a.hlb` is empty".to_owned())
    );
    assert_eq!(
        error(with(b"one\ntw\xff\n"), &given).await,
        ("HLB0605", "line 2 of build file `a.hlb` is not UTF-8".to_owned())
    );
}

#[tokio::test]
async fn a_large_file_comes_in_pages() {
    let text = "x".repeat(16 << 20);
    let daemon = Arc::new(Fake::with_files(&[(LOCAL, "a.hlb", text.as_bytes())]));
    let file = load(&daemon, &["filename=a.hlb"]).await.expect("is not too large");
    assert_eq!(file.text.len(), text.len());
    let asked = daemon.asked.lock().expect("no one holds it");
    let reads = asked.reads.iter().filter(|read| read.file_path == "a.hlb");
    let ranges: Vec<_> =
        reads.filter_map(|read| read.range).map(|it| (it.offset, it.length)).collect();
    assert_eq!(ranges, [(0, 8 << 20), (8 << 20, 8 << 20)]);
}

#[tokio::test]
async fn an_error_of_the_daemon_stays_what_it_is() {
    let daemon = Fake {
        failure: Some(gateway_proto::rpc::Status {
            code: 2,
            message: "no access allowed to dir \"dockerfile\"".to_owned(),
            details: Vec::new(),
        }),
        ..Fake::default()
    };
    let error = load(&Arc::new(daemon), &[]).await.expect_err("fails");
    assert!(matches!(&error, LoadError::Bridge(_)), "{error:?}");
    assert_eq!(error.to_string(), "no access allowed to dir \"dockerfile\"");
}

#[tokio::test]
async fn modules_beside_it_come_by_one_solve() {
    let daemon = Arc::new(Fake {
        special: vec![("lib", DIRECTORY), ("pipe", PIPE)],
        stat_failures: vec![
            ("a.hlb/x", "lstat /mnt/a.hlb/x: not a directory"),
            ("loop", "too many links"),
        ],
        ..Fake::with_files(&[
            (LOCAL, "build.hlb", b"a"),
            (LOCAL, "a.hlb", b"a"),
            (LOCAL, "b.hlb", b"\xff"),
        ])
    });
    let (bridge, options) = (connect(&daemon).await, options(&["filename=build.hlb"]));
    let context = BuildContext::locate(&bridge, &options).await.expect("is local");
    let file = load_build_file(&bridge, &options, &context).await.expect("is there");
    let paths = ["a.hlb", "a.hlb/x", "b.hlb", "c.hlb", "lib", "loop", "pipe"].map(str::to_owned);
    let mut modules = ModuleFiles::new(&bridge, &context, &file);
    let loaded = modules.load(&BTreeSet::from(paths.clone())).await;
    let missing = Loaded::Unreadable(Unreadable::Missing);
    let expected = [
        Loaded::Text("a".to_owned()),
        missing.clone(),
        Loaded::NotText,
        missing,
        Loaded::Unreadable(Unreadable::Directory),
        Loaded::Unreadable(Unreadable::Links),
        Loaded::Unreadable(Unreadable::NamedPipe),
    ];
    assert_eq!(
        loaded.expect("is there"),
        paths.into_iter().zip(expected).collect::<BTreeMap<_, _>>()
    );
    let sources = daemon.sources();
    assert_eq!(sources.len(), 2);
    assert_eq!(sources[1].0.attrs["local.sharedkeyhint"], "dockerfile-hlb-imports");
    assert_eq!(
        sources[1].0.attrs["local.followpaths"],
        r#"["a.hlb","a.hlb/x","b.hlb","c.hlb","lib","loop","pipe"]"#
    );
}

#[tokio::test]
async fn modules_beside_one_in_a_repository_are_there_with_it() {
    const GIT: &str = "git://h.example/o/r.git";
    let daemon = Arc::new(Fake::with_files(&[(GIT, "build.hlb", b"a"), (GIT, "a.hlb", b"a")]));
    let given = ["context=https://h.example/o/r.git", "filename=build.hlb"];
    let (bridge, options) = (connect(&daemon).await, options(&given));
    let context = BuildContext::locate(&bridge, &options).await.expect("is a repository");
    let file = load_build_file(&bridge, &options, &context).await.expect("is there");
    let paths = BTreeSet::from(["a.hlb".to_owned()]);
    let mut modules = ModuleFiles::new(&bridge, &context, &file);
    let loaded = modules.load(&paths).await.expect("is there");
    assert_eq!(loaded["a.hlb"], Loaded::Text("a".to_owned()));
    assert_eq!(daemon.sources().len(), 1);
}

/// A chain of modules is a solve for what the program imports and one for each directory that it goes through.
#[tokio::test]
async fn modules_beside_those_of_the_second_level_come_along() {
    let names = ["a.hlb", "b.hlb", "c.hlb", "d", "lib/x.hlb", "lib/y.hlb"];
    let files: Vec<_> =
        names.iter().chain(&["build.hlb"]).map(|name| (LOCAL, *name, b"a".as_slice())).collect();
    let daemon = Arc::new(Fake::with_files(&files));
    let (bridge, options) = (connect(&daemon).await, options(&["filename=build.hlb"]));
    let context = BuildContext::locate(&bridge, &options).await.expect("is local");
    let file = load_build_file(&bridge, &options, &context).await.expect("is there");
    let mut modules = ModuleFiles::new(&bridge, &context, &file);
    for name in names {
        let loaded = modules.load(&BTreeSet::from([name.to_owned()])).await.expect("is there");
        assert_eq!(loaded[name], Loaded::Text("a".to_owned()), "{name}");
    }
    let sources = daemon.sources();
    let followed = sources.iter().skip(1).map(|(op, _)| op.attrs["local.followpaths"].as_str());
    assert_eq!(
        followed.collect::<Vec<_>>(),
        [r#"["a.hlb"]"#, r#"["b.hlb","*.hlb"]"#, r#"["d"]"#, r#"["lib/x.hlb","lib/*.hlb"]"#,]
    );
}
