//! What is reported, where, and in which form.

use std::fs;

use expect_test::expect;

use super::directory::Directory;
use super::{BROKEN, DEPRECATED, FINE, LOOSE, WRONG};

#[test]
fn check_says_nothing_about_a_fine_file() {
    let directory = Directory::new(&[FINE]);
    directory.run(&["check", "build.hlb"]).check(expect![[r#"
        exit 0
    "#]]);
}

#[test]
fn check_reports_on_stderr() {
    let directory = Directory::new(&[FINE, WRONG]);
    directory.run(&["check", "build.hlb", "wrong.hlb"]).check(expect![[r#"
        exit 1
        --- stderr
        error[HLB0201]: unknown name `imge`
         --> wrong.hlb:2:2
          |
        2 |     imge "alpine"
          |     ^^^^
          |
          = help: did you mean `image`?

    "#]]);
}

#[test]
fn check_goes_on_after_a_file_that_is_missing() {
    let directory = Directory::new(&[WRONG]);
    let ran = directory.run(&["check", "none.hlb", "wrong.hlb"]);
    assert!(ran.err.starts_with("hlb-frontend: none.hlb: No such file"), "{}", ran.err);
    assert!(ran.err.contains("wrong.hlb:2:2"), "{}", ran.err);
    assert_eq!(ran.code, 2);
}

#[test]
fn check_refuses_what_is_not_text() {
    let directory = Directory::new(&[]);
    fs::write(directory.path().join("a.hlb"), b"fs \xff").expect("a file");
    directory.run(&["check", "a.hlb"]).check(expect![[r#"
        exit 2
        --- stderr
        hlb-frontend: a.hlb: not UTF-8 text from byte 3
    "#]]);
}

#[test]
fn check_follows_imports_below_the_root() {
    let directory = Directory::new(&[
        (
            "ci/build.hlb",
            "import lib from \"./lib/lib.hlb\"\nimport none from \"none.hlb\"\nimport up from \"../up.hlb\"\n\n\
             import far from fs { image \"x\"; }\n\nfs default() {\n\tlib.tool\n\tfar.tool\n}\n",
        ),
        ("ci/lib/lib.hlb", "export tool\nfs tool() {\n\tscrtch\n}\n"),
        ("up.hlb", "fs x() { scratch }\n"),
    ]);
    let ran = directory.run(&["check", "ci/build.hlb"]);
    let spans = ran.err.lines().filter_map(|line| Some(line.split_once("--> ")?.1));
    let spans: Vec<&str> = spans.collect();
    assert_eq!(spans, ["ci/build.hlb:2:18", "ci/build.hlb:3:16", "ci/lib/lib.hlb:3:2"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
}

#[test]
fn check_reads_standard_input() {
    let directory = Directory::new(&[("ci/lib.hlb", "export tool\nfs tool() { scratch }\n")]);
    let program = "import lib from \"lib.hlb\"\nfs default() { lib.tool }\n";
    let named = ["check", "-", "--stdin-filename", "ci/build.hlb"];
    directory.run_with(&named, program, &[]).check(expect![[r#"
        exit 0
    "#]]);
    directory.run_with(&["check", "-"], program, &[]).check(expect![[r#"
        exit 1
        --- stderr
        error[HLB0101]: import `lib`: no file `lib.hlb`
         --> <stdin>:1:17
          |
        1 | import lib from "lib.hlb"
          |                 ^^^^^^^^^

    "#]]);
}

#[test]
fn json_is_on_stdout() {
    let directory = Directory::new(&[WRONG]);
    let ran = directory.run(&["check", "--format", "json", "wrong.hlb"]);
    ran.check(expect![[r#"
        exit 1
        --- stdout
        {"code":"HLB0201","name":"unknown-name","severity":"error","message":"unknown name `imge`","file":"wrong.hlb","start":{"line":2,"column":2},"end":{"line":2,"column":6},"labels":[],"help":["did you mean `image`?"],"notes":[],"calls":[]}
    "#]]);
    for line in ran.out.lines() {
        serde_json::from_str::<serde_json::Value>(line).expect("an object");
    }
}

#[test]
fn warnings_are_errors_only_when_denied() {
    let directory = Directory::new(&[DEPRECATED]);
    directory.run(&["check", "old.hlb"]).check(expect![[r#"
        exit 0
    "#]]);
    directory.run(&["lint", "old.hlb"]).check(expect![[r#"
        exit 0
        --- stderr
        warning[HLB0501]: kind `group` is deprecated
         --> old.hlb:1:1
          |
        1 | group all() {
          | ^^^^^
          |
          = help: write `pipeline`

    "#]]);
    let denied = directory.run(&["lint", "--deny", "warnings", "old.hlb"]);
    assert_eq!(denied.code, 1);
    assert!(denied.err.starts_with("error[HLB0501]: kind `group`"), "{}", denied.err);
    let skipped = ["lint", "--deny=warnings", "--skip=deprecated-kind", "old.hlb"];
    directory.run(&skipped).check(expect![[r#"
        exit 0
    "#]]);
    directory.run(&["lint", "--skip", "HLB0501,deprecated-knd", "old.hlb"]).check(expect![[r#"
        exit 2
        --- stderr
        hlb-frontend: there is no lint `deprecated-knd`
        help: did you mean `deprecated-kind`?
    "#]]);
    let wrong = Directory::new(&[WRONG]);
    let ran = wrong.run(&["lint", "--skip=all", "wrong.hlb"]);
    assert_eq!(ran.code, 1, "errors are never skipped");
}

#[test]
fn no_color_without_a_terminal() {
    let directory = Directory::new(&[WRONG]);
    for env in [&[][..], &[("NO_COLOR", "1")], &[("CLICOLOR_FORCE", "1")]] {
        let ran = directory.run_with(&["check", "wrong.hlb"], "", env);
        assert!(!ran.err.contains('\u{1b}'), "{}", ran.err);
    }
}

#[test]
fn a_file_may_be_larger_than_a_daemon_takes() {
    let text = format!("# {}\nfs default() {{ scratch }}\n", "x".repeat(16 << 20));
    let directory = Directory::new(&[("build.hlb", &text)]);
    directory.run(&["check", "build.hlb"]).check(expect![[r#"
        exit 0
    "#]]);
}

#[test]
fn nothing_but_json_is_on_the_standard_output() {
    let directory = Directory::new(&[BROKEN, LOOSE]);
    let ran = directory.run(&["fmt", "--format", "json", "--check", "broken.hlb", "loose.hlb"]);
    for line in ran.out.lines() {
        serde_json::from_str::<serde_json::Value>(line).expect("an object");
    }
    ran.check(expect![[r#"
        exit 1
        --- stdout
        {"code":"HLB0023","name":"unclosed-list","severity":"error","message":"unclosed list of parameters: `)` is missing","file":"broken.hlb","start":{"line":1,"column":11},"end":{"line":1,"column":12},"labels":[{"text":"can't be in the list","file":"broken.hlb","start":{"line":1,"column":13},"end":{"line":1,"column":14}}],"help":[],"notes":[],"calls":[]}
        --- stderr
        loose.hlb
    "#]]);
    directory.run(&["fmt", "--format", "json", "--diff", "loose.hlb"]).check(expect![[r#"
        exit 2
        --- stderr
        hlb-frontend: `--diff` is for `--format text`
    "#]]);
}
