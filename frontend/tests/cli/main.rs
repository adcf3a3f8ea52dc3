//! The program as a person starts it: what it prints, where, and its exit code.
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

mod builtins;
mod check;
mod directory;
mod examples;
mod files;
mod fmt;
mod llb;
mod summary;

use std::process::{Command, Stdio};

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
          builtins [NAME]     Print what the builtins do, or those of a name
          summary FILE|-      Print what a build's `--metadata-file` says of caches, as Markdown

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
    assert!(address.is_none_or(|it| it.is_ok()) && ran.out.lines().count() == 1, "{}", ran.err);
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
        hlb-frontend: unknown command `chekc`: expected `check`, `lint`, `fmt`, `llb`, `builtins` or `summary`
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

/// Of the ignore files that a build could go by, the one of the program, else that of the working directory.
#[test]
fn lint_looks_at_ignore_files() {
    let program = "fs default() {\n\tlocal \"dist\"\n}\nfs other() { local \"dist\" with buildContext(\"x\") }\n";
    let directory = Directory::new(&[
        ("ci/build.hlb", program),
        (".dockerignore", "# all of it\ndist\n"),
        ("ci/.dockerignore", "ci\n"),
    ]);
    let ran = directory.run(&["lint", "ci/build.hlb"]);
    let said =
        "warning[HLB0566]: `dist` is excluded by `.dockerignore`, line 2\n --> ci/build.hlb:2:8\n";
    assert!(ran.err.contains(said) && ran.err.matches("HLB0566").count() == 1, "{}", ran.err);
    let directory = Directory::new(&[
        ("build.hlb", program),
        (".dockerignore", "dist\n"),
        ("build.hlb.dockerignore", "dist/*\n!dist/app\n"),
    ]);
    let ran = directory.run(&["lint", "build.hlb"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let allowed =
        program.replace("\tlocal \"dist\"\n", "\t# hlb: allow(ignored-path)\n\tlocal \"dist\"\n");
    let directory = Directory::new(&[("build.hlb", &allowed), (".dockerignore", "dist\n")]);
    assert_eq!(directory.run(&["lint", "build.hlb"]).err, "");
}
