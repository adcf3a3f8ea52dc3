//! Cache mounts that survive the daemon: what one had elsewhere is there before a command runs, and nothing is run for it that
//! would not have run.

use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::thread;

use serde_json::Value;

use super::project::Project;
use super::{Failed, Graph, Test, Tested};

pub const TESTS: &[Test] = &[
    ("seed_a_cache_is_taken_to_another_daemon", Graph::First, other_daemon),
    ("seed_the_directories_of_a_tool_are_one_image", Graph::Same, tool),
    ("seed_what_a_cache_cannot_have_is_a_warning", Graph::First, incomplete),
    ("seed_the_ninth_increment_is_one_layer", Graph::Same, increments),
    ("seed_two_builds_fill_a_cache_at_once", Graph::Same, two_at_once),
    ("seed_a_canceled_build_leaves_the_lock_to_others", Graph::Same, canceled),
    ("seed_a_step_that_hits_elsewhere_keeps_what_is_published", Graph::Same, hit_elsewhere),
];

/// A tool that downloads what its cache does not have, which is 100 MB, and says which download it has.
const TOOL: &str = "if [ -e /c/store/id ]; then echo cached; else echo downloaded; mkdir -p /c/store; \
                    head -c 100000000 /dev/urandom > /c/store/blob; cat /proc/sys/kernel/random/uuid > /c/store/id; fi; \
                    cp /c/store/id /id";

/// A program that uses the tool; `more` is what its command does after that, and `seed` an option of the cache.
fn program(more: &str, seed: &str) -> String {
    format!(
        "@syntax
fs tool() {{
	image \"@busybox\"
	run \"{TOOL}; {more}\" with option {{
		cacheMount \"/c\" with option {{ id \"@nonce\"; {seed} }} as content
	}}
}}
fs saved() {{ content; }}
fs default() {{ scratch; copy tool \"/id\" \"/\"; }}
"
    )
}

/// The seed is what the first engine published; the second downloads nothing, and publishes no more than what it adds.
fn other_daemon(project: &Project) -> Tested {
    let [one, two] =
        ["@registry/seed:@nonce-1", "@registry/seed:@nonce-2"].map(|it| project.fill(it));
    project.write("Dockerfile", &program(": @nonce", ""))?;
    project.build(&["-o", "first", "."])?.succeeded()?.says(&["downloaded"])?;
    project.build(&published(&one))?.succeeded()?.cached(STEP)?;
    // A seed changes no key, and a cache that has something is not filled.
    let seeded = format!("seed fs {{ image \"{one}\"; }}");
    project.write("Dockerfile", &program(": @nonce", &seeded))?;
    let again = project.build(&["-o", "again", "."])?.succeeded()?;
    again.cached(STEP)?.does_not_say("prime cache")?;
    project.expect("again/id", &project.read("first/id")?)?;
    // Another command on an engine that has no such cache.
    let more = "head -c 1000000 /dev/urandom > /c/store/more; : @nonce";
    project.write("Dockerfile", &program(more, &seeded))?;
    let other = project.build_on_second(&["-o", "second", "."])?.succeeded()?;
    other.says(&["prime cache"])?;
    project.expect("second/id", &project.read("first/id")?)?;
    project.build_on_second(&published(&two))?.succeeded()?.cached(STEP)?;
    let (before, after) = (layers(project, &one)?, layers(project, &two)?);
    let new: u64 = after.iter().filter(|it| !before.contains(it)).map(|(_, size)| size).sum();
    if before.iter().any(|it| !after.contains(it)) || !(900_000..3_000_000).contains(&new) {
        return Err(format!("the layers are {after:?}, those of the seed {before:?}").into());
    }
    // What failed publishes nothing.
    project.write("Dockerfile", &program(": @nonce; false", &seeded))?;
    project.build_on_second(&published("@registry/seed:@nonce-3"))?.failed()?;
    let inspect = ["docker", "buildx", "imagetools", "inspect", "@registry/seed:@nonce-3"];
    project.run(&inspect)?.failed()?.end()
}

/// A step that is in the build cache does not run, so its cache has only what was there before: nothing on a new daemon.
fn hit_elsewhere(project: &Project) -> Tested {
    let [good, again] = ["@registry/seed:@nonce-good", "@registry/seed:@nonce-again"];
    let good_cache = "@syntax\nfs saved() { scratch; mkfile \"/id\" 0o644 \"good @nonce\" }\n";
    project.write("Dockerfile", good_cache)?;
    project.build(&published(good))?.succeeded()?;
    let program = format!(
        "@syntax
fs tool() {{
	image \"@busybox\"
	run \"cp /c/id /id # @nonce\" with option {{
		cacheMount \"/c\" with option {{ id \"@nonce\"; seed fs {{ image \"{good}\" }} }} as content
	}}
}}
fs saved() {{ content }}
fs default() {{ scratch; copy tool \"/id\" \"/\" }}
"
    );
    project.write("Dockerfile", &program)?;
    project.build(&["-o", "first", "."])?.succeeded()?;
    let emptied = ["--build-arg", "HLB_EMPTY_CACHE=@nonce"];
    let built = project.build(&[&emptied[..], &published(again)].concat())?.succeeded()?;
    built.cached("run \"cp /c/id /id")?.end()?;
    project.write("Dockerfile", &format!("@syntax\nfs default() {{ image \"{again}\" }}\n"))?;
    project.build(&["-o", "content", "."])?.succeeded()?;
    project.expect("content/id", "good @nonce")
}

/// A part of the name of the step that runs the tool.
const STEP: &str = "run \"if [ -e /c/store/id ]";

/// How what is in the cache becomes an image.
fn published(tag: &str) -> [&str; 6] {
    ["--target=saved", "--push", "--provenance=false", "-t", tag, "."]
}

/// The digests and sizes of an image's layers.
fn layers(project: &Project, image: &str) -> Result<Vec<(String, u64)>, Failed> {
    let said = project.run(&["docker", "buildx", "imagetools", "inspect", "--raw", image])?;
    let manifest: Value = serde_json::from_str(&said.succeeded()?.log)?;
    let layers = manifest.get("layers").and_then(Value::as_array);
    let layers = layers.ok_or("an image without layers")?;
    let layer = |it: &Value| {
        (
            it["digest"].as_str().unwrap_or_default().to_owned(),
            it["size"].as_u64().unwrap_or_default(),
        )
    };
    Ok(layers.iter().map(layer).collect())
}

/// A tool with two directories: what one engine published is in both on the other.
fn tool(project: &Project) -> Tested {
    let program = |seed: &str| {
        format!(
            "@syntax
fs tool() {{
	image \"@busybox\"
	run \"for it in $GOMODCACHE $GOCACHE; do [ -e $it/id ] || cat /proc/sys/kernel/random/uuid > $it/id; cat $it/id; done > /ids # @nonce\" with option {{
		toolCache \"go\" with option {{ id \"@nonce\"; {seed} }} as caches
	}}
}}
fs saved() {{ caches; }}
fs default() {{ scratch; copy tool \"/ids\" \"/\"; }}
"
        )
    };
    let image = project.fill("@registry/seed:@nonce-tool");
    project.write("Dockerfile", &program(""))?;
    project.build(&["-o", "first", "."])?.succeeded()?;
    project.build(&published(&image))?.succeeded()?;
    project.write("Dockerfile", &program(&format!("seed fs {{ image \"{image}\"; }}")))?;
    let other = project.build_on_second(&["-o", "second", "."])?.succeeded()?;
    other.says(&["prime cache"])?;
    let ids = project.read("first/ids")?;
    if ids.lines().count() != 2 {
        return Err(format!("not two ids: {ids}").into());
    }
    project.expect("second/ids", &ids)
}

/// It is said in the build that fills the cache, and not while the cache has something.
fn incomplete(project: &Project) -> Tested {
    let program = "@syntax
fs base() {
	image \"@busybox\"
	run \"mkdir /s/d && echo seed > /s/d/file && mkfifo /s/d/fifo /s/other && : @nonce\" with option { mount scratch \"/s\" as made; }
}
fs default(string word = \"one\") {
	image \"@busybox\"
	run \"cp /c/d/file /found; ls /c/d > /names; : ${word} @nonce\" with option {
		cacheMount \"/c\" with option {
			id \"@nonce\"
			seed fs { made; }
		}
	}
}
";
    project.write("Dockerfile", program)?;
    let first = project.build(&["-o", "first", "."])?.succeeded()?;
    let warning = "HLB0442: seed of cache `@nonce`: /d/fifo can't be copied: a FIFO (line 11)";
    first.says(&[&project.fill(warning)])?;
    project.expect("first/found", "seed\n")?;
    project.expect("first/names", "file\n")?;
    let again = project.build(&["--build-arg", "word=two", "-o", "again", "."])?.succeeded()?;
    again.does_not_say("HLB0442")?;
    project.expect("again/found", "seed\n")
}

/// Each image is made of the one before, on an engine that has nothing: a cache of another id.
fn increments(project: &Project) -> Tested {
    let image = |index: u32| project.fill(&format!("@registry/seed:@nonce-i{index}"));
    let mut counts = Vec::new();
    for index in 1..=10 {
        let seed = match index {
            1 => String::new(),
            _ => format!("seed fs {{ image \"{}\"; }}", image(index - 1)),
        };
        let program = format!(
            "@syntax
fs default() {{
	image \"@busybox\"
	run \"cat /proc/sys/kernel/random/uuid > /c/{index}; echo {index} > /c/last # @nonce\" with option {{
		cacheMount \"/c\" with option {{ id \"{index}-@nonce\"; {seed} }} as content
	}}
}}
fs saved() {{ content; }}
"
        );
        project.write("Dockerfile", &program)?;
        project.build(&published(&image(index)))?.succeeded()?;
        counts.push(layers(project, &image(index))?.len());
    }
    if counts != [1, 2, 3, 4, 5, 6, 7, 8, 9, 1] {
        return Err(format!("the images have these numbers of layers: {counts:?}").into());
    }
    let list = format!(
        "@syntax
fs default() {{
	image \"@busybox\"
	run \"ls /s | sort -n | xargs > /names; cat /s/last >> /names\" with option {{
		mount fs {{ image \"{}\"; }} \"/s\" with readonly
	}}
}}
",
        image(10)
    );
    project.write("Dockerfile", &list)?;
    project.build(&["-o", "list", "."])?.succeeded()?;
    project.expect("list/names", "last 1 2 3 4 5 6 7 8 9 10\n10\n")
}

/// Each of two builds sees all of the seed, and what the other one does at the same time loses nothing.
fn two_at_once(project: &Project) -> Tested {
    let program = |name: &str| {
        format!(
            "@syntax
fs seed_of_all() {{
	image \"@busybox\"
	run \"mkdir /s; for i in $(seq 2000); do mkdir -p /s/d$((i % 40)); echo $i > /s/d$((i % 40))/$i; done; : @nonce\"
}}
fs default() {{
	image \"@busybox\"
	run \"find /c -type f | wc -l > /count; ls -A /c | grep -c hlb >> /count; : {name} @nonce\" with option {{
		cacheMount \"/c\" with option {{
			id \"@nonce\"
			seed fs {{ scratch; copy seed_of_all \"/s\" \"/\" with contentsOnly; }}
		}}
	}}
}}
"
        )
    };
    for name in ["one", "two"] {
        project.write(&format!("{name}.hlb"), &program(name))?;
    }
    let build = |name: &str| {
        let file = format!("{name}.hlb");
        project.build(&["-f", &file, "-o", name, "."])?.succeeded()
    };
    thread::scope(|scope| {
        let both = ["one", "two"].map(|name| scope.spawn(move || build(name)));
        both.into_iter().try_for_each(|it| match it.join() {
            Ok(ended) => ended.map(drop),
            Err(_) => Err("a build panicked".into()),
        })
    })?;
    for name in ["one", "two"] {
        project.expect(&format!("{name}/count"), "2000\n0\n")?;
    }
    Ok(())
}

/// One build has the lock, a second is canceled while it waits for it in order to fill the cache, and a third gets it.
fn canceled(project: &Project) -> Tested {
    let program = |command: &str| {
        format!(
            "@syntax
fs default() {{
	image \"@busybox\"
	run \"{command}; : @nonce\" with option {{
		cacheMount \"/c\" with option {{
			id \"@nonce\"
			sharing \"locked\"
			seed fs {{ scratch; mkfile \"/seed\" 0o644 \"seed\"; }}
		}}
	}}
}}
"
        )
    };
    project.write("one.hlb", &program("echo holds-$((6 * 7)); sleep 6"))?;
    project.write("two.hlb", &program("cp /c/seed /two"))?;
    project.write("three.hlb", &program("cp /c/seed /three"))?;
    let first = Running::until(project, "one.hlb", "holds-42")?;
    let second = Running::until(project, "two.hlb", "look at cache")?;
    Command::new("kill").args(["-INT", &second.build.id().to_string()]).status()?;
    if second.succeeded()? {
        return Err("the build that was canceled did not wait for the lock".into());
    }
    project.build(&["-f", "three.hlb", "-o", "three", "."])?.succeeded()?;
    if !first.succeeded()? {
        return Err("the build that had the lock failed".into());
    }
    project.expect("three/three", "seed")
}

/// A build that goes on.
struct Running {
    build: Child,
    /// What it has still to say, so that it does not wait for room in the pipe.
    log: Lines<BufReader<ChildStderr>>,
}

impl Running {
    /// Starts a build, and waits until it says something.
    fn until(project: &Project, file: &str, says: &str) -> Result<Self, Failed> {
        let mut build = Command::new("docker")
            .args(["buildx", "build", "--progress=plain", "-f"])
            .args([project.path(file), project.path(".")])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        let mut log = BufReader::new(build.stderr.take().ok_or("no pipe")?).lines();
        match log.any(|line| line.is_ok_and(|line| line.contains(says))) {
            true => Ok(Self { build, log }),
            false => Err(format!("the build of `{file}` never says {says:?}").into()),
        }
    }

    fn succeeded(mut self) -> Result<bool, Failed> {
        self.log.by_ref().for_each(drop);
        Ok(self.build.wait()?.success())
    }
}
