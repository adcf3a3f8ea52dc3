//! `llb`: the LLB of a target.

use expect_test::expect;
use llb::{Definition, Detail, summary};
use prost::Message as _;

use crate::directory::Directory;
use crate::{FINE, WRONG};

const BUILT: [(&str, &str); 2] = [
    (
        "build.hlb",
        "import lib from \"./lib.hlb\"\n\nfs default(string who = \"world\") {\n\timage \"alpine:3.20\"\n\t\
         run \"echo \\\"hello ${who}\\\" > /hello\" with option { mount lib.src \"/src\" with readonly; }\n\t\
         mkfile \"/a\" 0o644 \"text\"\n}\n\nfs none() { scratch }\n",
    ),
    ("lib.hlb", "export src\nfs src() { local \".\" }\n"),
];

#[test]
fn llb_prints_the_llb_of_a_target() {
    let directory = Directory::new(&BUILT);
    let amd64 = ["llb", "--platform", "linux/amd64", "build.hlb"];
    directory.run(&amd64).check(expect![[r#"
        exit 0
        --- stdout
        v1 source docker-image://docker.io/library/alpine:3.20 (linux/amd64)
        v2 source local://context
            local.sharedkeyhint context
        v3 exec ["/bin/sh", "-c", "echo \"hello world\" > /hello"] (linux/amd64)
            mount / <- v1:0 (output 0)
            mount /src <- v2:0 readonly
        v4 file <- v3:0
            mkfile /a 0644 "text"
        result v4:0
    "#]]);
    let arm = ["llb", "--platform=linux/arm/v7", "--build-arg=who=you", "--detail", "build.hlb"];
    directory.run(&arm).check(expect![[r#"
        exit 0
        --- stdout
        v1 source docker-image://docker.io/library/alpine:3.20 (linux/arm/v7)
            sha256:307d4d751714dd1579371a1b31f21b1b3e86bb813c10b5235e751cb48c7f6438
            llb.customname "[default 1/3] image \"alpine:3.20\""
            at build.hlb:4:0-4:20
            needs constraints source.image
        v2 source local://context
            local.sharedkeyhint context
            sha256:1cdcd4084cb14665808c5b1d98e73356c599a4da57a5d01630f03aac6d5f4651
            at lib.hlb:2:0-2:20
            at build.hlb:5:0-5:65
            at lib.hlb:0:0-0:0
            at lib.hlb:2:0-2:20
            needs constraints source.local source.local.sharedkeyhint
        v3 exec ["/bin/sh", "-c", "echo \"hello you\" > /hello"] (linux/arm/v7)
            mount / <- v1:0 (output 0)
            mount /src <- v2:0 readonly
            sha256:e1bdd3dcc84439ddc4c6fd8cfe82c92881ea11366ee06316d9f03782c674c42b
            llb.customname "[default 2/3] run `echo \"hello you\" > /hello`"
            at build.hlb:5:0-5:89
            needs constraints exec.meta.base exec.mount.bind
        v4 file <- v3:0
            mkfile /a 0644 "text"
            sha256:f8125b4d744b068be9320615c17e72ad97a541bbd552068c1afef9a7b3fc1cb8
            llb.customname "[default 3/3] mkfile \"/a\" 0o644 \"text\""
            at build.hlb:6:0-6:25
            needs constraints file.base
        result v4:0
    "#]]);
    directory.run(&["llb", "build.hlb", "--target", "none"]).check(expect![[r#"
        exit 0
        --- stdout
        result scratch
    "#]]);
}

#[test]
fn llb_of_the_machine_itself_is_of_linux() {
    let directory = Directory::new(&BUILT);
    let ran = directory.run(&["llb", "build.hlb"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let first = ran.out.lines().next().expect("a line");
    assert!(first.contains("alpine:3.20 (linux/"), "{first}");
}

#[test]
fn llb_takes_build_arguments_as_a_build_does() {
    let directory = Directory::new(&[(
        "build.hlb",
        "fs default(int n) { run \"x ${n}\" with cacheMount(\"/c\"); }\n",
    )]);
    let given = ["--build-arg", "n=7", "--build-arg", "BUILDKIT_CACHE_MOUNT_NS=ns"];
    let ran =
        directory.run(&[&["llb", "build.hlb", "--platform=linux/amd64"][..], &given].concat());
    ran.check(expect![[r#"
        exit 0
        --- stdout
        v1 exec ["/bin/sh", "-c", "x 7"] (linux/amd64)
            mount / <- scratch (output 0)
            mount /c cache ns//c
        result v1:0
    "#]]);
    directory.run(&["llb", "build.hlb", "--build-arg", "n=x"]).check(expect![[r#"
        exit 1
        --- stderr
        error[HLB0312]: build argument `n`: expected `int`, found `x`
         --> build.hlb:1:16
          |
        1 | fs default(int n) { run "x ${n}" with cacheMount("/c"); }
          |                ^
          |
          = help: write a number in decimal digits

    "#]]);
    directory.run(&["llb", "build.hlb"]).check(expect![[r#"
        exit 1
        --- stderr
        error[HLB0311]: parameter `n` of target `default` is not set
         --> build.hlb:1:16
          |
        1 | fs default(int n) { run "x ${n}" with cacheMount("/c"); }
          |                ^
          |
          = help: set it with `--build-arg n=…`

    "#]]);
}

#[test]
fn llb_reads_standard_input() {
    let directory = Directory::new(&[("ci/lib.hlb", BUILT[1].1)]);
    let arguments = ["llb", "-", "--stdin-filename=ci/build.hlb", "--platform=linux/amd64"];
    let ran = directory.run_with(&arguments, BUILT[0].1, &[]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert!(ran.out.ends_with("result v4:0\n"), "{}", ran.out);
}

#[test]
fn llb_as_bytes_is_a_definition() {
    let directory = Directory::new(&BUILT);
    let text = directory.run(&["llb", "build.hlb"]).out;
    let bytes = directory.output_of(&["llb", "--format=proto", "build.hlb"], "", &[]).stdout;
    let definition = Definition::decode(bytes.as_slice()).expect("a definition");
    assert_eq!(summary(&definition, Detail::default()), text);
    let again = directory.output_of(&["llb", "--format=proto", "build.hlb"], "", &[]).stdout;
    assert_eq!(bytes, again);
    let nothing =
        directory.output_of(&["llb", "--format=proto", "--target=none", "build.hlb"], "", &[]);
    assert_eq!((nothing.status.code(), nothing.stdout), (Some(0), Vec::new()));
}

#[test]
fn llb_as_json_is_a_line_a_vertex() {
    let directory = Directory::new(&BUILT);
    let ran = directory.run(&["llb", "--format=json", "--platform=linux/amd64", "build.hlb"]);
    ran.check(expect![[r#"
        exit 0
        --- stdout
        {"Op":{"Op":{"source":{"identifier":"docker-image://docker.io/library/alpine:3.20"}},"platform":{"Architecture":"amd64","OS":"linux"},"constraints":{}},"Digest":"sha256:52ad980af60eade03cf05fce2206c19483941c8d9a53f43a293199ac3344a235","OpMetadata":{"description":{"llb.customname":"[default 1/3] image \"alpine:3.20\""},"caps":{"constraints":true,"source.image":true}},"Locations":[{"filename":"build.hlb","ranges":[{"start":{"line":4,"character":0},"end":{"line":4,"character":20}}]}]}
        {"Op":{"Op":{"source":{"identifier":"local://context","attrs":{"local.sharedkeyhint":"context"}}},"constraints":{}},"Digest":"sha256:1cdcd4084cb14665808c5b1d98e73356c599a4da57a5d01630f03aac6d5f4651","OpMetadata":{"caps":{"constraints":true,"source.local":true,"source.local.sharedkeyhint":true}},"Locations":[{"filename":"lib.hlb","ranges":[{"start":{"line":2,"character":0},"end":{"line":2,"character":20}}]},{"filename":"build.hlb","ranges":[{"start":{"line":5,"character":0},"end":{"line":5,"character":65}}]},{"filename":"lib.hlb","ranges":[{"start":{"line":0,"character":0},"end":{"line":0,"character":0}},{"start":{"line":2,"character":0},"end":{"line":2,"character":20}}]}]}
        {"Op":{"inputs":[{"digest":"sha256:52ad980af60eade03cf05fce2206c19483941c8d9a53f43a293199ac3344a235"},{"digest":"sha256:1cdcd4084cb14665808c5b1d98e73356c599a4da57a5d01630f03aac6d5f4651"}],"Op":{"exec":{"meta":{"args":["/bin/sh","-c","echo \"hello world\" > /hello"],"cwd":"/","removeMountStubsRecursive":true},"mounts":[{"dest":"/"},{"input":1,"dest":"/src","output":-1,"readonly":true}]}},"platform":{"Architecture":"amd64","OS":"linux"},"constraints":{}},"Digest":"sha256:27816d9bb106462ff448637a14fd84f48a87c1c52db54fc891a57167d891abe9","OpMetadata":{"description":{"llb.customname":"[default 2/3] run `echo \"hello world\" > /hello`"},"caps":{"constraints":true,"exec.meta.base":true,"exec.mount.bind":true}},"Locations":[{"filename":"build.hlb","ranges":[{"start":{"line":5,"character":0},"end":{"line":5,"character":89}}]}]}
        {"Op":{"inputs":[{"digest":"sha256:27816d9bb106462ff448637a14fd84f48a87c1c52db54fc891a57167d891abe9"}],"Op":{"file":{"actions":[{"input":0,"secondaryInput":-1,"output":0,"Action":{"mkfile":{"path":"/a","mode":420,"data":"dGV4dA==","timestamp":-1}}}]}},"constraints":{}},"Digest":"sha256:7486a690755491af8b6a84c7263ec6bed8b12fc145e06854b3d8ef856364ba86","OpMetadata":{"description":{"llb.customname":"[default 3/3] mkfile \"/a\" 0o644 \"text\""},"caps":{"constraints":true,"file.base":true}},"Locations":[{"filename":"build.hlb","ranges":[{"start":{"line":6,"character":0},"end":{"line":6,"character":25}}]}]}
        {"Op":{"inputs":[{"digest":"sha256:7486a690755491af8b6a84c7263ec6bed8b12fc145e06854b3d8ef856364ba86"}],"Op":{}},"Digest":"sha256:1af0ad2cc9c4fc7eedee19b881ef6ddc6bf72207c514d087e7318ca3d2f5abb5","OpMetadata":{"caps":{"constraints":true,"meta.description":true,"platform":true}}}
    "#]]);
    let lines = ran.out.lines().map(|line| serde_json::from_str(line).expect("an object"));
    let lines: Vec<serde_json::Value> = lines.collect();
    let bytes = directory.output_of(
        &["llb", "--format=proto", "--platform=linux/amd64", "build.hlb"],
        "",
        &[],
    );
    let definition = Definition::decode(bytes.stdout.as_slice()).expect("a definition");
    assert_eq!(lines.len(), definition.def.len());
    for line in &lines[..lines.len() - 1] {
        let digest = line["Digest"].as_str().expect("a digest");
        assert!(definition.metadata.contains_key(digest), "{digest}");
    }
    directory.run(&["llb", "--format=json", "--target=none", "build.hlb"]).check(expect![[r#"
        exit 0
    "#]]);
}

#[test]
fn llb_as_dot_is_a_graph() {
    let directory = Directory::new(&BUILT);
    let ran = directory.run(&["llb", "--format=dot", "--platform=linux/amd64", "build.hlb"]);
    ran.check(expect![[r#"
        exit 0
        --- stdout
        digraph {
          "sha256:52ad980af60eade03cf05fce2206c19483941c8d9a53f43a293199ac3344a235" [label="docker-image://docker.io/library/alpine:3.20" shape=ellipse];
          "sha256:1cdcd4084cb14665808c5b1d98e73356c599a4da57a5d01630f03aac6d5f4651" [label="local://context" shape=ellipse];
          "sha256:27816d9bb106462ff448637a14fd84f48a87c1c52db54fc891a57167d891abe9" [label="/bin/sh -c echo \"hello world\" > /hello" shape=box];
          "sha256:7486a690755491af8b6a84c7263ec6bed8b12fc145e06854b3d8ef856364ba86" [label="mkfile /a" shape=note];
          "sha256:1af0ad2cc9c4fc7eedee19b881ef6ddc6bf72207c514d087e7318ca3d2f5abb5" [label="result" shape=plaintext];
          "sha256:52ad980af60eade03cf05fce2206c19483941c8d9a53f43a293199ac3344a235" -> "sha256:27816d9bb106462ff448637a14fd84f48a87c1c52db54fc891a57167d891abe9" [label=""];
          "sha256:1cdcd4084cb14665808c5b1d98e73356c599a4da57a5d01630f03aac6d5f4651" -> "sha256:27816d9bb106462ff448637a14fd84f48a87c1c52db54fc891a57167d891abe9" [label="/src"];
          "sha256:27816d9bb106462ff448637a14fd84f48a87c1c52db54fc891a57167d891abe9" -> "sha256:7486a690755491af8b6a84c7263ec6bed8b12fc145e06854b3d8ef856364ba86" [label=""];
          "sha256:7486a690755491af8b6a84c7263ec6bed8b12fc145e06854b3d8ef856364ba86" -> "sha256:1af0ad2cc9c4fc7eedee19b881ef6ddc6bf72207c514d087e7318ca3d2f5abb5" [label=""];
        }
    "#]]);
}

#[test]
fn llb_reports_errors_on_stderr() {
    let far = "import far from fs { image \"x\"; }\nfs default() { far.tool }\n";
    let directory = Directory::new(&[FINE, WRONG, ("far.hlb", far)]);
    for format in ["text", "json", "dot", "proto"] {
        let ran = directory.run(&["llb", "--format", format, "wrong.hlb"]);
        assert_eq!((ran.code, ran.out.as_str()), (1, ""));
        assert!(ran.err.starts_with("error[HLB0201]: unknown name `imge`"), "{}", ran.err);
    }
    directory.run(&["llb", "--target=buidl", "build.hlb"]).check(expect![[r#"
        exit 1
        --- stderr
        error[HLB0310]: target `buidl` is not declared
         |
         = help: choose one with `--target`
         = note: target `default`

    "#]]);
    directory.run(&["llb", "far.hlb"]).check(expect![[r#"
        exit 1
        --- stderr
        error[HLB0304]: `far.tool`: import `far` is not available without a daemon
         --> far.hlb:2:16
          |
        2 | fs default() { far.tool }
          |                ^^^^^^^^

    "#]]);
}

#[test]
fn llb_refuses_what_it_cannot_understand() {
    let directory = Directory::new(&[FINE]);
    let refused = |arguments: &[&str]| {
        let ran = directory.run(&[&["llb"], arguments].concat());
        assert_eq!((ran.code, ran.out.as_str()), (2, ""));
        ran.err
    };
    expect![[r#"
        hlb-frontend: no file; `-` is standard input
    "#]]
    .assert_eq(&refused(&[]));
    expect![[r#"
        hlb-frontend: more than one file
    "#]]
    .assert_eq(&refused(&["build.hlb", "other.hlb"]));
    expect![[r#"
        hlb-frontend: unknown format `yaml`: expected `text`, `json`, `dot` or `proto`
    "#]]
    .assert_eq(&refused(&["build.hlb", "--format", "yaml"]));
    expect![[r#"
        hlb-frontend: unknown format `jsno`: expected `text`, `json`, `dot` or `proto`
        help: did you mean `json`?
    "#]]
    .assert_eq(&refused(&["build.hlb", "--format", "jsno"]));
    expect![[r#"
        hlb-frontend: build argument `who` has no value
        help: write `NAME=VALUE`
    "#]]
    .assert_eq(&refused(&["build.hlb", "--build-arg", "who"]));
    expect![[r#"
        hlb-frontend: option `platform`: expected a platform such as `linux/amd64`, found `nowhere`
    "#]]
    .assert_eq(&refused(&["build.hlb", "--platform", "nowhere"]));
    expect![[r#"
        hlb-frontend: a definition is for one platform
    "#]]
    .assert_eq(&refused(&["build.hlb", "--platform", "linux/amd64,linux/arm64"]));
    expect![[r#"
        hlb-frontend: `--detail` is for `--format text`
    "#]]
    .assert_eq(&refused(&["build.hlb", "--detail", "--format", "json"]));
}

/// Each vertex of all definitions once, and a result for each definition; as bytes, that of the result alone.
#[test]
fn llb_of_a_program_with_checks() {
    let program = "fs lint() { image \"a\"; run \"lint\" }\nfs default() { image \"a\"; require lint }\n\
                   pipeline ci() { stage lint default }\n";
    let directory = Directory::new(&[("build.hlb", program)]);
    let run = |arguments: &[&str]| {
        let fixed = ["llb", "--platform=linux/amd64", "build.hlb"];
        directory.run(&[&fixed, arguments].concat())
    };
    run(&["--format=dot"]).check(expect![[r#"
        exit 0
        --- stdout
        digraph {
          "sha256:469563c9c4a41ac40f39f00bf0a3bbe160a02d23684b8eeda46cbaaf4272bbad" [label="docker-image://docker.io/library/a:latest" shape=ellipse];
          "sha256:857a58b7ae0584c65a2487ea49ee923b500e3e9da4a3c4705c87112b5b485721" [label="default" shape=plaintext];
          "sha256:b900b0e58c44745fd51a4d4683803d7d13a7a98bac21b6177c9aba411acc1e7b" [label="/bin/sh -c lint" shape=box];
          "sha256:405e8e23a8fda77154ead33b42121d051fd679c999a175c38d97461c2c0c33fb" [label="check of `default`" shape=plaintext];
          "sha256:469563c9c4a41ac40f39f00bf0a3bbe160a02d23684b8eeda46cbaaf4272bbad" -> "sha256:857a58b7ae0584c65a2487ea49ee923b500e3e9da4a3c4705c87112b5b485721" [label=""];
          "sha256:469563c9c4a41ac40f39f00bf0a3bbe160a02d23684b8eeda46cbaaf4272bbad" -> "sha256:b900b0e58c44745fd51a4d4683803d7d13a7a98bac21b6177c9aba411acc1e7b" [label=""];
          "sha256:b900b0e58c44745fd51a4d4683803d7d13a7a98bac21b6177c9aba411acc1e7b" -> "sha256:405e8e23a8fda77154ead33b42121d051fd679c999a175c38d97461c2c0c33fb" [label=""];
        }
    "#]]);
    let json = run(&["--format=json"]).out;
    let lines: Vec<serde_json::Value> =
        json.lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
    let results = lines.iter().filter(|it| it["Op"].get("platform").is_none()).count();
    assert_eq!((lines.len(), results), (4, 2), "{json}");
    let bytes = directory.output_of(&["llb", "--format=proto", "build.hlb"], "", &[]);
    let definition = Definition::decode(bytes.stdout.as_slice()).expect("a definition");
    assert_eq!(definition.def.len(), 2);
    let said = String::from_utf8_lossy(&bytes.stderr).into_owned();
    expect![[r#"
        note: the definition of the result alone, without what else is built: check of `default`
    "#]]
    .assert_eq(&said);
    let ran = run(&["--format=proto", "--target=ci"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""));
    expect![[r#"
        note: the definition of the result alone, without what else is built: stage 1 of `ci`, stage 1 of `ci`, check of `default`
    "#]]
    .assert_eq(&ran.err);
}

/// Standard output may be a terminal.
#[test]
fn llb_steers_no_terminal() {
    let program = "fs default() { scratch; mkfile \"/\u{1b}[2J\u{9b}1m\u{202e}\" 0o644 \"\" }\n";
    let directory = Directory::new(&[("build.hlb", program)]);
    for arguments in [&["--detail"][..], &["--format=json"], &["--format=dot"]] {
        let ran = directory.run(&[&["llb", "build.hlb"], arguments].concat());
        assert_eq!(ran.code, 0, "{}", ran.err);
        let steers = |it: char| (it.is_control() && it != '\n') || it == '\u{202e}';
        assert!(!ran.out.contains(steers), "{arguments:?}: {:?}", ran.out);
    }
}
