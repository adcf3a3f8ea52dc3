//! What is said of the caches of a program, before a build and after it.

use std::io::Write as _;
use std::process::Command;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gateway_proto::frontend;
use hlb_frontend::subrequest::handle;
use llb::{Detail, summary};
use serde_json::{Value, json};

use crate::cache_permission::DIGEST;
use crate::daemon::{Fake, connect, image, options};

const PROGRAM: &str = r#"import lib from fs { local "lib" }
fs tools() { cached fs { scratch; mkfile "/t" 0o644 "t"; mkdir "/u" 0o755; } with option { isolated; cacheFrom "a/tools"; } }
fs deps() {
	cached fs {
		copy tools "/t" "/deps"
		run "npm ci" with option {
			cacheMount "/root/.npm" with option { id "npm"; sharing "locked"; }
			cacheMount "/it's"
		}
	} with option {
		cacheFrom "127.0.0.1:5000/deps"
		cacheFrom "type=gha,scope=deps"
	}
}
fs default() { deps; copy lib.made "/" "/lib"; }
"#;

const MODULE: &str = r#"export made
fs made() { cached fs { scratch; mkdir "/m" 0o755; } with cacheFrom("127.0.0.1:5000/lib") }
"#;

/// The configuration of an image that is not empty.
const LAYERED: &str = r#"{"rootfs":{"type":"layers","diff_ids":["sha256:1"]}}"#;

/// What only the client may know.
const TOKEN: &str = "t0ken";

async fn answer(program: &'static str, given: &[&str]) -> (frontend::Result, Arc<Fake>) {
    let files = [
        ("local://dockerfile", "build.hlb", program.as_bytes()),
        ("local://context", "module.hlb", MODULE.as_bytes()),
    ];
    let daemon = Arc::new(Fake::with_files(&files));
    let given = [&["filename=build.hlb"], given].concat();
    let result = handle(&connect(&daemon).await, &options(&given)).await.expect("a result");
    (result, daemon)
}

fn text(result: &frontend::Result, key: &str) -> String {
    String::from_utf8(result.metadata.get(key).cloned().unwrap_or_default()).expect("is text")
}

#[tokio::test]
async fn the_caches_of_a_target_are_listed_without_a_build() {
    let client = format!(
        r#"cache-imports=[{{"Type":"registry","Attrs":{{"ref":"a/client"}}}},{{"Type":"s3","Attrs":{{"bucket":"b","session_token":"{TOKEN}"}}}}]"#
    );
    let given = [
        "requestid=frontend.hlb.cache",
        "build-arg:HLB_CACHE_FROM_ALLOW=127.*,a/client*,gha:*,s3*",
    ];
    let (result, daemon) = answer(PROGRAM, &[&given[..], &[&client]].concat()).await;
    assert!(result.result.is_none(), "nothing is built");
    assert!(!format!("{:?}", result.metadata).contains(TOKEN));
    let solves = daemon.asked.lock().expect("not poisoned").solves.clone();
    let shown = |it: &frontend::SolveRequest| {
        summary(&it.definition.clone().unwrap_or_default(), Detail::default())
    };
    assert!(solves.iter().map(shown).all(|it| !it.contains("exec") && !it.contains("mkfile")));
    let expected = r#"SECTION   AT                  SOLVED              STEPS   NEEDS
tools     build.hlb:2         on its own          2
deps      build.hlb:4         with what uses it   2       tools
made      lib:/module.hlb:2   with what uses it   1

IMPORT OF      CACHE                 AT                  LEFT OUT BECAUSE
tools          a/tools               build.hlb:2         `HLB_CACHE_FROM_ALLOW` does not name cache `a/tools`
deps           127.0.0.1:5000/deps   build.hlb:11
deps           gha:deps              build.hlb:12        the client gives no credentials for cache `gha:deps`
made           127.0.0.1:5000/lib    lib:/module.hlb:2   a module from `lib` imports cache `127.0.0.1:5000/lib`, and is not trusted
--cache-from   a/client
--cache-from   s3:b/buildkit

CACHE MOUNT   SHARING   SEED AT
/it's         shared
npm           locked

TO REMOVE ONE CACHE MOUNT
docker buildx prune --filter type=exec.cachemount --filter 'description~=(\swith\sid\s"//it\x27s")$'
docker buildx prune --filter type=exec.cachemount --filter 'description~=(\swith\sid\s"/npm")$'
"#;
    assert_eq!(text(&result, "result.txt"), expected);
    let json: Value = serde_json::from_str(&text(&result, "result.json")).expect("is JSON");
    let tools = json!({
        "name": "tools",
        "at": "build.hlb:2",
        "isolated": true,
        "imports": [{
            "cache": "a/tools",
            "at": "build.hlb:2",
            "leftOut": "`HLB_CACHE_FROM_ALLOW` does not name cache `a/tools`",
        }],
        "within": 1,
        "needs": [],
        "steps": [r#"[tools 1/2] mkfile "/t" 0o644 "t""#, r#"[tools 2/2] mkdir "/u" 0o755"#],
    });
    assert_eq!(json["sections"][0], tools);
    assert_eq!(json["sections"][1]["needs"], json!([0]));
    assert_eq!(json["client"][0], json!({ "cache": "a/client", "at": "", "leftOut": null }));
    assert_eq!(json["mounts"][1]["id"], "npm");
}

/// What only one platform has names it; what is written once is listed once for all that have it.
#[tokio::test]
async fn platforms_are_listed_together() {
    let program = "fs one() { cached fs { scratch; mkdir \"/${targetArch}\" 0o755; } with cacheFrom(\"a/{platform}\") }
fs all() { cached fs { scratch; mkdir \"/all\" 0o755; } with option {} }
fs default() { one; copy all \"/\" \"/\"; }
";
    let given = ["requestid=frontend.hlb.cache", "platform=linux/amd64,linux/arm64"];
    let off = ["build-arg:HLB_CACHE_IMPORT=off"];
    let (result, _) = answer(program, &[&given[..], &off].concat()).await;
    let expected = "\
SECTION           AT            SOLVED              STEPS   NEEDS
linux/amd64 one   build.hlb:1   with what uses it   1
all               build.hlb:2   with what uses it   1
linux/arm64 one   build.hlb:1   with what uses it   1

IMPORT OF         CACHE           AT            LEFT OUT BECAUSE
linux/amd64 one   a/linux-amd64   build.hlb:1   `HLB_CACHE_IMPORT` is `off`
linux/arm64 one   a/linux-arm64   build.hlb:1   `HLB_CACHE_IMPORT` is `off`
";
    assert_eq!(text(&result, "result.txt"), expected);
}

/// The step that fills a cache is none of the program's.
#[tokio::test]
async fn a_cache_says_what_it_starts_from() {
    let program = "fs first() { scratch; mkdir \"/first\" 0o755; }
fs default() {
	scratch
	run \"x\" with option {
		cacheMount \"/a\" with seed(first)
		toolCache \"go\" with option { id \"acme\"; seed first; }
		mount scratch \"/b\" with cache(\"b\", \"private\")
	}
}
";
    let given = [
        "requestid=frontend.hlb.cache",
        "source=own.example/hlb-frontend:1",
        "build-arg:BUILDKIT_CACHE_MOUNT_NS=ns",
    ];
    let (result, daemon) = answer(program, &given).await;
    let expected = r#"CACHE MOUNT    SHARING   SEED AT
/a             shared    build.hlb:5
acme/builds    shared    build.hlb:6
acme/modules   shared    build.hlb:6
b              private

READS                        KIND    AT            SECTION
own.example/hlb-frontend:1   image   build.hlb:5

TO REMOVE ONE CACHE MOUNT
docker buildx prune --filter type=exec.cachemount --filter 'description~=(\swith\sid\s"ns//a")$'
docker buildx prune --filter type=exec.cachemount --filter 'description~=(\swith\sid\s"ns/acme/builds")$'
docker buildx prune --filter type=exec.cachemount --filter 'description~=(\swith\sid\s"ns/acme/modules")$'
docker buildx prune --filter type=exec.cachemount --filter 'description~=(\swith\sid\s"ns/b")$'
"#;
    assert_eq!(text(&result, "result.txt"), expected);
    assert_eq!(
        daemon.asked.lock().expect("not poisoned").solves.len(),
        1,
        "nobody looks at a cache"
    );
    let json: Value = serde_json::from_str(&text(&result, "result.json")).expect("is JSON");
    assert_eq!(json["mounts"][0]["seeds"], json!(["build.hlb:5"]));
}

/// Each source once, with all that read it, and without what the client sends.
#[tokio::test]
async fn what_is_read_from_elsewhere_is_listed() {
    let program = "fs base() { image \"busybox\"; }
fs default() {
	cached fs {
		base
		copy git(\"https://example.com/a/b.git\", \"main\") \"/\" \"/src\"
		copy local(\".\") \"/\" \"/context\"
	} with option {}
	copy base \"/bin\" \"/\"
	copy http(\"https://t0ken@example.com/x\") \"/\" \"/\"
}
";
    let image = image("docker-image://docker.io/library/busybox:latest", LAYERED);
    let files = Fake::with_files(&[("local://dockerfile", "build.hlb", program.as_bytes())]);
    let daemon = Arc::new(Fake { source_meta: Some(image), ..files });
    let given = ["filename=build.hlb", "requestid=frontend.hlb.cache"];
    let result = handle(&connect(&daemon).await, &options(&given)).await.expect("a result");
    assert!(!format!("{:?}", result.metadata).contains(TOKEN));
    let listed = text(&result, "result.txt");
    let expected = "\
READS                              KIND    AT            SECTION
example.com/a/b.git#main           git     build.hlb:5   default
https://xxxxx@example.com/x        http    build.hlb:9
docker.io/library/busybox:latest   image   build.hlb:1
";
    assert!(listed.ends_with(expected), "{listed}");
    let json: Value = serde_json::from_str(&text(&result, "result.json")).expect("is JSON");
    let git = json!({
        "kind": "git",
        "reference": "example.com/a/b.git#main",
        "at": ["build.hlb:5"],
        "sections": [0],
    });
    assert_eq!(json["reads"][0], git);
}

#[tokio::test]
async fn a_target_without_caches_says_so() {
    let (result, _) = answer("fs default() { scratch }", &["requestid=frontend.hlb.cache"]).await;
    assert_eq!(
        text(&result, "result.txt"),
        "`default` has no sections and no cache mounts, and reads nothing from elsewhere\n"
    );
}

/// What a build says afterwards is the same, and nothing that only the client may know.
#[tokio::test]
async fn a_result_has_what_its_sections_import() {
    let client = format!(
        r#"cache-imports=[{{"Type":"gha","Attrs":{{"scope":"all","token":"{TOKEN}","url":"http://127.0.0.1:1/"}}}}]"#
    );
    let allow = format!("build-arg:HLB_CACHE_FROM_ALLOW=127.*@{DIGEST},gha:*");
    let (result, _) = answer(PROGRAM, &[&client, &allow]).await;
    assert!(!format!("{result:?}").contains(TOKEN));
    let expected = format!(
        "section tools (build.hlb:2): left out a/tools: `HLB_CACHE_FROM_ALLOW` does not name cache `a/tools`
section deps (build.hlb:4): asked 127.0.0.1:5000/deps:latest@{DIGEST}, gha:deps
section made (lib:/module.hlb:2): left out 127.0.0.1:5000/lib: a module from `lib` imports cache `127.0.0.1:5000/lib`, and is not trusted"
    );
    assert_eq!(text(&result, "frontend.result.inlinemessage"), expected);
    let json = STANDARD.decode(text(&result, "frontend.hlb.cache")).expect("is Base64");
    let json: Value = serde_json::from_slice(&json).expect("is JSON");
    let deps = json!({
        "name": "deps",
        "at": "build.hlb:4",
        "isolated": false,
        "imports": [
            { "cache": format!("127.0.0.1:5000/deps:latest@{DIGEST}"), "at": "build.hlb:11", "leftOut": null },
            { "cache": "gha:deps", "at": "build.hlb:12", "leftOut": null },
        ],
    });
    assert_eq!((&json["sections"][1], &json["moreSections"]), (&deps, &json!(0)));
    assert_eq!(json["client"], json!([{ "cache": "gha:all", "at": "", "leftOut": null }]));
    for quiet in ["build-arg:HLB_CACHE_MESSAGE=off", "build-arg:HLB_CACHE_IMPORT=off"] {
        let (result, _) = answer(PROGRAM, &[&client, quiet]).await;
        assert!(!result.metadata.contains_key("frontend.result.inlinemessage"));
        assert!(result.metadata.contains_key("frontend.hlb.cache"));
    }
}

/// However many sections there are, the client can be told.
#[tokio::test]
async fn many_sections_fit_into_a_result() {
    const COUNT: usize = 1500;
    let scope = "x".repeat(600);
    let functions = (0..COUNT).map(|number| {
        format!(
            "fs s{number}() {{ cached fs {{ scratch; mkdir \"/{number}\" 0o755; }} with cacheFrom(\"type=gha,scope={number}{scope}\"); }}\n"
        )
    });
    let calls = (0..COUNT).map(|number| format!("\tcopy s{number} \"/\" \"/\"\n"));
    let program =
        functions.collect::<String>() + "fs default() {\n" + &calls.collect::<String>() + "}\n";
    let (result, _) = answer(program.leak(), &[]).await;
    let message = text(&result, "frontend.result.inlinemessage");
    assert_eq!(message.lines().count(), 21);
    assert!(message.ends_with("\nand 1480 more sections"));
    let json = STANDARD.decode(text(&result, "frontend.hlb.cache")).expect("is Base64");
    let json: Value = serde_json::from_slice(&json).expect("is JSON");
    let shown = json["sections"].as_array().map_or(0, Vec::len);
    assert!((500..COUNT).contains(&shown), "{shown}");
    assert_eq!(json["moreSections"], COUNT - shown);
}

#[tokio::test]
async fn a_result_without_sections_says_nothing_of_caches() {
    let client = r#"cache-imports=[{"Type":"registry","Attrs":{"ref":"127.0.0.1:5000/a"}}]"#;
    let (result, _) = answer("fs default() { scratch; mkdir \"/a\" 0o755; }", &[client]).await;
    let mut keys: Vec<_> = result.metadata.keys().map(String::as_str).collect();
    keys.sort_unstable();
    assert_eq!(keys, ["containerimage.config", "refs.platforms"]);
}

/// The program of the guide, and what the guide says that is printed of it.
#[tokio::test]
async fn the_guide_shows_the_caches_of_its_program() {
    const PAGE: &str = include_str!("../../../docs/caching.md");
    let (_, part) = PAGE.split_once("## See what a build caches\n").expect("the part");
    let block = |language: &str| {
        let (_, block) = part.split_once(&format!("```{language}\n")).expect("a block");
        block.split_once("```").expect("its end").0
    };
    let image = image("docker-image://docker.io/library/node:22-alpine", LAYERED);
    let files = [("local://dockerfile", "build.hlb", block("hlb").as_bytes())];
    let files = Fake::with_files(&files);
    let daemon = Arc::new(Fake { source_meta: Some(image), ..files });
    let given = ["filename=build.hlb", "requestid=frontend.hlb.cache"];
    let result = handle(&connect(&daemon).await, &options(&given)).await.expect("a result");
    assert_eq!(text(&result, "result.txt"), block("text"));
    let result = handle(&connect(&daemon).await, &options(&given[..1])).await.expect("a result");
    let expected = "section tools (build.hlb:2): asked ghcr.io/acme/app/cache:tools";
    assert_eq!(text(&result, "frontend.result.inlinemessage").lines().next(), Some(expected));
    assert!(part.contains(&format!("`{expected}`")));
    // As a client writes it.
    let json = STANDARD.decode(text(&result, "frontend.hlb.cache")).expect("is Base64");
    let json: Value = serde_json::from_slice(&json).expect("is JSON");
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    write!(file, "{}", json!({ "frontend.hlb.cache": json })).expect("written");
    let program = env!("CARGO_BIN_EXE_hlb-frontend");
    let summary = Command::new(program).arg("summary").arg(file.path()).output();
    let summary = String::from_utf8(summary.expect("the program").stdout).expect("is text");
    assert!(part.contains(&format!("```text\n{summary}```")), "{summary}");
}
