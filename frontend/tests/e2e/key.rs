//! What makes a step run that has nothing new to see, and what the step notices of it.

use super::project::Project;
use super::{Graph, Test, Tested};

pub const TESTS: &[Test] = &[
    ("only_the_key_sees_a_text", Graph::Same, only_the_key),
    ("ignore_cache_keeps_what_is_there", Graph::Same, ignore_cache),
    ("no_cache_filter_keeps_what_is_there", Graph::Same, no_cache_filter),
    ("no_cache_filter_of_a_section", Graph::Same, section_filter),
    ("a_cache_is_emptied_and_no_other", Graph::First, empty_cache),
    ("locked_caches_nest", Graph::Same, nested_locks),
    ("key_a_step_is_good_for_a_time", Graph::Same, max_age),
    ("key_a_step_is_known_by_content", Graph::First, by_content),
    ("key_the_version_of_a_secret_runs_a_step_again", Graph::Same, secret_version),
];

/// Leaves a word that no two runs share in `/seen/id`, and beside it what else a command can see.
const LOOK: &str = "mkdir /seen; cat /proc/sys/kernel/random/uuid > /seen/id; env | sort > /seen/env; \
                    cut -d' ' -f2,3 /proc/self/mounts > /seen/mounts; \
                    find / -xdev ! -path '/seen*' > /seen/files";

/// A part of the name of a step that runs [`LOOK`].
const LOOKS: &str = "mkdir /seen";

/// Whether this engine treats `llb::KeyText` as it says there. The text is one of the build: two steps of a build that
/// differ only in what no key has, the address of a host, have one key; steps of two builds have not.
fn only_the_key(project: &Project) -> Tested {
    let program = format!(
        "@syntax
option::run always() {{ ignoreCache }}
option::run usually() {{ host \"other\" \"10.0.0.9\" }}
fs step(string address, option::run how) {{
	image \"@busybox\"
	run \"{LOOK}; : @nonce\" with option {{ how; host \"elsewhere\" address }}
}}
fs default() {{
	scratch
	copy fs {{ cached fs {{ step \"10.0.0.1\" always }} with isolated }} \"/seen\" \"/first\"
	copy fs {{ step \"10.0.0.2\" always }} \"/seen\" \"/second\"
	copy fs {{ step \"10.0.0.1\" usually }} \"/seen\" \"/plain\"
}}
"
    );
    project.write("Dockerfile", &program)?;
    project.build(&["-o", "one", "."])?.succeeded()?.cached(LOOKS)?;
    project.build(&["-o", "two", "."])?.succeeded()?;
    // The same text: the step that is solved later takes the result of the other.
    project.expect("one/second/id", &project.read("one/first/id")?)?;
    project.expect("two/second/id", &project.read("two/first/id")?)?;
    // Another text: a result of its own.
    differ(project, "one/first/id", "two/first/id")?;
    project.expect("two/plain/id", &project.read("one/plain/id")?)?;
    for seen in ["env", "mounts", "files"] {
        let plain = project.read(&format!("one/plain/{seen}"))?;
        project.expect(&format!("one/first/{seen}"), &plain)?;
        project.expect(&format!("two/first/{seen}"), &plain)?;
    }
    Ok(())
}

fn ignore_cache(project: &Project) -> Tested {
    project.write("Dockerfile", &steps("ignoreCache; "))?;
    project.build(&["-o", "first", "."])?.succeeded()?;
    project.build(&["-o", "second", "."])?.succeeded()?.cached("cat /same")?;
    ran_alone(project)
}

fn no_cache_filter(project: &Project) -> Tested {
    project.write("Dockerfile", &steps(""))?;
    project.build(&["-o", "first", "."])?.succeeded()?;
    project.build(&["-o", "same", "."])?.succeeded()?.cached(LOOKS)?;
    project.expect("same/seen/id", &project.read("first/seen/id")?)?;
    let filtered = project.build(&["--no-cache-filter", "deps", "-o", "second", "."])?;
    filtered.succeeded()?.cached("cat /same")?;
    ran_alone(project)?;
    // A build without any cache is BuildKit's own matter: it empties the mounts.
    project.build(&["--no-cache", "-o", "third", "."])?.succeeded()?;
    project.expect("third/seen/log", "ran\n")?;
    differ(project, "second/base", "third/base")
}

/// What makes a section runs again, with what is in its cache mounts, and not what its function does outside.
fn section_filter(project: &Project) -> Tested {
    let program = "@syntax
fs base() { image \"@busybox\"; run \"cat /proc/sys/kernel/random/uuid > /base; : @nonce\" }
fs deps() {
	cached fs {
		base
		run \"echo ran >> /c/log; cp /c/log /log\" with option { cacheMount \"/c\" with id(\"@nonce\"); }
	}
}
fs beside() { image \"@busybox\"; run \"cat /proc/sys/kernel/random/uuid > /beside; : @nonce\" }
fs default() { scratch; copy deps \"/base\" \"/\"; copy deps \"/log\" \"/\"; copy beside \"/beside\" \"/\" }
";
    project.write("Dockerfile", program)?;
    project.build(&["-o", "first", "."])?.succeeded()?;
    let filtered = ["--no-cache-filter", "deps,dep", "-o", "second", "."];
    let said = "`--no-cache-filter`: the program has no function `dep`";
    project.build(&filtered)?.succeeded()?.says(&[said])?;
    differ(project, "first/base", "second/base")?;
    project.expect("second/log", "ran\nran\n")?;
    project.expect("second/beside", &project.read("first/beside")?)
}

/// A step `deps` with a cache mount, which `option` says more about; one before it, one beside it, and one that mounts a
/// file of its that is the same each time.
fn steps(option: &str) -> String {
    format!(
        "@syntax
fs base() {{ image \"@busybox\"; run \"cat /proc/sys/kernel/random/uuid > /base; : @nonce\" }}
fs deps() {{
	base
	run \"{LOOK}; echo same > /same; echo ran >> /c/log; cp /c/log /seen\" with option {{
		{option}cacheMount \"/c\" with id(\"@nonce\")
	}}
}}
fs beside() {{ image \"@busybox\"; run \"cat /proc/sys/kernel/random/uuid > /beside; : @nonce\" }}
fs after() {{
	image \"@busybox\"
	run \"cat /same /proc/sys/kernel/random/uuid > /after; : @nonce\" with option {{
		mount deps \"/same\" with option {{ sourcePath \"/same\"; readonly }}
	}}
}}
fs default() {{
	scratch
	copy deps \"/seen\" \"/seen\"
	copy deps \"/base\" \"/base\"
	copy beside \"/beside\" \"/beside\"
	copy after \"/after\" \"/after\"
}}
"
    )
}

/// Holds two builds of [`steps`] to `deps` alone having run again, with what was in its cache mount.
fn ran_alone(project: &Project) -> Tested {
    differ(project, "first/seen/id", "second/seen/id")?;
    project.expect("first/seen/log", "ran\n")?;
    project.expect("second/seen/log", "ran\nran\n")?;
    for same in ["seen/env", "seen/mounts", "seen/files", "base", "beside", "after"] {
        let first = project.read(&format!("first/{same}"))?;
        project.expect(&format!("second/{same}"), &first)?;
    }
    Ok(())
}

/// What is cached stays so, and the next run finds the cache empty, or with what it began with; the others are what they were.
fn empty_cache(project: &Project) -> Tested {
    let program = "@syntax
fs begin() { scratch; mkfile \"/log\" 0o666 \"begun\\n\"; }
fs default(string word) {
	image \"@busybox\"
	run \"for c in a b c d; do echo ${word} >> /$c/log; cp /$c/log /$c.log; done\" with option {
		cacheMount \"/a\" with id(\"a@nonce\")
		cacheMount \"/b\" with option { id \"b@nonce\"; sharing \"locked\"; }
		cacheMount \"/d\" with id(\"a@nonce:d\")
		mount begin \"/c\" with cache(\"c@nonce\", \"shared\")
	}
}
";
    project.write("Dockerfile", program)?;
    let build = |word: &str, empty: &str, to: &str| {
        let (word, empty) = (format!("word={word}"), format!("HLB_EMPTY_CACHE={empty}"));
        let words = ["--build-arg", &word, "--build-arg", &empty, "-o", to, "."];
        project.build(&words)?.succeeded()
    };
    build("one", "", "one")?;
    let warning = "no step mounts a cache `b`";
    let emptied = build("one", "a@nonce,c@nonce,b", "same")?;
    let emptied = emptied.cached("for c in a b c d")?.says(&[&project.fill(warning)])?;
    project.expect("same/c.log", "begun\none\n")?;
    build("two", "", "two")?.does_not_say("HLB_EMPTY_CACHE")?;
    project.expect("two/a.log", "two\n")?;
    for kept in ["two/b.log", "two/d.log"] {
        project.expect(kept, "one\ntwo\n")?;
    }
    let old = "BuildKit before 0.16 can't empty cache";
    match project.buildkit() {
        ..16 => {
            emptied.says(&[old])?;
            project.expect("two/c.log", "begun\none\ntwo\n")
        }
        _ => {
            emptied.does_not_say(old)?;
            project.expect("two/c.log", "begun\ntwo\n")
        }
    }
}

/// The op has the inner cache before the one that it lies in, by their ids.
fn nested_locks(project: &Project) -> Tested {
    let program = "@syntax
fs default(string word) {
	image \"@busybox\"
	run \"echo ${word} >> /c/outer; echo ${word} >> /c/in/inner; cp /c/outer /c/in/inner /\" with option {
		cacheMount \"/c\" with option { id \"z@nonce\"; sharing \"locked\" }
		cacheMount \"/c/in\" with option { id \"a@nonce\"; sharing \"locked\" }
	}
}
";
    project.write("Dockerfile", program)?;
    project.build(&["--build-arg", "word=one", "-o", "first", "."])?.succeeded()?;
    project.build(&["--build-arg", "word=two", "-o", "second", "."])?.succeeded()?;
    project.expect("second/outer", "one\ntwo\n")?;
    project.expect("second/inner", "one\ntwo\n")
}

/// What ran at one time is good until its day is over, with what is in its cache mount.
fn max_age(project: &Project) -> Tested {
    project.write("Dockerfile", &steps("maxAge \"24h\"; "))?;
    let build = |now: &str, to: &str| project.build(&["--build-arg", now, "-o", to, "."]);
    build("HLB_NOW=864000", "first")?.succeeded()?;
    build("HLB_NOW=950399", "same")?.succeeded()?.cached(LOOKS)?;
    project.expect("same/seen/id", &project.read("first/seen/id")?)?;
    build("HLB_NOW=950400", "second")?.succeeded()?.cached("cat /same")?;
    ran_alone(project)
}

/// A step that ran again and made the same files is followed by none that runs; one that made others is.
fn by_content(project: &Project) -> Tested {
    let program = "@syntax
fs upgraded(string day, string found) {
	image \"@busybox\"
	run \"echo ${found} > /found; : ${day} @nonce\"
}
fs default(string day, string found) {
	scratch
	copy fs {
		upgraded day found
		run \"cat /found /proc/sys/kernel/random/uuid > /by\" with byContent
	} \"/by\" \"/by\"
	copy fs { upgraded day found; run \"cat /found /proc/sys/kernel/random/uuid > /plain\"; } \"/plain\" \"/plain\"
}
";
    project.write("Dockerfile", program)?;
    for (day, found, to) in [("1", "a", "one"), ("2", "a", "two"), ("3", "b", "three")] {
        let (day, found) = (format!("day={day}"), format!("found={found}"));
        let arguments = ["--build-arg", &day, "--build-arg", &found, "-o", to, "."];
        project.build(&arguments)?.succeeded()?;
    }
    differ(project, "one/plain", "two/plain")?;
    project.expect("two/by", &project.read("one/by")?)?;
    differ(project, "two/by", "three/by")
}

/// Another secret alone runs nothing again.
fn secret_version(project: &Project) -> Tested {
    let program = "@syntax
fs default(string version) {
	image \"@busybox\"
	run \"cat /run/secrets/token /proc/sys/kernel/random/uuid > /seen; : @nonce\" with option {
		secret \"token\" with version(version)
	}
}
";
    project.write("Dockerfile", program)?;
    for (secret, version, to) in [("a", "1", "one"), ("b", "1", "same"), ("b", "2", "two")] {
        project.write("token", secret)?;
        let version = format!("version={version}");
        let arguments = ["--secret", "id=token,src=token", "--build-arg", &version, "-o", to, "."];
        project.build(&arguments)?.succeeded()?;
    }
    project.expect("same/seen", &project.read("one/seen")?)?;
    match project.read("two/seen")?.starts_with('b') {
        true => differ(project, "one/seen", "two/seen"),
        false => Err("the step of version 2 did not run with its secret".into()),
    }
}

fn differ(project: &Project, one: &str, other: &str) -> Tested {
    if project.read(one)? == project.read(other)? {
        return Err(format!("`{one}` and `{other}` are the same").into());
    }
    Ok(())
}
