//! Which time a result gets: from the client, from the sources, or from the program.

use std::sync::Arc;

use gateway_proto::frontend;
use hlb_frontend::solve::build;
use serde_json::Value;

use crate::daemon::{Fake, connect, options};

const LOCAL: &str = "local://dockerfile";
const GIT: &str = "git://h/a.git";
const ARCHIVE: &str = "https://h/a.tgz";

/// Shows in a file what the program is given.
const PROGRAM: &[u8] = b"fs default(string SOURCE_DATE_EPOCH = \"\") {
	scratch
	mkfile \"/given\" 0o644 SOURCE_DATE_EPOCH
	label \"k\" \"v\"
}";

/// The times that a build names: that of its result, and those of the history.
async fn times(daemon: &Arc<Fake>, given: &[&str]) -> (Option<String>, Vec<Option<String>>) {
    let result = build(&connect(daemon).await, &options(given)).await.expect("a build");
    let of_result = result.metadata.get("source.date.epoch");
    let of_result = of_result.map(|it| String::from_utf8(it.clone()).expect("text"));
    let config: Value =
        serde_json::from_slice(&result.metadata["containerimage.config"]).expect("JSON");
    let history = config["history"].as_array().cloned().unwrap_or_default();
    let created = |it: &Value| it.get("created")?.as_str().map(str::to_owned);
    (of_result, history.iter().map(created).collect())
}

async fn time(daemon: Fake, given: &[&str]) -> Option<String> {
    times(&Arc::new(daemon), given).await.0
}

fn local(program: &'static [u8]) -> Fake {
    Fake::with_files(&[(LOCAL, "build.hlb", program)])
}

#[tokio::test]
async fn what_a_program_made_is_of_that_time_whenever_its_layers_are() {
    let given = "build-arg:SOURCE_DATE_EPOCH=1700000000";
    let date = Some("2023-11-14T22:13:20Z".to_owned());
    let found = times(&Arc::new(local(PROGRAM)), &[given]).await;
    assert_eq!(found, (Some("1700000000".to_owned()), vec![date.clone(), date]));
    for nothing in [&[][..], &["build-arg:SOURCE_DATE_EPOCH="]] {
        let found = times(&Arc::new(local(PROGRAM)), nothing).await;
        assert_eq!(found, (None, vec![None, None]));
    }
}

#[tokio::test]
async fn a_program_may_have_a_time_of_its_own() {
    let program = b"fs default(string SOURCE_DATE_EPOCH = \"${\"17\"}00000000\") { scratch }";
    assert_eq!(time(local(program), &[]).await.as_deref(), Some("1700000000"));
    let other = ["build-arg:SOURCE_DATE_EPOCH=5"];
    assert_eq!(time(local(program), &other).await.as_deref(), Some("5"));
    // As in a Dockerfile, the client can take it away.
    assert_eq!(time(local(program), &["build-arg:SOURCE_DATE_EPOCH="]).await, None);
    let number = b"fs default(int SOURCE_DATE_EPOCH = 7) { scratch }";
    assert_eq!(time(local(number), &[]).await.as_deref(), Some("7"));
    let other = b"fs default() { scratch }\nfs b(int SOURCE_DATE_EPOCH = 7) { scratch }";
    assert_eq!(time(local(other), &[]).await, None);
    assert_eq!(time(local(other), &["target=b"]).await.as_deref(), Some("7"));
}

/// What a daemon says of a git source.
fn commit(object: &[u8]) -> Option<frontend::ResolveSourceMetaResponse> {
    let git =
        frontend::ResolveSourceGitResponse { commit_object: object.to_vec(), ..Default::default() };
    Some(frontend::ResolveSourceMetaResponse { git: Some(git), ..Default::default() })
}

const COMMIT: &[u8] = b"tree 0\nauthor A <a@b> 1 +0000\ncommitter C <c@d> 1600000000 +0200\n\nx\n";
const BY_CONTEXT: &str = "build-arg:SOURCE_DATE_EPOCH=context";

#[tokio::test]
async fn a_commit_says_when_it_was_made() {
    let files = [(GIT, "build.hlb", PROGRAM), (LOCAL, "build.hlb", PROGRAM)];
    let daemon = || Arc::new(Fake { source_meta: commit(COMMIT), ..Fake::with_files(&files) });
    let asked = daemon();
    let given = ["filename=build.hlb", "context=https://h/a.git", BY_CONTEXT];
    assert_eq!(times(&asked, &given).await.0.as_deref(), Some("1600000000"));
    let request = asked.asked.lock().expect("no one holds it").source_metas.remove(0);
    assert_eq!(request.git.map(|it| it.return_object), Some(true));
    assert_eq!(request.source.map(|it| it.identifier).as_deref(), Some(GIT));
    let named = ["context:lib=https://h/a.git", "build-arg:SOURCE_DATE_EPOCH=lib"];
    assert_eq!(times(&daemon(), &named).await.0.as_deref(), Some("1600000000"));
}

/// What is checked out has the time of the commit, if the daemon can do that.
#[tokio::test]
async fn a_date_is_no_reason_to_refuse_a_daemon() {
    for (release, mtime) in [("0.25", None), ("0.29", Some("commit"))] {
        let files = [(GIT, "Dockerfile", PROGRAM)];
        let daemon = Arc::new(Fake { release: Some(release), ..Fake::with_files(&files) });
        let given = ["context=https://h/a.git", "build-arg:SOURCE_DATE_EPOCH=1"];
        assert_eq!(times(&daemon, &given).await.0.as_deref(), Some("1"));
        let (source, _) = daemon.sources().remove(0);
        assert_eq!(source.attrs.get("git.mtime").map(String::as_str), mtime, "{release}");
    }
}

#[tokio::test]
async fn a_daemon_that_does_not_say_is_a_warning() {
    let daemon =
        Fake { source_meta: commit(b""), ..Fake::with_files(&[(GIT, "Dockerfile", PROGRAM)]) };
    let daemon = Arc::new(daemon);
    let (found, _) = times(&daemon, &["context=https://h/a.git", BY_CONTEXT]).await;
    assert_eq!(found, None);
    let asked = daemon.asked.lock().expect("no one holds it");
    let said: Vec<_> = asked.warnings.iter().map(|it| String::from_utf8_lossy(&it.short)).collect();
    assert!(said.len() == 1 && said[0].starts_with("HLB0611: "), "{said:?}");
}

#[tokio::test]
async fn a_download_is_as_old_as_its_server_says_or_as_its_newest_file() {
    let mut gzip = b"\x1f\x8b\x08".to_vec();
    gzip.resize(1024, 0);
    let files: &[(&str, &str, &[u8])] = &[
        (ARCHIVE, "context", &gzip),
        (ARCHIVE, "Dockerfile", PROGRAM),
        (ARCHIVE, "src/deep/a", b""),
        (ARCHIVE, "src/b", b""),
    ];
    let given = [&format!("context={ARCHIVE}"), BY_CONTEXT];
    let times = [("Dockerfile", 30), ("src/deep/a", 50), ("src/b", 40)];
    let daemon = Fake { times: times.to_vec(), ..Fake::with_files(files) };
    assert_eq!(time(daemon, &given.map(|it| it as &str)).await.as_deref(), Some("50"));
    let dated = [&times[..], &[("context", 45)]].concat();
    let daemon = Fake { times: dated, ..Fake::with_files(files) };
    assert_eq!(time(daemon, &given.map(|it| it as &str)).await.as_deref(), Some("45"));
    let plain = Fake::with_files(&[("https://h/build", "context", PROGRAM)]);
    assert_eq!(time(plain, &["context=https://h/build", BY_CONTEXT]).await, None);
}

/// A default of the program names it, as the stage of a Dockerfile that has only an `ADD`.
#[tokio::test]
async fn a_function_that_is_a_source_has_its_time() {
    let program = b"fs src(string remote = \"https://h/a.git\") { git remote \"\" }
fs default(string SOURCE_DATE_EPOCH = \"src\") { scratch; mkfile \"/given\" 0o644 SOURCE_DATE_EPOCH }";
    let daemon = Arc::new(Fake { source_meta: commit(COMMIT), ..local(program) });
    assert_eq!(times(&daemon, &[]).await.0.as_deref(), Some("1600000000"));
    assert_eq!(
        time(local(program), &["build-arg:SOURCE_DATE_EPOCH=5"]).await.as_deref(),
        Some("5")
    );
    let program: &[u8] = b"fs src() { http \"https://h/a.tgz\" }
fs default(string SOURCE_DATE_EPOCH = \"src\") { scratch }";
    let files = [(LOCAL, "build.hlb", program), (ARCHIVE, "a.tgz", b"text")];
    let daemon = Fake { times: vec![("a.tgz", 45)], ..Fake::with_files(&files) };
    assert_eq!(time(daemon, &[]).await.as_deref(), Some("45"));
    let program = b"fs src() { git \"https://h/a.git\" \"\"; run \"make\" }
fs default(string SOURCE_DATE_EPOCH = \"src\") { scratch }";
    let daemon = Arc::new(local(program));
    let error = build(&connect(&daemon).await, &options(&[])).await.expect_err("no time").message;
    let message = "parameter `SOURCE_DATE_EPOCH`: `src` is neither a commit nor a download alone";
    assert!(error.contains("HLB0431") && error.contains(message), "{error}");
}

/// As for a Dockerfile.
#[tokio::test]
async fn a_directory_of_the_client_has_no_time() {
    let daemon = Arc::new(local(PROGRAM));
    assert_eq!(times(&daemon, &[BY_CONTEXT]).await, (None, vec![None, None]));
    let named = ["context:lib=local:lib", "build-arg:SOURCE_DATE_EPOCH=lib"];
    assert_eq!(time(local(PROGRAM), &named).await, None);
    assert!(daemon.asked.lock().expect("no one holds it").warnings.is_empty());
}
