//! Which solves a program's sections become, and which imports each carries.

use std::sync::Arc;
use std::time::Duration;

use gateway_proto::frontend::SolveRequest;
use gateway_proto::{errdefs, pb, rpc};
use hlb_frontend::solve::build;
use llb::{Detail, summary};
use prost::Message;

use crate::daemon::{Fake, connect, options};

/// The solves of a program's `default`, without the one that loads the file; or the error.
async fn solves(program: &'static str) -> Result<Vec<SolveRequest>, rpc::Status> {
    let daemon =
        Arc::new(Fake::with_files(&[("local://dockerfile", "build.hlb", program.as_bytes())]));
    let imports = r#"cache-imports=[{"Type":"registry","Attrs":{"ref":"client/cache"}}]"#;
    let outcome = build(&connect(&daemon).await, &options(&["filename=build.hlb", imports])).await;
    let solves = daemon.asked.lock().expect("not poisoned").solves.split_off(1);
    outcome.map(|_| solves)
}

fn imports(solve: &SolveRequest) -> Vec<&str> {
    solve.cache_imports.iter().map(|import| import.attrs["ref"].as_str()).collect()
}

/// The digest of what a solve gives.
fn output(solve: &SolveRequest) -> String {
    let terminal = solve.definition.as_ref().and_then(|it| it.def.last()).expect("a definition");
    let op = pb::Op::decode(&**terminal).expect("an op");
    op.inputs[0].digest.clone()
}

const PLAIN: &str = r#"
fs deps() { scratch; mkfile "/deps" 0o644 "d" }
fs tools() { scratch; mkfile "/tools" 0o644 "t" }
fs default() { scratch; copy deps "/deps" "/d"; copy tools "/tools" "/t" }
"#;

const CACHED: &str = r#"
fs deps() { cached fs { scratch; mkfile "/deps" 0o644 "d" } with option { cacheFrom "a/deps"; cacheFrom "a/more" } }
fs tools() { cached fs { scratch; mkfile "/tools" 0o644 "t" } with cacheFrom("type=registry,ref=a/tools") }
fs unused() { cached fs { scratch; mkfile "/x" 0o644 "x" } with cacheFrom("a/unused") }
fs default() { scratch; copy deps "/deps" "/d"; copy tools "/tools" "/t" }
"#;

const ISOLATED: &str = r#"
fs inner() { cached fs { scratch; mkfile "/i" 0o644 "i" } with option { cacheFrom "a/inner"; isolated } }
fs deps() { cached fs { scratch; copy inner "/i" "/deps" } with option { cacheFrom "a/deps"; isolated } }
fs tools() { cached fs { scratch; mkfile "/tools" 0o644 "t" } with cacheFrom("a/tools") }
fs default() { scratch; copy deps "/deps" "/d"; copy tools "/tools" "/t" }
"#;

#[tokio::test]
async fn sections_of_one_definition_are_solved_together() {
    let solves = solves(CACHED).await.expect("a build");
    assert_eq!(solves.len(), 1);
    assert_eq!(imports(&solves[0]), ["a/deps", "a/more", "a/tools", "client/cache"]);
    assert!(!solves[0].evaluate, "nothing is forced ahead of what uses it");
}

#[tokio::test]
async fn a_section_changes_no_vertex() {
    let (plain, cached) =
        (solves(PLAIN).await.expect("a build"), solves(CACHED).await.expect("a build"));
    assert_eq!(output(&plain[0]), output(&cached[0]));
    let ops = |solve: &SolveRequest| solve.definition.clone().map(|definition| definition.def);
    assert_eq!(ops(&plain[0]), ops(&cached[0]));
}

#[tokio::test]
async fn an_isolated_section_is_solved_before_its_users_with_its_own_imports() {
    let solves = solves(ISOLATED).await.expect("a build");
    let all: Vec<_> = solves.iter().map(|solve| (imports(solve), solve.evaluate)).collect();
    assert_eq!(
        all,
        [(vec!["a/inner"], true), (vec!["a/deps"], true), (vec!["a/tools", "client/cache"], false),]
    );
}

#[tokio::test]
async fn a_spec_that_is_none_is_a_error_before_any_solve() {
    let program = "fs default() { cached fs { scratch; mkfile \"/x\" 0o644 \"x\" } with cacheFrom(\"ref=a/b\") }";
    let refused = solves(program).await.expect_err("no build");
    assert!(refused.message.contains("HLB0401"), "{}", refused.message);
    assert!(refused.message.contains("build.hlb:1:"), "{}", refused.message);
}

/// The names that progress shows of a solve's ops, in their order.
fn names(solve: &SolveRequest) -> Vec<String> {
    let detail = Detail { metadata: true, ..Detail::default() };
    let summary = summary(&solve.definition.clone().unwrap_or_default(), detail);
    let names =
        summary.lines().filter_map(|line| line.trim_start().strip_prefix("llb.customname \""));
    names.filter_map(|it| it.strip_suffix('"')).map(|it| it.replace("\\\"", "\"")).collect()
}

/// Each solve numbers the steps that are in it. What an isolated section makes is in the solves that use it, too.
#[tokio::test]
async fn steps_are_named_as_the_statements_of_their_functions() {
    let solves = solves(ISOLATED).await.expect("a build");
    let deps = [r#"[inner] mkfile "/i" 0o644 "i""#, r#"[deps] copy inner "/i" "/deps""#];
    assert_eq!(names(&solves[0]), deps[..1]);
    assert_eq!(names(&solves[1]), deps);
    let rest = [
        r#"[default 1/2] copy deps "/deps" "/d""#,
        r#"[tools] mkfile "/tools" 0o644 "t""#,
        r#"[default 2/2] copy tools "/tools" "/t""#,
    ];
    assert_eq!(names(&solves[2]), [&deps[..], &rest].concat());
}

#[tokio::test]
async fn many_isolated_sections_do_not_flood_the_daemon() {
    let section = |number: usize| {
        format!(
            "copy fs {{ cached fs {{ scratch; mkfile \"/{number}\" 0o644 \"\" }} with option {{ cacheFrom \"a/{number}\"; isolated }} }} \"/\" \"/\"\n"
        )
    };
    let sections: String = (0..50).map(section).collect();
    let program = format!("fs default() {{\nscratch\n{sections}}}\n");
    let daemon = Arc::new(Fake {
        solve_time: Duration::from_millis(20),
        ..Fake::with_files(&[("local://dockerfile", "build.hlb", program.as_bytes())])
    });
    build(&connect(&daemon).await, &options(&[])).await.expect("a build");
    let asked = daemon.asked.lock().expect("not poisoned");
    assert_eq!((asked.solves.len(), asked.most_running), (52, 20));
}

const PIPELINE: &str = r#"
fs made(string path) { scratch; mkfile path 0o644 "x" }
fs exported() { made "/dist"; download "out" }
pipeline inner() {
	stage made("/third")
	stage made("/fourth")
}
pipeline default() {
	stage made("/first") made("/second")
	stage inner exported
}
"#;

/// The last file that a solve makes.
fn last_file(solve: &SolveRequest) -> String {
    let name = names(solve).pop().unwrap_or_default();
    name.split('"').nth(1).unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_pipeline_is_built_stage_by_stage_and_gives_what_it_exports() {
    let solves = solves(PIPELINE).await.expect("a build");
    let all: Vec<_> = solves.iter().map(|it| (last_file(it), it.evaluate)).collect();
    let all: Vec<_> = all.iter().map(|(name, forced)| (&**name, *forced)).collect();
    let ([first, second], result) = (["/first", "/second"], ("out", false));
    assert_eq!(all[..2], [(first, true), (second, true)]);
    // The other part of the stage is built beside the two stages of `inner`.
    let mut stage = all[2..5].to_vec();
    stage.sort_unstable();
    assert_eq!(stage, [("/dist", true), ("/fourth", true), ("/third", true)]);
    assert!(stage.len() == 3 && all[5] == result && all.len() == 6, "{all:?}");
    assert_eq!(names(&solves[5]).last().expect("an op"), "[exported] download \"out\"");
}

#[tokio::test]
async fn what_a_download_is_followed_by_is_built_before_the_result() {
    let program = r#"
fs default() {
	scratch
	mkfile "/app" 0o755 "a"
	download "bin"
	mkfile "/tested" 0o644 "t"
}"#;
    let solves = solves(program).await.expect("a build");
    let all: Vec<_> = solves.iter().map(|it| (last_file(it), it.evaluate)).collect();
    assert_eq!(all, [("/tested".to_owned(), true), ("bin".to_owned(), false)]);
}

#[tokio::test]
async fn a_stage_that_fails() {
    let program = b"pipeline default() {
	stage fs { scratch; mkfile \"/beside\" 0o644 \"\"; } fs {
		git \"https://example.com/a.git\" \"\"
		run \"test\"
	}
	stage fs { scratch; mkfile \"/never\" 0o644 \"\"; }
}
";
    let failure = rpc::Status { code: 2, message: "exit code: 1".to_owned(), details: Vec::new() };
    let daemon = Arc::new(Fake {
        failure: Some(failure),
        failing: Some("git://example.com/a.git"),
        ..Fake::with_files(&[("local://dockerfile", "build.hlb", program)])
    });
    let status = build(&connect(&daemon).await, &options(&[])).await.expect_err("no build");
    assert_eq!(status.message, "stage 1 of `default`: exit code: 1");
    let lines: Vec<_> = errdefs::all::<errdefs::Source>(&status)
        .map(|it| it.ranges.first().map(|range| range.start.line))
        .collect();
    assert_eq!(lines, [Some(2)]);
    let asked = daemon.asked.lock().expect("not poisoned");
    assert!(asked.solves.iter().all(|it| last_file(it) != "/never"), "no stage after it begins");
}
