//! The program as a person starts it: what it prints, where, and its exit code.
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

mod directory;
mod llb;

use std::fs;
use std::process::{Command, Stdio};
use std::time::SystemTime;

use directory::Directory;
use expect_test::expect;

const FINE: (&str, &str) = ("build.hlb", "fs default() {\n\tscratch\n}\n");
const WRONG: (&str, &str) = ("wrong.hlb", "fs default() {\n\timge \"alpine\"\n}\n");
const BROKEN: (&str, &str) = ("broken.hlb", "fs default( {\n}\n");
const LOOSE: (&str, &str) = ("loose.hlb", "fs default() {\n  scratch\n}\n");
const DEPRECATED: (&str, &str) = (
    "old.hlb",
    "group all() {\n\tpipeline_of_nothing\n}\n\npipeline pipeline_of_nothing() {\n\tstage all2\n}\n\nfs all2() {\n\tscratch\n}\n",
);

#[test]
fn help_and_version() {
    let directory = Directory::new(&[]);
    directory.run(&["--help"]).check(expect![[r#"
        exit 0
        --- stdout
        hlb-frontend 0.1.0: the BuildKit frontend for HLB, and HLB's tools

        In a build, BuildKit starts it from an image, for a file that begins with
        `# syntax=REGISTRY/hlb-frontend`. Started by hand:

        Usage: hlb-frontend COMMAND [OPTION…]

        Commands:
          check FILE…|DIR…|-  Report errors without building
          lint FILE…|DIR…|-   Report errors and warnings without building
          fmt FILE…|DIR…|-    Rewrite files, and those of directories, in the canonical layout
          llb FILE|-          Print the LLB of a target, without a daemon

        Options:
          --help     Print this help, or with a command that command's
          --version  Print the version

        Exit code: 0 fine, 1 errors in the program, 2 usage or I/O error
    "#]]);
    directory.run(&["check", "--help"]).check(expect![[r#"
        exit 0
        --- stdout
        Report errors without building

        Usage: hlb-frontend check [OPTION…] FILE…|DIR…|-

        Options:
          --format text|json     Show diagnostics as text on stderr (default) or JSON lines on stdout
          --deny warnings        Take warnings for errors
          --skip CODE,…          Leave warnings out, by their codes or names, or `all`
          --stdin-filename FILE  Name what is read from stdin (`-`); its imports are found beside it
          --help                 Print this help
    "#]]);
    let version = directory.run(&["--version"]);
    assert_eq!(version.out, format!("hlb-frontend {}\n", env!("CARGO_PKG_VERSION")));
    assert_eq!((version.code, version.err.as_str()), (0, ""));
}

#[test]
fn without_arguments_it_says_what_it_is() {
    let directory = Directory::new(&[]);
    let ran = directory.run(&[]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(ran.err.starts_with("hlb-frontend: no command\n\n"), "{}", ran.err);
    assert!(ran.err.contains("Usage: hlb-frontend COMMAND"), "{}", ran.err);
}

#[test]
fn a_gateway_needs_pipes() {
    let output = Command::new(env!("CARGO_BIN_EXE_hlb-frontend"))
        .env("BUILDKIT_SESSION_ID", "x")
        .stdin(Stdio::null())
        .output()
        .expect("the program");
    let err = String::from_utf8(output.stderr).expect("text");
    assert!(err.contains("they must be pipes"), "{err}");
    assert_eq!(output.status.code(), Some(2));
}

/// The modes in which the program runs in containers, where nobody sees it.
#[test]
fn internal_modes() {
    let directory = Directory::new(&[]);
    let ran = directory.run(&["--hlb-internal=hello", "--once"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let hello: serde_json::Value = serde_json::from_str(&ran.out).expect("a line of JSON");
    assert_eq!(hello["hello"], "hlb-frontend");
    assert_eq!(hello["version"], env!("CARGO_PKG_VERSION"));
    let address = hello["address"].as_str().map(str::parse::<std::net::IpAddr>);
    assert!(address.is_none_or(|it| it.is_ok()) && ran.out.lines().count() == 1, "{}", ran.out);
    directory.run(&["--hlb-internal=hello", "--twice"]).check(expect![[r#"
        exit 2
        --- stderr
        hlb-frontend: expected no argument or `--once`
    "#]]);
    directory.run(&["--hlb-internal=other"]).check(expect![[r#"
        exit 2
        --- stderr
        hlb-frontend: unknown option `--hlb-internal=other`: expected `--help` or `--version`
    "#]]);
}

#[test]
fn unknown_words() {
    let directory = Directory::new(&[]);
    directory.run(&["chekc"]).check(expect![[r#"
        exit 2
        --- stderr
        hlb-frontend: unknown command `chekc`: expected `check`, `lint`, `fmt` or `llb`
        help: did you mean `check`?
    "#]]);
    directory.run(&["--hepl"]).check(expect![[r#"
        exit 2
        --- stderr
        hlb-frontend: unknown option `--hepl`: expected `--help` or `--version`
        help: did you mean `--help`?
    "#]]);
    directory.run(&["check", "--formt", "."]).check(expect![[r#"
        exit 2
        --- stderr
        hlb-frontend: unknown option `--formt`: expected `--format`, `--deny`, `--skip`, `--stdin-filename` or `--help`
        help: did you mean `--format`?
    "#]]);
    directory.run(&["check", "--format", "jsno", "a"]).check(expect![[r#"
        exit 2
        --- stderr
        hlb-frontend: unknown format `jsno`: expected `text` or `json`
        help: did you mean `json`?
    "#]]);
    directory.run(&["check", "--deny", "warning", "a"]).check(expect![[r#"
        exit 2
        --- stderr
        hlb-frontend: unknown group of lints `warning`: expected `warnings`
        help: did you mean `warnings`?
    "#]]);
    directory.run(&["check", "--format"]).check(expect![[r#"
        exit 2
        --- stderr
        hlb-frontend: missing argument for option '--format'
    "#]]);
    directory.run(&["check"]).check(expect![[r#"
        exit 2
        --- stderr
        hlb-frontend: no file to check; `-` is standard input
    "#]]);
    directory.run(&["check", "-", "-"]).check(expect![[r#"
        exit 2
        --- stderr
        hlb-frontend: standard input is named twice
    "#]]);
}

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
fn fmt_rewrites_files_and_directories() {
    let directory = Directory::new(&[
        LOOSE,
        BROKEN,
        ("deep/er/a.hlb", LOOSE.1),
        (".hidden/a.hlb", LOOSE.1),
        ("deep/a.txt", LOOSE.1),
    ]);
    let ran = directory.run(&["fmt", "."]);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    assert!(ran.err.contains("broken.hlb:1:11"), "{}", ran.err);
    for name in ["loose.hlb", "deep/er/a.hlb"] {
        assert_eq!(directory.read(name), FINE.1, "{name}");
    }
    for name in [".hidden/a.hlb", "deep/a.txt"] {
        assert_eq!(directory.read(name), LOOSE.1, "{name}");
    }
    assert_eq!(directory.read("broken.hlb"), BROKEN.1);
}

#[test]
fn fmt_of_what_is_formatted_writes_nothing() {
    let directory = Directory::new(&[FINE]);
    let file = fs::File::open(directory.path().join("build.hlb")).expect("the file");
    file.set_modified(SystemTime::UNIX_EPOCH).expect("a time");
    directory.run(&["fmt", "build.hlb"]).check(expect![[r#"
        exit 0
    "#]]);
    let modified = file.metadata().and_then(|it| it.modified()).expect("a time");
    assert_eq!(modified, SystemTime::UNIX_EPOCH);
}

#[test]
fn fmt_check_names_files_and_writes_nothing() {
    let directory = Directory::new(&[FINE, LOOSE]);
    directory.run(&["fmt", "--check", "."]).check(expect![[r#"
        exit 1
        --- stdout
        ./loose.hlb
    "#]]);
    directory.run(&["fmt", "--check", "build.hlb"]).check(expect![[r#"
        exit 0
    "#]]);
    assert_eq!(directory.read("loose.hlb"), LOOSE.1);
}

#[test]
fn fmt_diff_writes_nothing() {
    let directory = Directory::new(&[FINE, LOOSE]);
    directory.run(&["fmt", "--diff", "build.hlb", "loose.hlb"]).check(expect![[r#"
        exit 0
        --- stdout
        --- loose.hlb
        +++ loose.hlb
        @@ -1,3 +1,3 @@
         fs default() {
        -  scratch
        +	scratch
         }
    "#]]);
    assert_eq!(directory.run(&["fmt", "--diff", "--check", "loose.hlb"]).code, 1);
    assert_eq!(directory.run(&["fmt", "--check", "--diff", "build.hlb"]).code, 0);
    assert_eq!(directory.read("loose.hlb"), LOOSE.1);
}

#[test]
fn fmt_filters_standard_input() {
    let directory = Directory::new(&[]);
    directory.run_with(&["fmt", "-"], LOOSE.1, &[]).check(expect![[r#"
        exit 0
        --- stdout
        fs default() {
        	scratch
        }
    "#]]);
    directory.run_with(&["fmt", "-"], BROKEN.1, &[]).check(expect![[r#"
        exit 1
        --- stderr
        error[HLB0023]: unclosed list of parameters: `)` is missing
         --> <stdin>:1:11
          |
        1 | fs default( {
          |           ^ - can't be in the list

    "#]]);
    let named = ["fmt", "--check", "--stdin-filename", "a.hlb", "-"];
    directory.run_with(&named, LOOSE.1, &[]).check(expect![[r#"
        exit 1
        --- stdout
        a.hlb
    "#]]);
}

#[test]
fn a_directory_is_its_files() {
    // `lib/near.hlb` is fine as a module of this directory, though it could not be built by itself.
    let files = [
        ("ci/build.hlb", "import near from \"lib/near.hlb\"\nfs default() { near.x; }\n"),
        ("ci/base.hlb", "export y\nfs y() { imge \"a\" }\n"),
        ("ci/lib/near.hlb", "import base from \"../base.hlb\"\nexport x\nfs x() { base.y; }\n"),
        ("ci/.hidden/x.hlb", "?\n"),
        ("ci/other.txt", "?\n"),
    ];
    let directory = Directory::new(&files);
    directory.run(&["check", "ci"]).check(expect![[r#"
        exit 1
        --- stderr
        error[HLB0201]: unknown name `imge`
         --> ci/base.hlb:2:10
          |
        2 | fs y() { imge "a" }
          |          ^^^^
          |
          = help: did you mean `image`?

    "#]]);
    directory.run(&["lint", "ci"]).check(expect![[r#"
        exit 1
        --- stderr
        error[HLB0201]: unknown name `imge`
         --> ci/base.hlb:2:10
          |
        2 | fs y() { imge "a" }
          |          ^^^^
          |
          = help: did you mean `image`?

    "#]]);
    directory.run(&["llb", "ci"]).check(expect![[r#"
        exit 2
        --- stderr
        hlb-frontend: ci: is a directory
        help: name a file
    "#]]);
}

#[test]
fn modules_of_the_context_are_read() {
    let files = [
        (
            "ci/build.hlb",
            "import lib from fs { local \"lib\" }\nimport near from local(\"near\")\nfs default() { lib.x; near.y; lib.z }\n",
        ),
        // One is beside the working directory, the other beside the program.
        (
            "lib/module.hlb",
            "import more from \"/sub/more.hlb\"\nimport deep from fs { local \"deep\" }\nexport x\nfs x() { more.m; deep.d }\n",
        ),
        ("lib/sub/more.hlb", "export m\nfs m() { scratch; nope }\n"),
        ("lib/deep/module.hlb", "export d\nfs d() { scratch }\n"),
        ("ci/near/module.hlb", "export y\nfs y() { scratch }\n"),
    ];
    let directory = Directory::new(&files);
    directory.run(&["check", "ci/build.hlb"]).check(expect![[r#"
        exit 1
        --- stderr
        error[HLB0205]: unknown name `z` in import `lib`
         --> ci/build.hlb:3:35
          |
        1 | import lib from fs { local "lib" }
          |        --- imported here
        2 | import near from local("near")
        3 | fs default() { lib.x; near.y; lib.z }
          |                                   ^
          |
         ::: lib/module.hlb:4:4
          |
        4 | fs x() { more.m; deep.d }
          |    - declared here
          |
          = help: did you mean `x`?

        error[HLB0201]: unknown name `nope`
         --> lib/sub/more.hlb:2:19
          |
        2 | fs m() { scratch; nope }
          |                   ^^^^

    "#]]);
    directory.run(&["check", "lib", "ci"]).check(expect![[r#"
        exit 1
        --- stderr
        error[HLB0201]: unknown name `nope`
         --> lib/sub/more.hlb:2:19
          |
        2 | fs m() { scratch; nope }
          |                   ^^^^

        error[HLB0205]: unknown name `z` in import `lib`
         --> ci/build.hlb:3:35
          |
        1 | import lib from fs { local "lib" }
          |        --- imported here
        2 | import near from local("near")
        3 | fs default() { lib.x; near.y; lib.z }
          |                                   ^
          |
         ::: lib/module.hlb:4:4
          |
        4 | fs x() { more.m; deep.d }
          |    - declared here
          |
          = help: did you mean `x`?

    "#]]);
    // One that nothing imports is read as at the root of its filesystem.
    directory.run(&["check", "lib"]).check(expect![[r#"
        exit 1
        --- stderr
        error[HLB0201]: unknown name `nope`
         --> lib/sub/more.hlb:2:19
          |
        2 | fs m() { scratch; nope }
          |                   ^^^^

    "#]]);
    directory.run(&["llb", "ci/build.hlb"]).check(expect![[r#"
        exit 1
        --- stderr
        error[HLB0205]: unknown name `z` in import `lib`
         --> ci/build.hlb:3:35
          |
        1 | import lib from fs { local "lib" }
          |        --- imported here
        2 | import near from local("near")
        3 | fs default() { lib.x; near.y; lib.z }
          |                                   ^
          |
         ::: lib/module.hlb:4:4
          |
        4 | fs x() { more.m; deep.d }
          |    - declared here
          |
          = help: did you mean `x`?

        error[HLB0201]: unknown name `nope`
         --> lib/sub/more.hlb:2:19
          |
        2 | fs m() { scratch; nope }
          |                   ^^^^

    "#]]);
}

#[test]
fn what_is_not_read_is_said_once() {
    let program = "import a from fs { image \"alpine\" }
import b from \"git+https://h.example/o/r\"
import c from fs { local \"gone\" }
import d from fs { local \".\" with includePatterns(\"*.hlb\") }
import e from fs { local \"gone/too\" }
fs default() { a.x; b.x; c.x; d.x; e.x }
";
    let directory = Directory::new(&[("a.hlb", program)]);
    directory.run(&["check", "a.hlb"]).check(expect![[r#"
        exit 0
        --- stderr
        note: 5 imports are read by builds only, and nothing of that was looked at: a.hlb:1:15, a.hlb:2:15, a.hlb:3:15 and 2 more
    "#]]);
    directory.run(&["check", "--format", "json", "a.hlb"]).check(expect![[r#"
        exit 0
        --- stderr
        note: 5 imports are read by builds only, and nothing of that was looked at: a.hlb:1:15, a.hlb:2:15, a.hlb:3:15 and 2 more
    "#]]);
}

#[test]
fn what_is_no_file_is_not_read() {
    let program = "import a from \"./pipe\"\nimport b from \"./lib\"\nfs default() { a.x; b.x }\n";
    let directory = Directory::new(&[("build.hlb", program), ("lib/x.hlb", "")]);
    let made = Command::new("mkfifo").arg(directory.path().join("pipe")).status();
    assert!(made.expect("mkfifo").success());
    directory.run(&["check", "build.hlb"]).check(expect![[r#"
        exit 1
        --- stderr
        error[HLB0105]: import `a`: it is a named pipe
         --> build.hlb:1:15
          |
        1 | import a from "./pipe"
          |               ^^^^^^^^

        error[HLB0105]: import `b`: it is a directory
         --> build.hlb:2:15
          |
        2 | import b from "./lib"
          |               ^^^^^^^

    "#]]);
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
