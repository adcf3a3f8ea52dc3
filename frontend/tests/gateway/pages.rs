//! Holds pages of `docs/diagnostics` to what is really said, where no case can show it: their first `text` block.
//!
//! What a client prints of a failed build is the error that is returned, which a daemon in this process gets here.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gateway_proto::caps::Caps;
use gateway_proto::{frontend, pb, rpc};
use hlb_eval::{registry, unknown_filters, unused_arguments};
use hlb_frontend::solve::{Build, ResolveCache, about_emptied_cache, build};
use hlb_frontend::subrequest::handle;
use hlb_frontend::used::Used;
use hlb_gateway::context::{BuildContext, IgnoreFile, source_age};
use hlb_gateway::options::{Options, limits_without_effect};
use hlb_gateway::report::report;
use hlb_program::check::check;
use hlb_program::lint::ignored_paths;
use hlb_program::module::{Answer, ImportSource, Modules, Root, load};
use hlb_program::program::{Module, Program};
use hlb_syntax::diagnostic::{Color, Diagnostic, render_line_with_help, render_terminal};
use hlb_syntax::source::{Sources, Span};
use llb::{
    Bind, CacheMount, Exec, FileAction, Metadata, Mkfile, Mount, MountKind, NoCache, Platform,
    State,
};

use crate::cache_hosts;
use crate::cache_permission;
use crate::daemon::{DIRECTORY, Fake, connect, image, options, variables};

/// A code, and what stands on its page.
type Shown = (&'static str, String);

#[tokio::test]
async fn pages_show_what_is_said() {
    let mut wrong = Vec::new();
    for (code, said) in Box::pin(shown()).await {
        assert!(said.contains(&format!("[{code}]")), "{code} is not what was said: {said}");
        let path = folder().join(format!("{code}.md"));
        let page = fs::read_to_string(&path).expect("a page");
        let Some((before, rest)) = page.split_once("```text\n") else {
            wrong.push(format!("{code}: the page has no `text` block"));
            continue;
        };
        let (block, after) = rest.split_once("```\n").expect("the block ends");
        if block == format!("{said}\n") {
            continue;
        }
        match update() {
            true => {
                fs::write(&path, format!("{before}```text\n{said}\n```\n{after}")).expect("written")
            }
            false => {
                wrong.push(format!("{code}: the page has:\n{block}and what is said is:\n{said}"))
            }
        }
    }
    assert!(wrong.is_empty(), "{}\nIf that is right, set UPDATE_EXPECT=1.", wrong.join("\n"));
}

#[tokio::test]
async fn every_page_without_a_note_is_held_here() {
    let held: Vec<&str> = Box::pin(shown()).await.into_iter().map(|(code, _)| code).collect();
    for entry in fs::read_dir(folder()).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_stem().and_then(|name| name.to_str()).expect("a name").to_owned();
        let page = fs::read_to_string(&path).expect("a page");
        let noted =
            ["error", "warning"].iter().any(|it| page.contains(&format!("#~ {it}[{name}]")));
        assert!(noted || name == "README" || held.contains(&name.as_str()), "{name} has no note");
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/diagnostics")
}

#[expect(
    clippy::disallowed_methods,
    reason = "the switch that rewrites pages is the environment's"
)]
fn update() -> bool {
    std::env::var_os("UPDATE_EXPECT").is_some()
}

async fn shown() -> Vec<Shown> {
    let good =
        b"fs default() {\n\timage \"golang:1.25-alpine\"\n\tcopy local(\".\") \"/\" \"/src\"\n}\n";
    let missing = Fake::default();
    let directory = Fake { special: vec![("ci", DIRECTORY)], ..Fake::default() };
    let large = vec![b' '; (16 << 20) + 1];
    let ignore = Fake::with_files(&[
        ("local://dockerfile", "build.hlb", good),
        ("local://context", ".dockerignore", b"node_modules\n!\n"),
    ]);
    let git = "context=https://github.com/acme/app.git?brunch=main";
    let context = "context:golang:1.25-alpine=docker-images://golang:1.26-alpine";
    vec![
        ("HLB0021", failed(program(nested().as_bytes()), &[]).await),
        ("HLB0098", file_too_large()),
        ("HLB0099", too_many_errors()),
        ("HLB0107", failed(endless(), &[]).await),
        ("HLB0109", endless_chain()),
        ("HLB0303", failed(program(deep().as_bytes()), &[]).await),
        ("HLB0335", failed(program(exporting_import()), &[]).await),
        ("HLB0340", failed(program(TARBALL), &[]).await),
        ("HLB0347", failed(own_dockerfile(), &["filename=Dockerfile"]).await),
        (
            "HLB0359",
            failed(program(b"fs default() {\n\tlocal \".\" with normalize\n}\n"), &[]).await,
        ),
        ("HLB0404", failed(failing_import(), &[]).await),
        ("HLB0405", failed(without_secret(), &[]).await),
        ("HLB0406", failed(older(), &[]).await),
        ("HLB0407", failed(without_device(), &[]).await),
        ("HLB0408", failed(damaged_section(), &[]).await),
        ("HLB0411", endless_questions().await),
        ("HLB0421", failed(excluded(), &[]).await),
        ("HLB0422", failed(program(WITH_CONTEXT), &[]).await),
        ("HLB0431", failed(program(UNDATED), &[]).await),
        ("HLB0432", without_command().await),
        ("HLB0433", failed(program(good), &["build-arg:HLB_EMPTY_CACHE=npm"]).await),
        ("HLB0434", about_emptied("nmp", &Caps::all())),
        ("HLB0435", about_emptied("tools", &Caps::new(&[], &[]))),
        ("HLB0442", incomplete_seed().await),
        ("HLB0525", unknown_cache_filter()),
        ("HLB0533", about_cache("HLB0533", cache_hosts::PROGRAM, "").await),
        ("HLB0534", required_cache().await),
        ("HLB0535", about_cache("HLB0535", cache_permission::FROM_ELSEWHERE, "").await),
        ("HLB0536", about_cache("HLB0536", cache_hosts::PROGRAM, "ghcr.io/acme/*").await),
        ("HLB0537", about_cache("HLB0537", cache_permission::OF_JOBS, "*").await),
        ("HLB0538", about_cache("HLB0538", cache_permission::TWICE, "*").await),
        ("HLB0539", about_cache("HLB0539", cache_permission::IN_A_FILESYSTEM, "").await),
        ("HLB0540", unsubstituted().await),
        ("HLB0565", unused_argument()),
        ("HLB0566", ignored_path()),
        ("HLB0600", invalid_option("build-arg:SOURCE_DATE_EPOCH=yesterday")),
        ("HLB0601", failed(missing, &[]).await),
        ("HLB0602", failed(directory, &["filename=ci"]).await),
        ("HLB0603", failed(program(&large), &[]).await),
        ("HLB0604", failed(program(b"\n"), &[]).await),
        ("HLB0605", failed(program(b"# Caf\xe9\nfs default() { scratch }\n"), &[]).await),
        ("HLB0606", failed(Fake::default(), &[git]).await),
        ("HLB0607", failed(ignore, &[]).await),
        ("HLB0608", failed(program(good), &[context]).await),
        ("HLB0610", limits()),
        ("HLB0611", commit_without_date().await),
        ("HLB0615", unprintable().await),
    ]
}

const UNDATED: &[u8] =
    b"fs default(string SOURCE_DATE_EPOCH = \"2024-01-01\") {\n\timage \"alpine:3.22\"\n}\n";

const TARBALL: &[u8] = b"fs default() {\n\tscratch\n\tdownloadTarball \"out.tar\"\n}\n";

const WITH_CONTEXT: &[u8] = b"fs default() {\n\tlocal \"img\" with buildContext(\"assets\")\n}\n";

fn excluded() -> Fake {
    let program = b"fs default() {\n\tcopy local(\".\") \"dist/app\" \"/usr/bin/app\"\n}\n";
    let ignore = b"# Made by the build.\ndist\nnode_modules\n";
    Fake::with_files(&[
        ("local://dockerfile", "build.hlb", program),
        ("local://context", ".dockerignore", ignore),
    ])
}

fn own_dockerfile() -> Fake {
    Fake::with_files(&[(
        "local://dockerfile",
        "Dockerfile",
        b"fs default() {\n\tdockerfile \"deps\"\n}\n",
    )])
}

fn program(text: &[u8]) -> Fake {
    Fake::with_files(&[("local://dockerfile", "build.hlb", text)])
}

/// An evaluation that never ends for want of answers.
async fn endless_questions() -> String {
    let bridge = connect(&Arc::new(program(b"fs default() { scratch }\n"))).await;
    let given = options(&[]);
    let Ok(cx) = Build::new(&bridge, &given).await else { panic!("the build file is there") };
    let rounds = ResolveCache::default().rounds(&cx, |_| Err::<(), _>(Box::default())).await;
    let Err(failure) = rounds else { panic!("there is no value") };
    printed(&failure.into_status(&Sources::default()).message)
}

/// What is printed of a build that fails.
async fn failed(daemon: Fake, given: &[&str]) -> String {
    // Boxed: all that are shown are one future, on the stack of a thread of tests.
    let refused = Box::pin(build(&connect(&Arc::new(daemon)).await, &options(given))).await;
    printed(&refused.expect_err("no build").message)
}

async fn unprintable() -> String {
    let text = "fs default() {\n\timage \"alpine:3.22\"\n\trun \"printf '\u{1b}[1mdone\u{1b}[0m\\n'\"\n}\n";
    let daemon = Arc::new(program(text.as_bytes()));
    let refused = handle(&connect(&daemon).await, &options(&["requestid=frontend.hlb.fmt"])).await;
    printed(&refused.expect_err("no answer").message)
}

fn printed(message: &str) -> String {
    format!("ERROR: failed to solve: {message}")
}

fn invalid_option(given: &str) -> String {
    let errors = Options::parse(variables(&[given])).expect_err("an invalid option");
    let errors: Vec<Diagnostic> = errors.iter().map(|error| error.diagnostic()).collect();
    printed(&report(&Sources::default(), &errors).message)
}

/// What is said of a limit to a daemon that has none.
fn limits() -> String {
    let given = options(&["memory=536870912", "cpuquota=50000"]);
    let old = Caps::of(&gateway_proto::testing::pong_of("0.25"));
    let warning = limits_without_effect(&given.resources, &old).expect("a warning");
    render_line_with_help(&warning, &Sources::default())
}

/// What a daemon is told that can't say when the commit of a context was made.
async fn commit_without_date() -> String {
    let unsaid = frontend::ResolveSourceMetaResponse::default();
    let daemon = Fake { source_meta: Some(unsaid), ..Fake::default() };
    let bridge = connect(&Arc::new(daemon)).await;
    let given = ["context=https://github.com/acme/app.git", "build-arg:SOURCE_DATE_EPOCH=context"];
    let options = options(&given);
    let context = BuildContext::locate(&bridge, &options).await.expect("is git");
    let date = options.source_date.as_ref().expect("given");
    let age = source_age(&bridge, &options, &context, date).await.expect("an answer");
    render_line_with_help(&age.warning.expect("a warning"), &Sources::default())
}

/// A base image is no scanner.
async fn without_command() -> String {
    let config = r#"{"os":"linux","architecture":"amd64"}"#;
    let daemon = Fake {
        source_meta: Some(image("docker-image://docker.io/library/alpine:3.22", config)),
        ..program(b"fs default() {\n\tscratch\n\tmkdir \"/srv\" 0o755\n}\n")
    };
    failed(daemon, &["attest:sbom=generator=alpine:3.22"]).await
}

/// More blocks and lists inside each other than are allowed, as only another program writes them.
fn nested() -> String {
    let depth = 300;
    format!("fs default() {{\n\t{}scratch{}\n}}\n", "merge fs { ".repeat(depth), " }".repeat(depth))
}

/// A chain of functions that is longer than calls may be deep.
fn deep() -> String {
    let links = (1..=1000).map(|n| format!("fs layer{n}() {{ layer{} }}\n", n - 1));
    let chain = links.collect::<String>();
    format!("fs layer0() {{ image \"alpine:3.22\" }}\n{chain}fs default() {{ layer1000 }}\n")
}

/// A module that imports a filesystem made of its own, with itself in it.
fn endless() -> Fake {
    let program = b"import tools from fs { local \"tools\" }\n\nfs default() { tools.lint; }\n";
    let module = b"import next from fs { local \".\"; mkfile \"/stamp\" 0o644 \"\" }\nexport lint\nfs lint() { next.lint }\n";
    Fake::with_files(&[
        ("local://dockerfile", "build.hlb", program),
        ("local://context", "module.hlb", module),
    ])
}

/// An import whose source exports something.
fn exporting_import() -> &'static [u8] {
    b"import lib from fs {\n\tlocal \"lib\"\n\tdownload \"out\"\n}\n\nfs default() { lib.tool }\n"
}

/// An import that the daemon can't make, beside another error.
fn failing_import() -> Fake {
    let program = b"import tools from \"git+https://github.com/acme/tols@v1\"\n\nfs default() {\n\timge \"alpine:3.22\"\n\ttools.install\n}\n";
    let message = "failed to load cache key: failed to fetch remote https://github.com/acme/tols";
    let failure = rpc::Status { code: 2, message: message.to_owned(), details: Vec::new() };
    Fake {
        failure: Some(failure),
        failing: Some("git://github.com/acme/tols#v1"),
        ..Fake::with_files(&[("local://dockerfile", "build.hlb", program)])
    }
}

/// Modules that import each other without end.
fn endless_chain() -> String {
    let next = |number: usize| format!("import next from \"./part{}.hlb\"\n", number + 1);
    let mut sources = Sources::default();
    let root = Root::Program { dir: "".into() };
    let modules = load(&mut sources, root, "part0.hlb", next(0).into(), &mut |request| {
        let ImportSource::File { path, .. } = &request.source else { return Answer::Missing };
        let number = path.trim_start_matches("part").trim_end_matches(".hlb");
        Answer::Text(next(number.parse().expect("a number")).into())
    });
    let errors: Vec<Diagnostic> = modules.iter().flat_map(|it| it.errors.clone()).collect();
    printed(&report(&sources, &errors).message)
}

/// A cache at a host that does not answer.
/// The first warning about the caches of a program, which has this code, where the client allows some.
async fn about_cache(code: &str, program: &str, allowed: &str) -> String {
    let allowed = format!("build-arg:HLB_CACHE_FROM_ALLOW={allowed}");
    let allowed = if allowed.ends_with('=') { vec![] } else { vec![allowed.as_str()] };
    let built = cache_hosts::built(program, &allowed).await;
    let warning = built.warnings.first().and_then(|it| it.strip_prefix(&format!("{code}: ")));
    format!("warning[{code}]: {}", warning.expect("a warning"))
}

/// What is said of a section whose image can't be named.
async fn unsubstituted() -> String {
    const BASED: &[u8] = b"fs default() {
\tcached fs {
\t\timage \"base:dev\"
\t} with substitute(\"ghcr.io/acme/sections\")
}
";
    let mut daemon = program(BASED);
    daemon.source_meta = Some(frontend::ResolveSourceMetaResponse {
        source: Some(pb::SourceOp {
            identifier: "docker-image://docker.io/library/base:dev".to_owned(),
            ..Default::default()
        }),
        image: Some(frontend::ResolveSourceImageResponse {
            config: br#"{"os":"linux","rootfs":{"type":"layers","diff_ids":["sha256:1"]}}"#
                .to_vec(),
            ..Default::default()
        }),
        ..Default::default()
    });
    let daemon = Arc::new(daemon);
    build(&connect(&daemon).await, &options(&[])).await.expect("a build");
    let asked = daemon.asked.lock().expect("not poisoned");
    let warning = String::from_utf8_lossy(&asked.warnings.first().expect("a warning").short);
    format!("warning[HLB0540]: {}", warning.strip_prefix("HLB0540: ").expect("the code"))
}

/// What is said of a seed that a daemon reports something of.
async fn incomplete_seed() -> String {
    const SEEDED: &[u8] = b"fs default() {
	mkfile \"/a\" 0o644 \"a\"
	run \"npm ci\" with option {
		cacheMount \"/root/.npm\" with seed(fs { scratch; mkfile \"/a\" 0o644 \"a\"; })
	}
}
";
    let mut daemon = program(SEEDED);
    for (path, content) in [("/empty", ""), ("/report", "/lock can't be copied: a FIFO\n")] {
        daemon.files.insert(("docker-image://own.example/hlb-frontend:1", path), content.into());
    }
    let daemon = Arc::new(daemon);
    let given = options(&["source=own.example/hlb-frontend:1"]);
    build(&connect(&daemon).await, &given).await.expect("a build");
    let asked = daemon.asked.lock().expect("not poisoned");
    let warning = String::from_utf8_lossy(&asked.warnings.first().expect("a warning").short);
    format!("warning[HLB0442]: {}", warning.strip_prefix("HLB0442: ").expect("its code"))
}

async fn required_cache() -> String {
    let given = ["build-arg:HLB_CACHE_IMPORT=require"];
    let built = cache_hosts::built(cache_hosts::PROGRAM, &given).await;
    printed(&built.outcome.expect_err("no build").message)
}

/// A build argument that a program does not take.
fn unused_argument() -> String {
    let (program, sources) = checked("fs default(string version = \"1.25\") {}\n");
    let warnings = unused_arguments(&program, ["verison"]);
    render_terminal(warnings.first().expect("a warning"), &sources, Color::Plain)
}

/// What there is to say of a cache that is to be emptied, in a program that mounts two.
fn about_emptied(name: &str, caps: &Caps) -> String {
    let mounts = [("/npm", State::Scratch), ("/tools", a_file())].map(|(id, input)| {
        let cache = CacheMount { id: id.to_owned(), input, ..CacheMount::default() };
        Mount { dest: id.to_owned(), kind: MountKind::Cache(cache) }
    });
    let step = Exec {
        mounts: mounts.into(),
        root: Bind { input: a_file(), ..Bind::default() },
        ..Exec::default()
    };
    let root = llb::exec(step, &Platform::default(), Metadata::default()).root();
    let used = Used::by(&[root.map_or(State::Scratch, State::from)]);
    let found = about_emptied_cache(name, &format!("/{name}"), &used, caps).expect("a warning");
    render_terminal(&found, &Sources::default(), Color::Plain)
}

fn a_file() -> State {
    let file = Mkfile { path: "/file".to_owned(), mode: 0o600, ..Mkfile::default() };
    llb::file(State::Scratch, vec![FileAction::Mkfile(file)], Metadata::default())
}

/// A name of `--no-cache-filter` that no function has.
fn unknown_cache_filter() -> String {
    let (program, sources) = checked("fs deps() {}\nfs default() { deps; }\n");
    let warnings = unknown_filters(&program, &NoCache::of_list("default,dep"));
    render_terminal(warnings.first().expect("a warning"), &sources, Color::Plain)
}

/// What `hlb-frontend lint` says beside an ignore file.
fn ignored_path() -> String {
    let (program, sources) = checked("fs default() {\n\tlocal \"dist\"\n}\n");
    let ignore = IgnoreFile::parse("`.dockerignore`", b"dist\n").expect("valid");
    let excluding = |_: &Module, path: &str| {
        let line = ignore.line_excluding(path)?;
        Some(format!("{}, line {line}", ignore.name()))
    };
    let warnings = ignored_paths(&program, &registry().builtins, excluding);
    render_terminal(warnings.first().expect("a warning"), &sources, Color::Plain)
}

/// A program of one file.
fn checked(text: &str) -> (Program, Sources) {
    let mut sources = Sources::default();
    let text: Arc<str> = text.into();
    let file = sources.add("build.hlb", text.clone());
    let (tree, errors) = hlb_syntax::parse(file, text);
    let mut modules = Modules::default();
    modules.add(Root::Program { dir: "".into() }, "build.hlb".into(), tree, errors);
    (check(&modules, &registry().builtins).0, sources)
}

/// A download that needs a secret, which the client does not have.
fn without_secret() -> Fake {
    let program = b"# syntax=openllb/hlb-frontend\nfs default() {\n\thttp \"https://files.example.com/tool.tgz\" with authSecret(\"files-token\")\n}\n";
    let message = "failed to load cache key: failed to retrieve HTTP auth secret files-token: secret files-token: not found";
    let failure = rpc::Status { code: 2, message: message.to_owned(), details: Vec::new() };
    Fake {
        failure: Some(failure),
        failing: Some("https://files.example.com/tool.tgz"),
        ..Fake::with_files(&[("local://dockerfile", "build.hlb", program)])
    }
}

/// A device that the machine does not have.
fn without_device() -> Fake {
    let program = b"# syntax=openllb/hlb-frontend\nfs default() {\n\thttp \"https://files.example.com/train\" with chmod(0o755)\n\trun \"/train\" with option { device \"vendor.com/gpu\" with required; }\n}\n";
    let message = "failed to load LLB: required device \"vendor.com/gpu\" is not registered";
    let failure = rpc::Status { code: 2, message: message.to_owned(), details: Vec::new() };
    Fake {
        failure: Some(failure),
        failing: Some("https://files.example.com/train"),
        ..Fake::with_files(&[("local://dockerfile", "build.hlb", program)])
    }
}

/// A section whose image has another layer than it says.
fn damaged_section() -> Fake {
    let program = b"fs deps() {
\tcached fs {
\t\tscratch
\t\tmkfile \"/deps\" 0o644 \"1\"
\t} with substitute(\"ghcr.io/acme/sections\")
}
fs default() {
\tscratch
\tcopy deps \"/deps\" \"/\"
}
";
    const TAKEN: &str = "docker-image://ghcr.io/acme/sections:hlb@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    let config = r#"{"rootfs":{"type":"layers","diff_ids":["sha256:1"]}}"#;
    let message = "failed to compute cache key: failed commit on ref \"layer-sha256:2c1f\": unexpected commit digest sha256:9d3e, expected sha256:2c1f: failed precondition";
    let failure = rpc::Status { code: 2, message: message.to_owned(), details: Vec::new() };
    Fake {
        source_meta: Some(image("docker-image://ghcr.io/acme/sections:hlb", config)),
        failure: Some(failure),
        failing: Some(TAKEN),
        ..Fake::with_files(&[("local://dockerfile", "build.hlb", program)])
    }
}

/// Something that the daemon does not have yet.
fn older() -> Fake {
    let text = b"fs default() {\n\tgit \"https://github.com/acme/app.git\" \"v1\" with checksum(\"0123abc\")\n}\n";
    Fake { release: Some("0.13"), ..program(text) }
}

/// Only its words: no test can have such a file.
fn file_too_large() -> String {
    let mut sources = Sources::default();
    let file = sources.add("build.hlb", "");
    render_terminal(&hlb_syntax::file_too_large(Span::new(file, 0, 0)), &sources, Color::Plain)
}

/// The end of what `hlb-frontend check` says for something that is no HLB at all.
fn too_many_errors() -> String {
    let mut sources = Sources::default();
    let text = "?\n".repeat(1001);
    let file = sources.add("build.hlb", text.as_str());
    let (_, errors) = hlb_syntax::parse(file, text.into());
    render_terminal(errors.last().expect("errors"), &sources, Color::Plain)
}
