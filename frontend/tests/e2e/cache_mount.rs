//! Directories that persist between builds: who shares them, whose they are, and who waits for whom.

use std::thread;

use libtest_mimic::Failed;

use super::project::{Ended, Project};
use super::{Graph, Test, Tested};

pub const TESTS: &[Test] = &[
    ("cache_mounts_are_those_of_a_dockerfile", Graph::Same, dockerfile),
    ("cache_mounts_locked_in_opposite_orders", Graph::Same, opposite_locks),
];

/// Each frontend continues what the other has written, whatever says the owner; a cache that is only read takes nothing.
fn dockerfile(project: &Project) -> Tested {
    // Each appends its word to all caches, and leaves what is in them then, and whose they are.
    const APPEND: &str = "for it in /a /b /s /p@nonce; do echo $WORD >> $it/all; done; \
                          tail -n+0 /a/all /b/all /s/all /p@nonce/all > /all; stat -c '%a %u:%g' /a /b /s > /owners";
    const AS_USER: &str =
        "echo $WORD >> /u/all; cp /u/all /tmp/user; stat -c '%a %u:%g' /u > /tmp/owner";
    let dockerfile = format!(
        "FROM @busybox
ARG WORD
RUN --mount=type=cache,id=a@nonce,target=/a,uid=1000,gid=50,mode=0700 \\
    --mount=type=cache,id=b@nonce,target=/b,mode=0750 \\
    --mount=type=cache,id=acme#s@nonce,target=/s \\
    --mount=type=cache,target=/p@nonce \\
    {APPEND}
USER 1000
RUN --mount=type=cache,id=u@nonce,target=/u,uid=1000 {AS_USER}
"
    );
    let program = format!(
        "@syntax
fs default(string WORD) {{
	image \"@busybox\"
	env \"WORD\" WORD
	run \"{APPEND}\" with option {{
		cacheMount \"/a\" with option {{ id \"a@nonce\"; uid 1000; gid 50; mode 0o700 }}
		mount scratch \"/b\" with option {{ cache \"b@nonce\" \"shared\" with mode(0o750) }}
		cacheMount \"/s\" with option {{ scope \"acme\"; id \"s@nonce\" }}
		cacheMount \"/p@nonce\"
	}}
	run \"{AS_USER}\" with option {{ user \"1000\"; cacheMount \"/u\" with id(\"u@nonce\") }}
	run \"if echo $WORD >> /r/all; then exit 1; fi; cp /r/all /read\" with option {{
		cacheMount \"/r\" with option {{ id \"/p@nonce\"; readonly }}
	}}
}}
"
    );
    project.write("Dockerfile", &dockerfile)?;
    project.write("build.hlb", &program)?;
    let build = |file: &str, word: &str| -> Tested {
        let argument = format!("WORD={word}");
        let words = ["-f", file, "--build-arg", &argument, "-o", word, "."];
        project.build(&words)?.succeeded()?.end()
    };
    build("Dockerfile", "one")?;
    build("build.hlb", "two")?;
    build("Dockerfile", "three")?;
    let all = |words: &str| {
        let files = ["/a", "/b", "/s", "/p@nonce"].map(|it| format!("==> {it}/all <==\n{words}"));
        files.join("\n")
    };
    project.expect("one/all", &all("one\n"))?;
    project.expect("two/all", &all("one\ntwo\n"))?;
    project.expect("three/all", &all("one\ntwo\nthree\n"))?;
    project.expect("two/tmp/user", "one\ntwo\n")?;
    project.expect("three/tmp/user", "one\ntwo\nthree\n")?;
    project.expect("two/read", "one\ntwo\n")?;
    for word in ["one", "two", "three"] {
        project.expect(&format!("{word}/owners"), "700 1000:50\n750 0:0\n755 0:0\n")?;
        project.expect(&format!("{word}/tmp/owner"), "755 1000:0\n")?;
    }
    Ok(())
}

/// How often two commands meet: without an order, two caches are locked crosswise in about every third build.
const MEETINGS: usize = 16;

/// Two builds at once, of commands that all mount the same two caches, in opposite orders of their mount points.
fn opposite_locks(project: &Project) -> Tested {
    let build = |first: &str, second: &str| -> Result<Ended, Failed> {
        let mut program = "@syntax\nfs default() {\n\timage \"@busybox\"\n".to_owned();
        for step in 0..MEETINGS {
            program += &format!(
                "\trun \"echo {first}{step} | tee -a /1/all >> /2/all; cp /1/all /all\" with option {{
		cacheMount \"/1\" with option {{ id \"{first}@nonce\"; sharing \"locked\" }}
		cacheMount \"/2\" with option {{ id \"{second}@nonce\"; sharing \"locked\" }}
	}}
"
            );
        }
        program += "}\n";
        project.write(first, &program)?;
        project.build(&["-f", first, "-o", &format!("out-{first}"), "."])?.succeeded()
    };
    thread::scope(|scope| {
        let other = scope.spawn(|| build("b", "a"));
        build("a", "b")?;
        other.join().map_err(|_| "the other build panicked")??;
        Ok::<_, Failed>(())
    })?;
    // Whoever ended last saw what all commands have written.
    let lines = |name: &str| -> Result<usize, Failed> { Ok(project.read(name)?.lines().count()) };
    let most = lines("out-a/all")?.max(lines("out-b/all")?);
    match most == 2 * MEETINGS {
        true => Ok(()),
        false => Err(format!("the caches have {most} lines").into()),
    }
}
