//! What of a client's directories is transferred for a program.

use std::collections::BTreeSet;
use std::sync::Arc;

use gateway_proto::pb::{self, op::Op};
use hlb_frontend::solve::build;
use prost::Message;

use crate::daemon::{Fake, connect, options};

/// The transfers of contexts that a program costs, over all solves: each its hint, and the patterns that it has.
async fn transfers(program: &str, given: &[&str]) -> Vec<String> {
    let files: [(&str, &str, &[u8]); 2] = [
        ("local://dockerfile", "build.hlb", program.to_owned().leak().as_bytes()),
        ("local://context", "/first", b"second"),
    ];
    let daemon = Arc::new(Fake::with_files(&files));
    let options = options(&[&["filename=build.hlb"], given].concat());
    build(&connect(&daemon).await, &options).await.expect("a build");
    let asked = daemon.asked.lock().expect("not poisoned");
    let definitions = asked.solves.iter().filter_map(|solve| solve.definition.as_ref());
    let ops = definitions.flat_map(|it| &it.def);
    let ops = ops.map(|bytes| pb::Op::decode(bytes.as_slice()).expect("an op"));
    let transfers: BTreeSet<_> = ops.filter_map(|op| shown(&op)).collect();
    transfers.into_iter().collect()
}

fn shown(op: &pb::Op) -> Option<String> {
    let Some(Op::Source(source)) = &op.op else { return None };
    let hint = source.attrs.get("local.sharedkeyhint")?;
    if hint == "dockerfile" || hint.ends_with(".dockerignore") {
        return None;
    }
    let mut shown = hint.clone();
    for (sign, key) in [
        (" ", "local.followpaths"),
        (" +", "local.includepattern"),
        (" -", "local.excludepatterns"),
    ] {
        if let Some(patterns) = source.attrs.get(key) {
            shown.push_str(&format!("{sign}{patterns}"));
        }
    }
    Some(shown)
}

async fn of_body(body: &str) -> Vec<String> {
    transfers(&format!("fs default() {{\n{body}\n}}\n"), &[]).await
}

#[tokio::test]
async fn what_is_used_is_one_transfer() {
    for (body, expected) in [
        ("local \"src\"", r#"context-hlb-default ["src"]"#),
        ("copy local(\".\") \"src\" \"/src\"", r#"context-hlb-default ["src"]"#),
        ("copy src \"/a\" \"/\"\ncopy src \"b/c\" \"/\"", r#"context-hlb-default ["a","b/c"]"#),
        (
            "copy local(\"b\") \"/\" \"/\"\ncopy src \"*.go\" \"/\" with allowWildcard",
            r#"context-hlb-default ["b","*.go"]"#,
        ),
        (
            "local \".\" with includePatterns(\"*.go\", \"go.*\")",
            r#"context-hlb-default +["*.go","go.*"]"#,
        ),
        (
            "local \".\" with option { includePatterns \"*.go\"; excludePatterns \"x.go\" }",
            r#"context-hlb-default +["*.go"] -["x.go"]"#,
        ),
        (
            "local \"src\" with option { includePatterns \"*.go\"; excludePatterns \"x.go\" }",
            r#"context-hlb-default:src ["src"] -["src/**","!src/*.go","src/x.go","src/x.go/**"]"#,
        ),
        ("local \".\" with excludePatterns(\"docs\")", r#"context-hlb-default -["docs"]"#),
        (
            "run \"make\" with option { mount src \"/src\" with sourcePath(\"lib\") }",
            r#"context-hlb-default ["lib"]"#,
        ),
        ("local \".\"", "context-hlb"),
        ("copy local(\".\") \".\" \"/\"", "context-hlb"),
        ("copy src \"/a\" \"/\"\ncopy src \".\" \"/src\"", "context-hlb"),
        // Here it is found out only in the end.
        ("src\ncopy src \"/a\" \"/b\"", "context-hlb"),
        ("merge fs { copy src \"/a\" \"/\" } src", "context-hlb"),
    ] {
        let program = format!("fs src() {{ local \".\" }}\nfs default() {{\n{body}\n}}\n");
        assert_eq!(transfers(&program, &[]).await, [expected], "{program}");
    }
}

/// `docs` may be a link to something in `src`.
#[tokio::test]
async fn what_leaves_something_out_is_a_transfer_of_its_own() {
    let body = "local \"src\" with includePatterns(\"*.go\")\ncopy local(\".\") \"docs\" \"/\"";
    let of_src = r#"context-hlb-default:src ["src"] -["src/**","!src/*.go"]"#;
    assert_eq!(of_body(body).await, [r#"context-hlb-default ["docs"]"#, of_src]);
    let both = format!("{body}\ncopy local(\".\") \"src\" \"/\"");
    assert_eq!(of_body(&both).await, [r#"context-hlb-default ["docs","src"]"#]);
}

/// What the build does not use is not transferred, and what differs between targets is kept apart.
#[tokio::test]
async fn targets_have_their_own_transfers() {
    let program = "fs default() { local \"src\" }\nfs docs() { local \"docs\" }\n";
    assert_eq!(transfers(program, &[]).await, [r#"context-hlb-default ["src"]"#]);
    let docs = transfers(program, &["target=docs"]).await;
    assert_eq!(docs, [r#"context-hlb-docs ["docs"]"#]);
}

/// What was transferred for a question is not transferred again, and the question is put once.
#[tokio::test]
async fn a_later_part_is_a_transfer_of_its_own() {
    let body = "copy local(\".\") string { fileContent fs { local \".\" } \"first\" } \"/\"";
    let expected = [r#"context-hlb-default ["first"]"#, r#"context-hlb-default-1 ["second"]"#];
    assert_eq!(of_body(body).await, expected);
    // It takes part in what is known at that time.
    let more = format!("{body}\ncopy local(\"third\") \"/\" \"/\"");
    let expected =
        [r#"context-hlb-default ["first","third"]"#, r#"context-hlb-default-1 ["second"]"#];
    assert_eq!(of_body(&more).await, expected);
}

#[tokio::test]
async fn a_named_context_is_narrowed_down_like_the_main_one() {
    let program = "fs default() {\n\tcopy image(\"other\") \"src\" \"/src\"\n}\n";
    let given = ["context:other=local:o", "sharedkey:localdir:other=k"];
    assert_eq!(transfers(program, &given).await, [r#"context:other-k-default ["src"]"#]);
}

#[tokio::test]
async fn a_build_context_is_taken_by_its_name() {
    let program = "fs other(string path) { local path with buildContext(\"other\") }
fs default() { other \"a\"; copy other(\".\") \"b\" \"/\"; copy image(\"other\") \"c\" \"/\" }
";
    let transfer = transfers(program, &["context:other=local:o"]).await;
    assert_eq!(transfer, [r#"context:other--default ["a","b","c"]"#]);
}

/// Not where something of it may be sent, nor where a pattern is to find out.
#[tokio::test]
async fn a_path_that_an_ignore_file_leaves_out_is_an_error() {
    let failed = async |body: &str| {
        let program = format!("fs default() {{\n\t{body}\n}}\n");
        let files: [(&str, &str, &[u8]); 3] = [
            ("local://dockerfile", "build.hlb", program.leak().as_bytes()),
            ("local://dockerfile", "build.hlb.dockerignore", b"out\n*.log\n!out/kept\nbin\n"),
            ("local://other", ".dockerignore", b"bin\n"),
        ];
        let daemon = Arc::new(Fake::with_files(&files));
        let options = options(&["filename=build.hlb", "context:other=local:other"]);
        build(&connect(&daemon).await, &options).await.err().map(|status| status.message)
    };
    let excluded = |at: &str, path: &str, by: &str| {
        Some(format!(
            "build.hlb:2:{at}: error[HLB0421]: `{path}` is excluded by {by} (write `!{path}` below that line)"
        ))
    };
    let own = "`build.hlb.dockerignore`, line";
    let found = failed("local \"bin/x\"").await;
    assert_eq!(found, excluded("8", "bin/x", &format!("{own} 4")));
    let found = failed("copy local(\".\") \"x.log\" \"/\"").await;
    assert_eq!(found, excluded("18", "x.log", &format!("{own} 2")));
    let found =
        failed("mkfile \"/x\" 0o644 string { fileContent fs { local \".\" } \"bin\" }").await;
    assert_eq!(found, excluded("58", "bin", &format!("{own} 4")));
    let found = failed("copy image(\"other\") \"bin\" \"/\"").await;
    let of_other = "`.dockerignore` of build context `other`, line 1";
    assert_eq!(found, excluded("22", "bin", of_other));
    for body in [
        "local \"out\"",
        "local \"out/kept\"",
        "copy local(\".\") \"*.log\" \"/\" with option { allowWildcard; allowEmptyWildcard }",
    ] {
        assert_eq!(failed(body).await, None, "{body}");
    }
}
