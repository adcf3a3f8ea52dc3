//! `summary`.

use expect_test::expect;

use crate::directory::Directory;

const OF_A_BUILD: &str = r#"{
    "buildx.build.ref": "b/b/x",
    "containerimage.digest": "sha256:1",
    "frontend.hlb.cache": {
        "sections": [
            { "name": "tools", "at": "build.hlb:2", "isolated": true, "imports": [] },
            { "name": "deps", "at": "build.hlb:5", "platform": "linux/arm64", "isolated": false, "imports": [
                { "cache": "ghcr.io/acme/cache:deps", "at": "build.hlb:7", "leftOut": null },
                { "cache": "gha:a`b|c", "at": "build.hlb:8", "leftOut": "no <b>credentials</b> | for `gha`\u001b" }
            ] }
        ],
        "moreSections": 2,
        "client": [{ "cache": "ghcr.io/acme/cache", "at": "", "leftOut": null }]
    },
    "frontend.hlb.firstOf": { "firstOf": [
        { "at": "build.hlb:1", "candidate": 2, "candidates": 3, "sources": ["local lib"],
          "absent": [{ "at": "build.hlb:1", "why": "not found", "said": "x" }] }
    ] }
}"#;

#[test]
fn what_a_build_says_of_its_caches() {
    let directory = Directory::new(&[("metadata.json", OF_A_BUILD)]);
    directory.run(&["summary", "metadata.json"]).check(expect![[r#"
        exit 0
        --- stdout
        ### Caches of the build

        | section | at | cache |  |
        | --- | --- | --- | --- |
        | `tools`, isolated | `build.hlb:2` | none |  |
        | `linux/arm64 deps` | `build.hlb:5` | `ghcr.io/acme/cache:deps` | asked |
        |  |  | `gha:a'b\|c` | left out: no &lt;b>credentials&lt;/b> \| for `gha`␛ |

        | `--cache-from` |  |
        | --- | --- |
        | `ghcr.io/acme/cache` | asked |

        | `firstOf` at | took | sources | not there |
        | --- | --- | --- | --- |
        | `build.hlb:1` | candidate 2 of 3 | `local lib` | `build.hlb:1` not found |

        And 2 more sections.
    "#]]);
    let of_bake = format!("{{\"app\": {OF_A_BUILD}, \"other\": {{}}}}");
    let ran = directory.run_with(&["summary", "-"], &of_bake, &[]);
    assert!(ran.out.starts_with("### Caches of target `app`\n\n| section"), "{}", ran.out);
    assert_eq!(ran.out.matches("###").count(), 1);
}

#[test]
fn what_says_nothing_of_caches() {
    let directory =
        Directory::new(&[("metadata.json", "{\"buildx.build.ref\": \"x\"}"), ("list.json", "[]")]);
    directory.run(&["summary", "metadata.json"]).check(expect![[r#"
        exit 0
        --- stdout
        The build says nothing of caches: its program has no sections.
    "#]]);
    directory.run(&["summary", "list.json"]).check(expect![[r#"
        exit 2
        --- stderr
        hlb-frontend: no metadata of a build: invalid type: sequence, expected a map at line 1 column 0
    "#]]);
    directory.run(&["summary"]).check(expect![[r#"
        exit 2
        --- stderr
        hlb-frontend: expected one file, or `-` for standard input
    "#]]);
}
