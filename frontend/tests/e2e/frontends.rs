//! Filesystems that other frontends make.

use super::graph::CACHE_EXPORT;
use super::project::Project;
use super::{Graph, Test, Tested};

pub const TESTS: &[Test] = &[
    ("value_stage_of_a_dockerfile", CACHE_EXPORT, stage),
    ("value_of_another_frontend", Graph::First, another),
];

const DOCKERFILE: &str = "FROM @busybox AS deps
ARG V=none
WORKDIR /srv
ENV KEPT=yes
RUN echo ran-$((6 * 7)) @nonce; echo $V > dep; cat /proc/sys/kernel/random/uuid > /id

FROM @busybox AS app
COPY --from=deps /srv/dep /dep
COPY file /file
";

const PROGRAM: &str = "@syntax
fs deps() {
	cached fs {
		dockerfile \"deps\" with option { file \"app.Dockerfile\"; buildArg \"V\" \"1\"; }
	} with cacheFrom(\"@registry/cache/dockerfile:@nonce\")
}

fs default() {
	deps
	run \"cp dep $KEPT\"
	copy fs { dockerfile with option { file \"app.Dockerfile\"; buildArg \"V\" \"1\"; } } \"/\" \"/app\"
}

fs missing() {
	dockerfile \"none\" with file(\"app.Dockerfile\")
}

fs inside() {
	dockerfile with context(fs {
		scratch
		mkfile \"/Dockerfile\" 0o644 \"FROM scratch\\nCOPY Dockerfile /copied\\n\"
	})
}
";

/// A stage has the cache keys of the stock build: on its engine, and on another by way of the cache that it exports.
fn stage(project: &Project) -> Tested {
    project.write("app.Dockerfile", DOCKERFILE)?;
    project.write("file", "@nonce")?;
    let export = "type=registry,ref=@registry/cache/dockerfile:@nonce,mode=max";
    let stock = ["-f", "app.Dockerfile", "--target", "deps", "--build-arg", "V=1"];
    let exported = ["--cache-to", export, "-o", "first", "."];
    project.build(&[&stock[..], &exported].concat())?.succeeded()?.says(&["ran-42"])?;
    project.write("build.hlb", PROGRAM)?;
    project.build(&["-f", "build.hlb", "-o", "same", "."])?.succeeded()?.does_not_say("ran-42")?;
    let second = project.build_on_second(&["-f", "build.hlb", "-o", "second", "."])?.succeeded()?;
    second.says(&["importing cache manifest from"])?.does_not_say("ran-42")?;
    for out in ["same", "second"] {
        project.expect(&format!("{out}/id"), &project.read("first/id")?)?;
        project.expect(&format!("{out}/srv/yes"), "1\n")?;
        project.expect(&format!("{out}/app/file"), "@nonce")?;
        project.expect(&format!("{out}/app/dep"), "1\n")?;
    }
    let inside = ["-f", "build.hlb", "--target", "inside", "-o", "inside", "."];
    project.build(&inside)?.succeeded()?;
    project.expect("inside/copied", "FROM scratch\nCOPY Dockerfile /copied\n")?;
    let failed = project.build(&["-f", "build.hlb", "--target", "missing", "."])?.failed()?;
    failed.says(&["`dockerfile`: ", "none", "build.hlb:15"])?.end()
}

/// The other frontend is this one, with a program of its own: once one of the build context, once one that is made for it.
fn another(project: &Project) -> Tested {
    project.write(
        "build.hlb",
        "@syntax
fs default() {
	frontend \"@frontend\" with option {
		opt \"filename\" \"inner.hlb\"
		opt \"build-arg:name\" \"n\"
	}
	run \"echo $A > /after\"
}
fs given() {
	frontend \"@frontend\" with option {
		input \"context\" fs { image \"@busybox\"; run \"mkdir /d; echo made @nonce > /d/f\"; }
		input \"dockerfile\" fs { mkfile \"/inner.hlb\" 0o644 `fs default() { copy local(\"d\") \"/\" \"/copied\"; }` }
		opt \"filename\" \"inner.hlb\"
	}
}
",
    )?;
    project.write(
        "inner.hlb",
        "fs default(string name) {
	image \"@busybox\"
	mkfile \"/${name}\" 0o644 \"@nonce\"
	env \"A\" \"b\"
}
",
    )?;
    let built = project.build(&["-f", "build.hlb", "-o", "out", "."])?.succeeded()?;
    built.says(&["[default] run "])?.end()?;
    project.expect("out/n", "@nonce")?;
    project.expect("out/after", "b\n")?;
    project.build(&["-f", "build.hlb", "--target", "given", "-o", "given", "."])?.succeeded()?;
    project.expect("given/copied/f", "made @nonce\n")
}
