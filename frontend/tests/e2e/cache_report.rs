//! What is said of the caches of a program.

use super::project::Project;
use super::{Graph, Test, Tested};

pub const TESTS: &[Test] = &[
    ("the_caches_of_a_target", Graph::First, caches),
    ("what_a_build_says_of_its_caches", Graph::Same, result),
];

const PROGRAM: &str = r#"@syntax
fs counted() {
	cached fs {
		image "@busybox"
		run "echo x >> /a/n; echo x >> /b/n; mkdir /out; wc -l < /a/n > /out/a; wc -l < /b/n > /out/b" with option {
			ignoreCache
			cacheMount "/a" with id("it's @nonce")
			cacheMount "/b" with id("it's @nonce/b")
		}
	} with cacheFrom("@registry/none:@nonce")
}

fs default() {
	scratch
	copy counted "/out" "/"
}
"#;

/// The command that is printed for a cache mount removes that one and no other.
fn caches(project: &Project) -> Tested {
    project.write("Dockerfile", PROGRAM)?;
    let counts = |a: &str, b: &str| {
        project.build(&["-o", ".", "."])?.succeeded()?;
        project.expect("out/a", a)?;
        project.expect("out/b", b)
    };
    let ask = "BUILDX_EXPERIMENTAL=1 docker buildx build --print=hlb.cache . > caches";
    project.run(&["bash", "-c", ask])?.succeeded()?;
    let listed = project.read("caches")?;
    let import = project.fill("counted     @registry/none:@nonce");
    let id = project.fill("it\\x27s\\x20@nonce\"");
    let prune = listed.lines().find(|line| line.starts_with("docker") && line.contains(&id));
    let (Some(prune), true) = (prune, listed.contains(&import)) else {
        return Err(listed.into());
    };
    counts("1\n", "1\n")?;
    counts("2\n", "2\n")?;
    // An older client does not know such a filter.
    if project.buildkit() > 13 {
        project.run(&["bash", "-c", &format!("{prune} --force")])?.succeeded()?;
        counts("1\n", "3\n")?;
    }
    Ok(())
}

/// In the metadata, on the summary page of a job that is made of it, and, by clients that print such messages, after the build.
fn result(project: &Project) -> Tested {
    project.write("Dockerfile", PROGRAM)?;
    let build = |given: &[&str]| {
        let words = ["docker", "buildx", "build", "--metadata-file", "metadata.json"];
        project.run(&[&words, given, &["-o", "type=cacheonly", "."]].concat())?.succeeded()
    };
    let said = project.fill("section counted (Dockerfile:3): asked @registry/none:@nonce");
    let built = build(&[])?;
    if project.buildkit() > 13 {
        built.says(&[&said])?;
        build(&["--quiet"])?.says(&[&said])?;
    }
    build(&["--build-arg", "HLB_CACHE_MESSAGE=off"])?.does_not_say(&said)?;
    let row = project.fill("| `counted` | `Dockerfile:3` | `@registry/none:@nonce` | asked |");
    let program = env!("CARGO_BIN_EXE_hlb-frontend");
    project.run(&[program, "summary", "metadata.json"])?.succeeded()?.says(&[&row])?.end()
}
