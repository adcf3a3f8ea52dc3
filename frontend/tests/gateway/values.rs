//! Values that a build computes: which questions they cost, and what goes with these.

use std::sync::Arc;

use gateway_proto::frontend::SolveRequest;
use gateway_proto::{errdefs, rpc};
use hlb_frontend::solve::build;
use llb::{Detail, summary};

use crate::daemon::{Asked, DIRECTORY, Fake, connect, options};

/// A daemon with a program, and in repositories of `example.com` the files of a test, each as `repository/path`.
fn daemon(program: String, files: &[(&str, &str)]) -> Fake {
    let mut daemon = Fake::default();
    daemon.files.insert(("local://dockerfile", "build.hlb"), program.into_bytes());
    for (path, content) in files {
        let (repository, path) = path.split_once('/').expect("a repository and a path");
        let source = format!("git://example.com/{repository}.git").leak();
        daemon.files.insert((source, format!("/{path}").leak()), content.as_bytes().to_vec());
    }
    daemon
}

/// Builds `default`; what the daemon was asked but for the build file.
async fn asked(daemon: &Arc<Fake>) -> Result<Asked, rpc::Status> {
    let outcome = build(&connect(daemon).await, &options(&["filename=build.hlb"])).await;
    let mut asked = std::mem::take(&mut *daemon.asked.lock().expect("not poisoned"));
    asked.solves.remove(0);
    // Other files are asked for by a relative path.
    asked.reads.retain(|it| it.file_path.starts_with('/'));
    outcome.map(|_| asked)
}

fn shown(solve: &SolveRequest) -> String {
    summary(&solve.definition.clone().unwrap_or_default(), Detail::default())
}

const FUNCTIONS: &str = "
fs repository(string name) { git \"https://example.com/${name}.git\" \"\" }
string content(string name) { fileContent repository(name) \"/version\" }
";

/// One solve, stat and read for each filesystem, all at the same time, and the build itself.
#[tokio::test]
async fn independent_contents_cost_two_rounds() {
    for count in [1, 10, 100] {
        let names: Vec<String> = (0..count).map(|number| format!("r{number}/version")).collect();
        let files: Vec<_> = names.iter().map(|name| (name.as_str(), "v\n")).collect();
        let statements: String = (0..count)
            .map(|number| format!("\tmkfile \"/{number}\" 0o644 content(\"r{number}\")\n"))
            .collect();
        let program = format!("{FUNCTIONS}fs default() {{\n\tscratch\n{statements}}}\n");
        let asked = asked(&Arc::new(daemon(program, &files))).await.expect("a build");
        // The build file is looked at and read, too.
        let is_own = |reference: &str| reference.starts_with("git://");
        let stats = asked.stats.iter().filter(|it| is_own(&it.r#ref)).count();
        let reads = asked.reads.iter().filter(|it| is_own(&it.r#ref)).count();
        let asked_for = (asked.solves.len(), stats, reads);
        assert_eq!(asked_for, (count + 1, count, count));
        let result = asked.solves.last().map(shown).unwrap_or_default();
        assert_eq!(result.matches("0644 \"v\"").count(), count, "{result}");
    }
}

/// A chain costs a round for each of its contents, and a filesystem is solved once for all of its files.
#[tokio::test]
async fn a_chain_is_followed() {
    let program = format!(
        "{FUNCTIONS}
fs default() {{
	scratch
	mkfile \"/a\" 0o644 content(content(content(\"first\")))
	mkfile \"/b\" 0o644 string {{ fileContent repository(\"first\") \"other\" }}
}}"
    );
    let files = [
        ("first/version", "second\n"),
        ("second/version", "third"),
        ("third/version", "end\r\n"),
        ("first/other", "o"),
    ];
    let asked = asked(&Arc::new(daemon(program, &files))).await.expect("a build");
    assert_eq!((asked.solves.len(), asked.reads.len()), (4, 4));
    let result = asked.solves.last().map(shown).unwrap_or_default();
    assert!(result.contains("/a 0644 \"end\"") && result.contains("/b 0644 \"o\""), "{result}");
}

/// What is in the filesystem of a question has its caches as anywhere, and an isolated section is solved before.
#[tokio::test]
async fn sections_of_a_question_are_solved_with_their_imports() {
    let program = format!(
        "{FUNCTIONS}
fs deps() {{ cached repository(\"a\") with option {{ cacheFrom \"c/deps\"; isolated; }} }}
fs tools() {{ cached fs {{ repository \"b\"; copy deps \"/\" \"/\" }} with cacheFrom(\"c/tools\") }}
fs default() {{
	scratch
	mkfile \"/a\" 0o644 string {{ fileContent tools \"/version\" }}
}}"
    );
    let asked = asked(&Arc::new(daemon(program, &[("b/version", "1")]))).await.expect("a build");
    let imports: Vec<Vec<_>> = asked
        .solves
        .iter()
        .map(|it| it.cache_imports.iter().map(|it| it.attrs["ref"].as_str()).collect())
        .collect();
    assert_eq!(imports, [vec!["c/deps"], vec!["c/tools"], vec![]]);
    assert_eq!(asked.solves.iter().map(|it| it.evaluate).collect::<Vec<_>>(), [true, false, false]);
}

/// The message of a failed build, and the lines that it points to.
fn reported(status: &rpc::Status) -> (String, Vec<i32>) {
    let sources = errdefs::all::<errdefs::Source>(status);
    let ranges = sources.flat_map(|it| it.ranges).map(|range| range.start.line);
    (status.message.clone(), ranges.collect())
}

#[tokio::test]
async fn a_file_without_text_is_an_error_at_the_path() {
    let large = "x".repeat((64 << 10) + 1);
    let program = |path: &str| {
        format!(
            "{FUNCTIONS}fs default() {{\n\tmkfile \"/a\" 0o644 string {{ fileContent repository(\"a\") \"{path}\" }}\n}}\n"
        )
    };
    for (path, problem) in [
        ("none", "file `/none` is not in the filesystem"),
        ("/dir", "file `/dir` is not a regular file"),
        ("large", "file `/large` is larger than 64 KiB"),
        ("binary", "file `/binary` is not UTF-8"),
    ] {
        let mut daemon = daemon(program(path), &[("a/large", &large)]);
        daemon.special.push(("/dir", DIRECTORY));
        daemon.files.insert(("git://example.com/a.git", "/binary"), vec![0xff]);
        let status = asked(&Arc::new(daemon)).await.err().expect("no build");
        assert!(
            status.message.contains(&format!("error[HLB0346]: {problem}")),
            "{}",
            status.message
        );
        assert!(status.message.starts_with("build.hlb:5:"), "{}", status.message);
    }
    let exact = &large[1..];
    let asked = asked(&Arc::new(daemon(program("exact"), &[("a/exact", exact)]))).await;
    assert!(asked.is_ok(), "64 KiB are not too large");
}

#[tokio::test]
async fn a_filesystem_that_fails_is_shown_at_the_argument() {
    let program = format!(
        "{FUNCTIONS}fs default() {{\n\tmkfile \"/a\" 0o644 string {{\n\t\tfileContent repository(\"a\") \"/version\"\n\t}}\n}}\n"
    );
    let failure = rpc::Status { code: 2, message: "exit code: 1".to_owned(), details: Vec::new() };
    let mut daemon = daemon(program, &[]);
    (daemon.failure, daemon.failing) = (Some(failure), Some("git://example.com/a.git"));
    let status = asked(&Arc::new(daemon)).await.err().expect("no build");
    assert_eq!(reported(&status), ("input of `fileContent`: exit code: 1".to_owned(), vec![6]));
}

/// Nothing is built for a program with an error.
#[tokio::test]
async fn an_error_elsewhere_comes_first() {
    let program = format!(
        "{FUNCTIONS}fs default() {{\n\tmkfile \"/a\" 0o644 content(\"a\")\n\tcopy fs {{ mkdir \"/b\" 0o77777 }} \"/\" \"/\"\n}}\n"
    );
    let daemon = Arc::new(daemon(program, &[("a/version", "1")]));
    let outcome = build(&connect(&daemon).await, &options(&["filename=build.hlb"])).await;
    assert!(outcome.expect_err("no build").message.contains("HLB0301"));
    assert_eq!(daemon.asked.lock().expect("not poisoned").solves.len(), 1, "the build file alone");
}

/// A module may come from what a value names.
#[tokio::test]
async fn an_import_may_need_a_value() {
    let program = format!(
        "import lib from fs {{ git \"https://example.com/${{content(\"a\")}}.git\" \"\" }}\n{FUNCTIONS}fs default() {{ lib.made; }}\n"
    );
    let mut daemon = daemon(program, &[("a/version", "lib\n")]);
    let module = b"export made\nfs made() { scratch; mkfile \"/m\" 0o644 \"\" }\n";
    daemon.files.insert(("git://example.com/lib.git", "module.hlb"), module.to_vec());
    let asked = asked(&Arc::new(daemon)).await.expect("a build");
    assert_eq!(asked.solves.len(), 3, "the value, the module, the build");
}

const REQUIRED: &str = "
fs check(string name) { git \"https://example.com/${name}.git\" \"\" }
fs unused() { check \"never\"; require check(\"never\") }
fs guarded() { scratch; mkfile \"/version\" 0o644 \"\"; require check(\"inner\") }
fs default() {
	git \"https://example.com/result.git\" \"\"
	require check(\"lint\") check(\"test\")
	mkfile \"/a\" 0o644 string { fileContent guarded \"/version\" }
}
";

/// The sources of solves, each with whether it is forced; those at the same time are in no order.
fn solved(asked: &Asked) -> Vec<(String, bool)> {
    let name = |solve: &SolveRequest| {
        let shown = shown(solve);
        let source = shown.lines().next().unwrap_or_default().rsplit('/').next().map(str::to_owned);
        source.unwrap_or_default()
    };
    let mut solved: Vec<_> = asked.solves.iter().map(|it| (name(it), it.evaluate)).collect();
    solved.sort();
    solved
}

#[tokio::test]
async fn checks_are_solved_beside_what_they_guard() {
    let mut daemon = daemon(REQUIRED.to_owned(), &[]);
    daemon.files.insert(("unnamed", "/version"), b"1".to_vec());
    let asked = asked(&Arc::new(daemon)).await.expect("a build");
    let names = ["inner.git", "lint.git", "result.git", "test.git", "v1 file <- scratch"];
    assert_eq!(solved(&asked), names.map(|name| (name.to_owned(), true)));
}

#[tokio::test]
async fn a_check_that_fails_is_shown_at_its_line() {
    let failure = rpc::Status { code: 2, message: "exit code: 1".to_owned(), details: Vec::new() };
    for (failing, expected) in [
        ("git://example.com/test.git", ("check of `default`: exit code: 1", vec![7])),
        ("git://example.com/inner.git", ("check of `guarded`: exit code: 1", vec![4])),
    ] {
        let mut daemon = daemon(REQUIRED.to_owned(), &[]);
        daemon.files.insert(("unnamed", "/version"), b"1".to_vec());
        (daemon.failure, daemon.failing) = (Some(failure.clone()), Some(failing));
        let status = asked(&Arc::new(daemon)).await.err().expect("no build");
        assert_eq!(reported(&status), (expected.0.to_owned(), expected.1));
    }
}
