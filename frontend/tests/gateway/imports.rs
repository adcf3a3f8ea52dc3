//! Imports from other filesystems: what the daemon is asked for them, and how often.

use std::sync::Arc;
use std::time::Duration;

use gateway_proto::errdefs::{self, Detail, Source};
use gateway_proto::rpc;
use hlb_frontend::solve::build;

use crate::daemon::{DIRECTORY, Fake, PIPE, connect, options};

type Files = [(&'static str, &'static str, &'static str)];

/// What the daemon was asked: a word a call, solves by the source that they begin with.
struct Asked {
    outcome: Result<(), rpc::Status>,
    solves: Vec<String>,
    reads: Vec<String>,
}

/// Builds `build.hlb`, the first of the files; the others are in the sources that they name.
async fn built(program: &'static str, files: &Files) -> Asked {
    built_by(Fake::default(), program, files).await
}

async fn built_by(daemon: Fake, program: &'static str, files: &Files) -> Asked {
    let build_file = ("local://dockerfile", "build.hlb", program);
    let all = files.iter().chain([&build_file]);
    let all = all.map(|(source, path, text)| ((*source, *path), text.as_bytes().to_vec()));
    let daemon = Arc::new(Fake { files: all.collect(), ..daemon });
    let outcome = build(&connect(&daemon).await, &options(&["filename=build.hlb"])).await;
    let solves = daemon.sources().into_iter().map(|(source, _)| source.identifier).collect();
    let asked = daemon.asked.lock().expect("not poisoned");
    let reads = asked.reads.iter().map(|read| format!("{} {}", read.r#ref, read.file_path));
    // The build file comes with its ignore file, which is not the point here.
    let own = |read: &String| read.ends_with("ignore") || read == "local://dockerfile build.hlb";
    let reads = reads.filter(|read| !own(read));
    Asked { outcome: outcome.map(|_| ()), solves, reads: reads.collect() }
}

#[tokio::test]
async fn a_depth_of_imports_costs_a_solve_for_each_filesystem_and_a_read_for_each_file() {
    let program = r#"
import near from "./near.hlb"
import lib from fs { local "lib" }
import again from fs { local "lib" }
import repo from "git+https://h.example/o/r@v1:sub/m.hlb"
import other from "git+https://h.example/o/r@v1:other.hlb"
fs default() { near.a; lib.b; again.b; repo.c; other.d }
"#;
    let touch = "export a\nexport b\nexport c\nexport d\nfs a() { mkfile \"/a\" 0o644 \"\" }\nfs b() { a }\nfs c() { a }\nfs d() { a }";
    let deep = "import near from \"../near.hlb\"\nimport x from \"git+https://h.example/o/r@v1:other.hlb\"\nexport c\nfs c() { near.a; x.d }";
    let files: &Files = &[
        ("local://dockerfile", "near.hlb", touch),
        ("local://context", "module.hlb", touch),
        ("git://h.example/o/r#v1", "sub/m.hlb", deep),
        ("git://h.example/o/r#v1", "other.hlb", touch),
        ("git://h.example/o/r#v1", "near.hlb", touch),
    ];
    let Asked { outcome, mut solves, mut reads } = built(program, files).await;
    outcome.expect("a build");
    reads.sort();
    assert_eq!(
        reads,
        [
            "git://h.example/o/r#v1 near.hlb",
            "git://h.example/o/r#v1 other.hlb",
            "git://h.example/o/r#v1 sub/m.hlb",
            "local://context module.hlb",
            "local://dockerfile near.hlb",
        ]
    );
    // The build file, what is beside it, the ignore file, `lib` and the repository. The result begins with a file op,
    // which is no source.
    solves.sort();
    let context = ["local://context"; 2];
    let expected = [&["git://h.example/o/r#v1"], &context[..], &["local://dockerfile"; 2]].concat();
    assert_eq!(solves, expected);
}

#[tokio::test]
async fn an_expression_may_need_an_import() {
    let program = r#"
import places from "./places.hlb"
import lib from places.lib("v2")
fs default() { lib.b }
"#;
    let places = r#"
import repo from "git+https://h.example/base"
export lib
fs lib(string tag) { git repo.url tag }
"#;
    let files: &Files = &[
        ("local://dockerfile", "places.hlb", places),
        (
            "git://h.example/base",
            "build.hlb",
            "export url\nstring url() { \"https://h.example/lib\" }",
        ),
        ("git://h.example/lib#v2", "module.hlb", "export b\nfs b() { mkfile \"/b\" 0o644 \"\" }"),
    ];
    let asked = built(program, files).await;
    asked.outcome.expect("a build");
    assert_eq!(
        asked.reads,
        [
            "local://dockerfile places.hlb",
            "git://h.example/base build.hlb",
            "git://h.example/lib#v2 module.hlb"
        ]
    );
}

#[tokio::test]
async fn a_local_in_another_filesystem_is_of_that_filesystem() {
    let program =
        "import lib from fs { git \"https://h.example/lib\" \"v1\" }\nfs default() { lib.own }";
    let module = "export own\nfs own() { local \".\" }";
    let files: &Files = &[("git://h.example/lib#v1", "module.hlb", module)];
    let asked = built(program, files).await;
    asked.outcome.expect("a build");
    // The result is the repository, and the context is never asked for.
    let git = "git://h.example/lib#v1";
    assert_eq!(asked.solves, ["local://dockerfile", git, git]);
}

#[tokio::test]
async fn what_reaches_a_error_is_not_solved_and_all_else_is_told() {
    let program = r#"
import lib from source
import fine from "git+https://h.example/fine"
import gone from fs { git "https://h.example/gone" "v1" }
fs source() { git "https://h.example/lib" 7 }
fs default() { lib.anything; fine.nope; gone.anything }
"#;
    let files: &Files = &[("git://h.example/fine", "build.hlb", "export one\nfs one() { scrath }")];
    let asked = built(program, files).await;
    let status = asked.outcome.expect_err("no build");
    let expected = "\
4 errors in 2 files
build.hlb:4:18: error[HLB0101]: import `gone`: no `module.hlb` at the root of the filesystem
build.hlb:5:43: error[HLB0141]: parameter `ref` of `git`: expected `string`, found `int` (write `\"7\"` for a string)
build.hlb:6:35: error[HLB0205]: unknown name `nope` in import `fine` (use what it exports: `one`)
git+https://h.example/fine:/build.hlb:2:12: error[HLB0201]: unknown name `scrath` (did you mean `scratch`?)";
    assert_eq!(status.message, expected);
    let solved = asked.solves.iter().any(|it| it.contains("/lib"));
    assert!(!solved, "{:?}", asked.solves);
    assert!(errdefs::all::<Source>(&status).any(|it| it.info.filename.ends_with("build.hlb")));
}

#[tokio::test]
async fn an_import_is_solved_with_the_imports_of_its_own_sections() {
    let program = r#"
import lib from fs { cached fs { git "https://h.example/lib" "v1" } with cacheFrom("a/lib") }
fs default() { cached fs { lib.b } with cacheFrom("a/own") }
"#;
    let module = "export b\nfs b() { mkfile \"/b\" 0o644 \"\" }";
    let files = [
        ("local://dockerfile", "build.hlb", program.as_bytes()),
        ("git://h.example/lib#v1", "module.hlb", module.as_bytes()),
    ];
    let daemon = Arc::new(Fake::with_files(&files));
    build(&connect(&daemon).await, &options(&["filename=build.hlb"])).await.expect("a build");
    let asked = daemon.asked.lock().expect("not poisoned");
    let imports = asked.solves.iter().map(|solve| &solve.cache_imports);
    let imports: Vec<Vec<_>> =
        imports.map(|all| all.iter().map(|it| it.attrs["ref"].as_str()).collect()).collect();
    assert_eq!(imports, [vec![], vec!["a/lib"], vec!["a/own"]]);
}

#[tokio::test]
async fn a_git_uri_becomes_a_source_with_what_the_client_has_for_it() {
    let program = "\
import a from \"git://h.example/a\"
import b from \"git+ssh://h.example/b@v1:x.hlb\"
import c from \"git+https://me@h.example/c\"
fs default() { a.x; b.x; c.x }
";
    let module: &[u8] = b"export x\nfs x() { scratch }";
    let daemon = Arc::new(Fake::with_files(&[
        ("local://dockerfile", "build.hlb", program.as_bytes()),
        ("git://h.example/a", "build.hlb", module),
        ("git://h.example/b#v1", "x.hlb", module),
        ("git://h.example/c", "build.hlb", module),
    ]));
    build(&connect(&daemon).await, &options(&["filename=build.hlb"])).await.expect("a build");
    let mut sources: Vec<_> = daemon.sources().into_iter().skip(1).map(|(op, _)| op).collect();
    sources.sort_by(|a, b| a.identifier.cmp(&b.identifier));
    let attr = |name: &str| {
        let values = sources.iter().map(|op| op.attrs.get(name).map_or("", String::as_str));
        values.collect::<Vec<_>>()
    };
    assert_eq!(
        attr("git.fullurl"),
        ["https://h.example/a", "ssh://git@h.example/b", "https://me@h.example/c"]
    );
    assert_eq!(attr("git.mountsshsock"), ["", "default", ""]);
    assert_eq!(attr("git.authtokensecret"), ["GIT_AUTH_TOKEN"; 3]);
    assert_eq!(attr("git.keepgitdir"), ["true"; 3]);
}

#[tokio::test]
async fn a_module_is_looked_at_before_it_is_read() {
    let program = "import lib from fs { git \"https://h.example/lib\" \"v1\" }\nimport d from \"./d\"\nfs default() { lib.b; d.b }";
    let special = vec![("module.hlb", PIPE), ("d", DIRECTORY)];
    let built = built_by(Fake { special, ..Fake::default() }, program, &[]);
    let asked = tokio::time::timeout(Duration::from_secs(20), built).await.expect("ends");
    let expected = "\
2 errors in build.hlb
build.hlb:1:17: error[HLB0105]: import `lib`: it is a named pipe
build.hlb:2:15: error[HLB0105]: import `d`: it is a directory";
    assert_eq!(asked.outcome.expect_err("no build").message, expected);
    assert!(asked.reads.is_empty(), "{:?}", asked.reads);
}

#[tokio::test]
async fn a_vertex_that_fails_is_no_missing_file() {
    let program =
        "import lib from fs { git \"https://h.example/lib\" \"v1\" }\nfs default() { lib.b }";
    let vertex = errdefs::Vertex { digest: "sha256:1".to_owned() }.to_any();
    let message = "mkdir /a/b: no such file or directory".to_owned();
    let failure = rpc::Status { code: 2, message, details: vec![vertex] };
    let daemon = Fake {
        failure: Some(failure),
        failing: Some("git://h.example/lib#v1"),
        fails_when_read: true,
        ..Fake::default()
    };
    let status = built_by(daemon, program, &[]).await.outcome.expect_err("no build");
    assert_eq!(status.message, "import `lib`: mkdir /a/b: no such file or directory");
}
