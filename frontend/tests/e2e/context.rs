//! What comes from the build context, named contexts and imported modules.

use libtest_mimic::Failed;

use super::project::Project;
use super::{Graph, Test, Tested};

pub const TESTS: &[Test] = &[
    ("dockerignore_keeps_files_out", Graph::Same, dockerignore),
    ("a_dockerignore_that_is_no_file_is_passed_over", Graph::Same, no_dockerignore),
    ("a_build_context_replaces_an_image", Graph::First, build_context),
    ("a_module_is_imported", Graph::Same, import),
    ("only_what_is_used_is_sent", Graph::First, narrowed),
    ("an_excluded_path_is_an_error", Graph::Same, excluded),
    ("no_link_leads_out_of_a_context", Graph::Same, links),
];

fn dockerignore(project: &Project) -> Tested {
    project.write(
        "Dockerfile",
        "@syntax\nfs default() {\n\tscratch\n\tcopy fs { local \".\"; } \"/\" \"/\"\n}\n",
    )?;
    project.write(".dockerignore", "*.log\n!kept.log\n")?;
    project.write("file", "@nonce")?;
    project.write("dropped.log", "@nonce")?;
    project.write("kept.log", "@nonce")?;
    project.build(&["-o", "out", "."])?.succeeded()?;
    project.expect("out/file", "@nonce")?;
    project.expect("out/kept.log", "@nonce")?;
    if project.path("out/dropped.log").exists() {
        return Err("`dropped.log` was sent".into());
    }
    Ok(())
}

/// As by a Dockerfile's build.
fn no_dockerignore(project: &Project) -> Tested {
    project.write("Dockerfile", "@syntax\nfs default() { local \"dir\"; }\n")?;
    project.write("dir/file", "@nonce")?;
    project.write(".dockerignore/x", "*\n")?;
    project.build(&["-o", "out", "."])?.succeeded()?;
    project.expect("out/file", "@nonce")?;
    std::fs::remove_dir_all(project.path(".dockerignore"))?;
    std::os::unix::fs::symlink("other", project.path(".dockerignore"))?;
    std::os::unix::fs::symlink(".dockerignore", project.path("other"))?;
    project.write("dir/file", "again @nonce")?;
    project.build(&["-o", "out", "."])?.succeeded()?;
    project.expect("out/file", "again @nonce")
}

fn build_context(project: &Project) -> Tested {
    project.write(
        "Dockerfile",
        "@syntax\nfs default() {\n\timage \"base\"\n\trun \"echo @nonce > /made\"\n}\n",
    )?;
    let context = "base=docker-image://@busybox";
    project.build(&["--build-context", context, "-o", "out", "."])?.succeeded()?;
    project.expect("out/made", "@nonce\n")
}

fn import(project: &Project) -> Tested {
    project.write(
        "ci/build.hlb",
        "@syntax\nimport lib from \"./lib.hlb\"\nfs default() { lib.greet; }\n",
    )?;
    project.write(
        "ci/lib.hlb",
        "export greet\nfs greet() {\n\tscratch\n\tmkfile \"greet\" 0o644 \"@nonce\"\n}\n",
    )?;
    project.build(&["-f", "ci/build.hlb", "-o", "out", "."])?.succeeded()?;
    project.expect("out/greet", "@nonce")
}

/// Of a large context, over builds of two targets: what progress says of transfers.
fn narrowed(project: &Project) -> Tested {
    project.write(
        "Dockerfile",
        "@syntax
fs default() {
	copy local(\".\") \"used\" \"/used\"
	copy fs { local \"more\" } \"/\" \"/\"
	copy local(\".\") \"li*\" \"/\" with option { allowWildcard; followSymlinks }
}
fs large() { local \"large\" with excludePatterns(\"b\") }
fs some() {
	local \"some\" with includePatterns(\"**/*.go\")
	copy local(\".\") \"current\" \"/current\" with followSymlinks
}
fs listed() { copy local(\".\") \"some\" \"/\" with includePatterns(\"d\") }
fs nothing() { local \"some\" with includePatterns(\"*.c\"); mkfile \"built\" 0o644 \"@nonce\" }
fs everything() { copy fs { local \".\" } \"/\" \"/\"; copy fs { local \".\" } \"used\" \"/\" }
",
    )?;
    // What the builds write here is not part of it.
    project.write(
        ".dockerignore",
        "out\nlarge-out\nsome-out\nnothing-out\nlisted-out\nall\nsome/ignored\n",
    )?;
    let content = vec![b'x'; 1 << 20];
    project.write_bytes("used/file", &content)?;
    project.write("more/kept", "@nonce")?;
    std::os::unix::fs::symlink("more/kept", project.path("link"))?;
    project.write_bytes("large/a", &content)?;
    project.write_bytes("large/b", &content)?;
    project.write("some/d/kept.go", "@nonce")?;
    project.write("some/d/linked", "@nonce")?;
    std::os::unix::fs::symlink("some/d/linked", project.path("current"))?;
    project.write_bytes("some/ignored/a.go", &content)?;
    project.write_bytes("some/d/a", &content)?;
    project.write_bytes("some/a", &content)?;
    let sent = |words: &[&str]| -> Result<u64, Failed> {
        let built = project.build(&[words, &["."]].concat())?.succeeded()?;
        let sizes = built.log.lines().filter(|line| line.ends_with("done"));
        let sizes = sizes.filter_map(|line| line.split_once("transferring context: "));
        Ok(sizes.map(|(_, size)| megabytes(size)).sum())
    };
    let expect = |what: &str, words: &[&str], megabytes: u64| match sent(words)? {
        found if found == megabytes => Ok(()),
        found => Err(Failed::from(format!("{what}: sent {found} MB, expected {megabytes} MB"))),
    };
    expect("a directory", &["-o", "out"], 1)?;
    project.expect("out/kept", "@nonce")?;
    project.expect("out/link", "@nonce")?;
    expect("the other target", &["--target=large", "-o", "large-out"], 1)?;
    expect("the first again", &["-o", "out"], 0)?;
    expect("everything", &["--target=everything", "-o", "all"], 5)?;
    // Patterns below a directory: what they match, but the directory is there even if they match nothing.
    expect("some of a directory", &["--target=some", "-o", "some-out"], 0)?;
    project.expect("some-out/d/kept.go", "@nonce")?;
    project.expect("some-out/current", "@nonce")?;
    if project.path("some-out/ignored").exists() {
        return Err("`some/ignored` was sent".into());
    }
    expect("nothing of a directory", &["--target=nothing", "-o", "nothing-out"], 0)?;
    project.expect("nothing-out/built", "@nonce")?;
    project.write(".dockerignore", "*\n!some\nsome/ignored\n")?;
    expect("what is not ignored", &["--target=listed", "-o", "listed-out"], 1)?;
    project.expect("listed-out/some/d/kept.go", "@nonce")
}

/// Whole megabytes of a size as progress writes it.
fn megabytes(size: &str) -> u64 {
    let size = size.split_whitespace().next().unwrap_or_default();
    let number = size.strip_suffix("MB").and_then(|number| number.split('.').next());
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}

fn excluded(project: &Project) -> Tested {
    project.write(
        "Dockerfile",
        "@syntax\nfs default() {\n\tcopy local(\".\") \"dist/app\" \"/\"\n\tcopy fs {\n\t\tlocal \"img\" with buildContext(\"assets\")\n\t} \"/\" \"/\"\n}\n",
    )?;
    project.write("dist/app", "@nonce")?;
    project.write("assets/img/logo", "@nonce")?;
    project.write("Dockerfile.dockerignore", "dist\n")?;
    let flags = ["--build-context", "assets=assets", "-o", "out", "."];
    let said = [
        "Dockerfile:3:18: error[HLB0421]: `dist/app` is excluded by `Dockerfile.dockerignore`, line 1",
    ];
    project.build(&flags)?.failed()?.says(&said)?;
    project.write("Dockerfile.dockerignore", "dist\n!dist/app\n")?;
    project.build(&flags)?.succeeded()?;
    project.expect("out/app", "@nonce")?;
    project.expect("out/logo", "@nonce")?;
    let said = ["Dockerfile:5:33: error[HLB0422]: the client gives no build context `assets`"];
    project.build(&["."])?.failed()?.says(&said)?.end()
}

/// Links are followed as if there was nothing but the context.
fn links(project: &Project) -> Tested {
    let program = "@syntax
fs part(string path) { scratch; copy fs { local \".\" } path \"/\" with followSymlinks; }
fs default() { scratch; copy part(\"absolute\") \"/\" \"/\"; copy part(\"dir/above\") \"/\" \"/\"; }
fs outside() { part \"outside\" }
fs machine() { part \"machine/hostname\" }
fs parent() { local \"parent/secret\" }
";
    project.write("build.hlb", program)?;
    project.write("secret", "@nonce secret")?;
    project.write("context/text", "@nonce")?;
    project.write("context/dir/file", "")?;
    for (link, target) in [
        ("absolute", "/text"),
        ("dir/above", "../../../text"),
        ("outside", "../secret"),
        ("machine", "/etc"),
        ("parent", ".."),
    ] {
        std::os::unix::fs::symlink(target, project.path(&format!("context/{link}")))?;
    }
    project.build(&["-f", "build.hlb", "-o", "out", "context"])?.succeeded()?;
    project.expect("out/absolute", "@nonce")?;
    project.expect("out/above", "@nonce")?;
    for target in ["outside", "machine", "parent"] {
        let built = project.build(&["-f", "build.hlb", "--target", target, "context"])?;
        built.failed()?.says(&["not found"])?.end()?;
    }
    Ok(())
}
