//! Contexts of every kind: as the main one, and by name in the place of an image.

use std::fs::File;
use std::process::Stdio;

use libtest_mimic::Failed;

use super::graph::OCI_LAYOUT;
use super::project::Project;
use super::server::{GitDaemon, commit, serve};
use super::{Graph, Test, Tested};

pub const TESTS: &[Test] = &[
    ("contexts_of_every_kind_by_name", Graph::Same, by_name),
    ("a_context_from_a_layout", OCI_LAYOUT, layout),
    ("a_context_from_a_target_of_bake", Graph::Same, target),
    ("a_git_repository_as_context", Graph::Same, git),
    ("an_archive_as_context", Graph::Same, archive),
];

fn by_name(project: &Project) -> Tested {
    project.write("repositories/r/sub/file", "git @nonce")?;
    commit(project, "repositories/r")?;
    let daemon = GitDaemon::start(project)?;
    let address = serve(project.fill("http @nonce").into_bytes())?;
    project.write("other/kept", "local @nonce")?;
    project.write("other/left", "")?;
    project.write("other/.dockerignore", "left\n")?;
    project.write(
        "context/Dockerfile",
        "@syntax
fs default() {
	copy image(\"fragment\") \"/file\" \"/fragment\"
	copy image(\"query\") \"/file\" \"/query\"
	copy image(\"download\") \"/context\" \"/download\"
	copy image(\"other\") \"/\" \"/other\"
	copy image(\"empty\") \"/\" \"/empty\"
}
",
    )?;
    let git = format!("git://{}/r", daemon.address);
    let contexts = [
        format!("fragment={git}#main:sub"),
        format!("query={git}?ref=main&subdir=sub"),
        format!("download=http://{address}/@nonce"),
        "other=other".to_owned(),
        "empty=docker-image://scratch".to_owned(),
    ];
    let flags = contexts.iter().flat_map(|it| ["--build-context", it.as_str()]);
    let words: Vec<&str> = flags.chain(["-o", "out", "context"]).collect();
    project.build(&words)?.succeeded()?;
    project.expect("out/fragment", "git @nonce")?;
    project.expect("out/query", "git @nonce")?;
    project.expect("out/download", "http @nonce")?;
    project.expect("out/other/kept", "local @nonce")?;
    match project.path("out/other/left").exists() {
        true => Err("the context's own ignore file has no effect".into()),
        false => Ok(()),
    }
}

fn layout(project: &Project) -> Tested {
    project.write("base/Dockerfile", "FROM @busybox\nENV WORD=@nonce\n")?;
    project.build(&["-o", "type=oci,dest=layout,tar=false", "base"])?.succeeded()?;
    let index = project.read("layout/index.json")?;
    let digest = index.split('"').find(|text| text.starts_with("sha256:"));
    let digest = digest.ok_or("the index names no manifest")?;
    let program = "@syntax\nfs default() {\n\timage \"base\"\n\trun \"echo $WORD > /made\"\n}\n";
    project.write("context/Dockerfile", program)?;
    let context = format!("base=oci-layout://layout@{digest}");
    project.build(&["--build-context", &context, "-o", "out", "context"])?.succeeded()?;
    project.expect("out/made", "@nonce\n")
}

/// Both ways: a Dockerfile's target for a program, and a program's for a Dockerfile.
fn target(project: &Project) -> Tested {
    project.write(
        "docker-bake.hcl",
        "
target \"base\" { dockerfile = \"base.Dockerfile\" }
target \"program\" {
  dockerfile = \"build.hlb\"
  contexts = { base = \"target:base\" }
}
target \"default\" {
  dockerfile = \"last.Dockerfile\"
  contexts = { program = \"target:program\" }
  output = [\"type=local,dest=out\"]
}
",
    )?;
    project.write("base.Dockerfile", "FROM @busybox\nENV WORD=@nonce\nWORKDIR /work\n")?;
    project.write(
        "build.hlb",
        "@syntax\nfs default() {\n\timage \"base\"\n\trun \"echo $WORD > made\"\n\tenv \"NEXT\" \"next\"\n}\n",
    )?;
    project.write(
        "last.Dockerfile",
        "FROM program AS made\nRUN echo $WORD $NEXT >> made\nFROM scratch\nCOPY --from=made /work/made /\n",
    )?;
    project.run(&["docker", "buildx", "bake", "--progress=plain"])?.succeeded()?;
    project.expect("out/made", "@nonce\n@nonce next\n")
}

/// The daemon's own frontend, which looks for the syntax directive, reads URLs with a query since BuildKit 0.24.
fn git(project: &Project) -> Tested {
    project.write(
        "repositories/r/sub/build.hlb",
        "@syntax\nfs default() { local \"data\" with includePatterns(\"f*\") }\n",
    )?;
    project.write("repositories/r/sub/data/file", "@nonce")?;
    // The main context is a commit, to which ignore files do not apply.
    project.write("repositories/r/sub/.dockerignore", "*\n")?;
    commit(project, "repositories/r")?;
    let daemon = GitDaemon::start(project)?;
    let remote = format!("git://{}/r", daemon.address);
    project.build(&["-f", "build.hlb", "-o", "out", &format!("{remote}#main:sub")])?.succeeded()?;
    project.expect("out/file", "@nonce")?;
    if project.buildkit() < 24 {
        return Ok(());
    }
    let query = format!("{remote}?branch=main&subdir=sub");
    project.build(&["-f", "build.hlb", "-o", "query", &query])?.succeeded()?;
    project.expect("query/file", "@nonce")
}

/// From the web, and on standard input.
fn archive(project: &Project) -> Tested {
    project.write("context/build.hlb", "@syntax\nfs default() { local \"data\" }\n")?;
    project.write("context/data/file", "@nonce")?;
    project.run(&["tar", "-czf", "context.tgz", "-C", "context", "."])?.succeeded()?;
    let content = std::fs::read(project.path("context.tgz"))?;
    let url = format!("http://{}/@nonce", serve(content)?);
    project.build(&["-f", "build.hlb", "-o", "web", &url])?.succeeded()?;
    project.expect("web/file", "@nonce")?;
    piped(project, &["-f", "build.hlb", "-o", "piped", "-"])?;
    project.expect("piped/file", "@nonce")
}

fn piped(project: &Project, words: &[&str]) -> Result<(), Failed> {
    let build = ["docker", "buildx", "build", "--progress=plain"];
    let input = Stdio::from(File::open(project.path("context.tgz"))?);
    project.run_with(&[&build[..], words].concat(), input)?.succeeded().map(drop)
}
