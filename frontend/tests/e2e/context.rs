//! What comes from the build context, named contexts and imported modules.

use super::project::Project;
use super::{Test, Tested};

pub const TESTS: &[Test] = &[
    ("dockerignore_keeps_files_out", dockerignore),
    ("a_dockerignore_that_is_no_file_is_passed_over", no_dockerignore),
    ("a_build_context_replaces_an_image", build_context),
    ("a_module_is_imported", import),
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
