//! Sections with build caches of their own: which steps run on an engine that has nothing but what another one published.
//!
//! Each test publishes with the first engine and builds with the second.

use super::forwarding::Forwarding;
use super::graph::PLATFORMS;
use super::project::Project;
use super::{Graph, Test, Tested};

pub const TESTS: &[Test] = &[
    ("sections_of_a_monorepo", Graph::SameAsSecond, monorepo),
    ("sections_import_their_own", Graph::SameAsSecond, own_imports),
    ("sections_of_two_platforms", PLATFORMS, platforms),
    ("sections_before_a_step_that_hits", Graph::SameAsSecond, untouched),
];

/// Builds a target on the first engine, and publishes its build cache as `name`.
fn publish(project: &Project, target: &str, name: &str, more: &[&str]) -> Tested {
    let export = format!("--cache-to=type=registry,ref=@registry/cache/{name}:@nonce,mode=max");
    let words = ["-f", "build.hlb", "--target", target, &export, "-o", name, "."];
    project.build(&[&words[..], more].concat())?.succeeded()?.end()
}

/// Builds a target on the second engine, and holds it to what runs, in the order of the alphabet.
fn expect_ran(project: &Project, target: &str, names: &[&str], more: &[&str]) -> Tested {
    let words = ["-f", "build.hlb", "--target", target, "-o", target, "."];
    let built = project.build_on_second(&[&words[..], more].concat())?.succeeded()?;
    let ran = built.log.lines().filter_map(|line| {
        // What a command prints comes after the number of its step and the time.
        line.split(' ').nth(2)?.strip_prefix("ran-")?.strip_suffix("-42")
    });
    let mut ran: Vec<_> = ran.collect();
    ran.sort_unstable();
    match ran == names {
        true => Ok(()),
        false => Err(format!("`{target}` ran {ran:?}, expected {names:?}:\n{}", built.log).into()),
    }
}

/// The parts of a monorepo, each with the parts that it needs. They copy what others would mount: a
/// command with mounts has another key since BuildKit 0.17 (`solver/pb/ops.pb.go`, the JSON of `Mount`), so of the two engines neither
/// finds in a cache what the other ran.
const PARTS: [(&str, &[&str]); 8] = [
    ("tools", &[]),
    ("proto", &["tools"]),
    ("client", &["proto"]),
    ("store", &["tools"]),
    ("api", &["proto", "store"]),
    ("web", &["client"]),
    ("worker", &["store"]),
    ("docs", &[]),
];

fn monorepo(project: &Project) -> Tested {
    let mut program = "@syntax
fs _make(string name, fs needed) {
	image \"@busybox\"
	copy local(\"parts\") name \"/src\"
	copy needed \"/\" \"/needed\"
	run \"echo ran-${name}-$((6 * 7)); : @nonce; mkdir /out; cat /src/* /needed/* /proc/sys/kernel/random/uuid > /out/${name}\"
}
fs part(string name, fs needed) {
	cached fs { scratch; copy _make(name, needed) \"/out\" \"/\" with contentsOnly; } with cacheFrom(\"@registry/cache/${name}:@nonce\")
}
"
    .to_owned();
    for (name, needs) in PARTS {
        let copies: String = needs.iter().map(|it| format!(" copy {it} \"/\" \"/\";")).collect();
        program += &format!(
            "fs {name}() {{ part \"{name}\" fs {{ scratch; mkfile \"/none\" 0o644 \"\";{copies} }}; }}\n"
        );
        project.write(&format!("parts/{name}/main"), &format!("{name} @nonce\n"))?;
    }
    let copies: String = PARTS.iter().map(|it| format!(" copy {} \"/\" \"/\";", it.0)).collect();
    project.write("build.hlb", &format!("{program}fs default() {{ scratch;{copies} }}\n"))?;
    for (name, _) in PARTS {
        publish(project, name, name, &[])?;
    }
    project.write("parts/store/main", "another store\n")?;
    expect_ran(project, "default", &["api", "store", "worker"], &[])?;
    for unchanged in ["client", "docs", "proto", "tools", "web"] {
        project.expect(
            &format!("default/{unchanged}"),
            &project.read(&format!("{unchanged}/{unchanged}"))?,
        )?;
    }
    Ok(())
}

/// A program with two caches, `left` of what begins with `a` and `right` of what begins with `b`.
const OWN: &str = "@syntax
fs made(string name) {
	image \"@busybox\"
	run \"echo ran-${name}-$((6 * 7)); : @nonce; cat /proc/sys/kernel/random/uuid > /${name}\"
}
fs only(string name) { scratch; copy made(name) \"/${name}\" \"/\"; }
fs six(string letter) {
	scratch
	copy only(\"${letter}1\") \"/\" \"/\"
	copy only(\"${letter}2\") \"/\" \"/\"
	copy only(\"${letter}3\") \"/\" \"/\"
	copy only(\"${letter}4\") \"/\" \"/\"
	copy only(\"${letter}5\") \"/\" \"/\"
	copy only(\"${letter}6\") \"/\" \"/\"
}
fs left() { six \"a\"; }
fs right() { six \"b\"; }

fs section(string name, string cache) {
	cached fs { only name; } with cacheFrom(\"@registry/cache/${cache}:@nonce\")
}
fs apart(string name, string cache) {
	cached fs { only name; } with option { isolated; cacheFrom \"@registry/cache/${cache}:@nonce\"; }
}
fs apartOn(fs below, string name, string cache) {
	cached fs { below; copy only(name) \"/\" \"/\"; } with option { isolated; cacheFrom \"@registry/cache/${cache}:@nonce\"; }
}

pipeline stages() { stage section(\"a1\", \"left\"); stage section(\"b1\", \"right\"); }
pipeline crossedStages() { stage section(\"a2\", \"right\"); stage section(\"b2\", \"left\"); }
fs isolated() { apartOn apart(\"a3\", \"left\") \"b3\" \"right\"; }
fs crossedIsolated() { apartOn apart(\"a4\", \"right\") \"b4\" \"left\"; }
fs crossed() { scratch; copy section(\"a5\", \"right\") \"/\" \"/\"; copy section(\"b5\", \"left\") \"/\" \"/\"; }
fs nested() {
	cached fs { section \"a6\" \"left\"; copy only(\"b6\") \"/\" \"/\"; } with cacheFrom(\"@registry/cache/right:@nonce\")
}
fs twice() { scratch; copy section(\"c1\", \"none\") \"/\" \"/one\"; copy section(\"c1\", \"none\") \"/\" \"/other\"; }
";

/// Targets of the program, and what of each runs where nothing but the two caches is.
const RAN: [(&str, &[&str]); 7] = [
    ("stages", &[]),
    // Each has the cache of the other, which is not imported for it.
    ("crossedStages", &["a2", "b2"]),
    ("isolated", &[]),
    ("crossedIsolated", &["a4", "b4"]),
    // Sections of one solve look into the caches of all of them.
    ("crossed", &[]),
    ("nested", &[]),
    ("twice", &["c1"]),
];

fn own_imports(project: &Project) -> Tested {
    project.write("build.hlb", OWN)?;
    for name in ["left", "right"] {
        publish(project, name, name, &[])?;
    }
    RAN.iter().try_for_each(|(target, names)| expect_ran(project, target, names, &[]))?;
    project.expect("nested/a6", &project.read("left/a6")?)?;
    project.expect("nested/b6", &project.read("right/b6")?)?;
    project.expect("twice/other/c1", &project.read("twice/one/c1")?)
}

fn platforms(project: &Project) -> Tested {
    project.write(
        "build.hlb",
        "@syntax
fs deps() {
	image \"@busybox\" with platform(buildPlatform)
	run \"echo ran-${targetArch}-$((6 * 7)); : @nonce; cat /proc/sys/kernel/random/uuid > /id\"
}
fs only() { scratch; copy deps \"/id\" \"/\"; }
fs default() { cached fs { only; } with cacheFrom(\"@registry/cache/only-{platform}:@nonce\"); }
",
    )?;
    for arch in ["amd64", "arm64"] {
        let platform = format!("--platform=linux/{arch}");
        publish(project, "only", &format!("only-linux-{arch}"), &[&platform])?;
    }
    expect_ran(project, "default", &[], &["--platform=linux/amd64,linux/arm64"])?;
    for arch in ["amd64", "arm64"] {
        let made = project.read(&format!("only-linux-{arch}/id"))?;
        project.expect(&format!("default/linux_{arch}/id"), &made)?;
    }
    Ok(())
}

/// With a section before it or without, the last step is taken from the client's cache, and no more than its layer is fetched.
fn untouched(project: &Project) -> Tested {
    let registry = Forwarding::start(&project.fill("@registry"))?;
    let program = "@syntax
fs large(string word) {
	image \"@busybox\"
	run \"echo ran-large-$((6 * 7)); : ${word} @nonce; head -c 300000 /dev/urandom > /large\"
}
fs last(fs deps) {
	scratch
	copy fs { deps; run \"echo ran-last-$((6 * 7)); sha256sum /large > /sum\"; } \"/sum\" \"/\"
}
fs plain() { last large(\"plain\"); }
fs section() { last fs { cached fs { large \"section\"; } with cacheFrom(\"@forwarding/cache/section:@nonce\"); }; }
";
    project.write("build.hlb", &program.replace("@forwarding", &registry.address))?;
    let mut blobs = Vec::new();
    for target in ["plain", "section"] {
        publish(project, target, target, &[])?;
        let import = format!("--cache-from={}/cache/{target}:@nonce", registry.address);
        expect_ran(project, target, &[], &[&import])?;
        blobs.push(registry.blobs());
    }
    // What a cache knows, and the layer of the last step.
    match blobs == [2, 4] {
        true => Ok(()),
        false => Err(format!("blobs were asked for {blobs:?} times").into()),
    }
}
