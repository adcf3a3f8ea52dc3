//! Which build caches a client lets be imported, seen by what runs on an engine that has none of them.

use super::project::Project;
use super::{Graph, Test, Tested};

pub const TESTS: &[Test] = &[
    ("caches_of_a_trusted_module", Graph::SameAsSecond, trusted),
    ("caches_that_a_client_allows", Graph::Second, allowed),
];

/// Builds on one engine what a cache of the registry is made from. `word` tells apart what the second engine knows later.
fn publish(project: &Project, words: &[&str]) -> Tested {
    for word in words {
        let argument = format!("word={word}");
        let export = format!("type=registry,ref=@registry/cache/{word}:@nonce,mode=max");
        let given = ["-f", "deps.hlb", "--target", "deps", "--build-arg", &argument];
        let export = ["--cache-to", &export, "-o", "type=cacheonly", "."];
        project.build(&[&given[..], &export].concat())?.succeeded()?.says(&["ran-42"])?.end()?;
    }
    Ok(())
}

const DEPS: &str = "image \"@busybox\"; run \"echo ran-$((6 * 7)) ${word} @nonce\";";

fn write_deps(project: &Project) -> Tested {
    project.write("deps.hlb", &format!("@syntax\nfs deps(string word) {{ {DEPS} }}\n"))
}

fn trusted(project: &Project) -> Tested {
    write_deps(project)?;
    publish(project, &["untrusted", "trusted"])?;
    project.write(
        "build.hlb",
        "@syntax\nimport lib from fs { local \"lib\"; }\nfs default(string word) { lib.deps word; }\n",
    )?;
    project.write(
        "lib/module.hlb",
        &format!(
            "export deps
fs deps(string word) {{
	cached fs {{ {DEPS} }} with option {{ cacheFrom \"@registry/cache/${{word}}:@nonce\"; }}
}}
"
        ),
    )?;
    let build = |given: &[&str]| {
        project.build_on_second(
            &[&["-f", "build.hlb", "-o", "type=cacheonly"], given, &["."]].concat(),
        )
    };
    let said = project.fill(
        "HLB0535: a module from `lib` imports cache `@registry/cache/untrusted:@nonce`, and is not trusted, so the cache is not imported",
    );
    build(&["--build-arg", "word=untrusted"])?.succeeded()?.says(&["ran-42", &said])?.end()?;
    let trusting = ["--build-arg", "word=trusted", "--build-arg", "HLB_TRUST_CACHE=other,li*"];
    let said = project.fill("importing cache manifest from @registry/cache/trusted:@nonce");
    build(&trusting)?
        .succeeded()?
        .says(&[&said])?
        .does_not_say("ran-42")?
        .does_not_say("HLB0535")?
        .end()
}

fn allowed(project: &Project) -> Tested {
    write_deps(project)?;
    publish(project, &["denied", "pinned"])?;
    project.write(
        "build.hlb",
        &format!(
            "@syntax
fs default(string word) {{
	cached fs {{ {DEPS} }} with option {{ cacheFrom \"@registry/cache/${{word}}:@nonce\"; }}
}}
"
        ),
    )?;
    let build = |word: &str, allow: &str| {
        let (word, allow) = (format!("word={word}"), format!("HLB_CACHE_FROM_ALLOW={allow}"));
        let given = ["--build-arg", &word, "--build-arg", &allow];
        project.build_on_second(
            &[&["-f", "build.hlb", "-o", "type=cacheonly"], &given[..], &["."]].concat(),
        )
    };
    let said = project.fill(
        "HLB0536: `HLB_CACHE_FROM_ALLOW` does not name cache `@registry/cache/denied:@nonce`, so the cache is not imported",
    );
    let ended = build("denied", "ghcr.io/*,@registry/*:main")?.succeeded()?;
    ended.says(&["ran-42", &said])?.end()?;
    let digest = project.run(&[
        "sh",
        "-c",
        "printf sha256:; docker buildx imagetools inspect --raw @registry/cache/pinned:@nonce | sha256sum | cut -c1-64",
    ])?;
    let digest = digest.succeeded()?.log;
    let pin = format!("@registry/cache/*:@nonce@{}", digest.trim());
    let said = project.fill("importing cache manifest from @registry/cache/pinned:@nonce@sha256:");
    let ended = build("pinned", &pin)?.succeeded()?.says(&[&said])?;
    ended.does_not_say("ran-42")?.does_not_say("HLB0536")?.end()
}
