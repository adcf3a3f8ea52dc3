//! Build caches that can't be imported: the build goes on without them, imports the others, and holds up nobody.

use std::thread;
use std::time::{Duration, Instant};

use super::project::{Ended, Project};
use super::registry;
use super::server::Answers;
use super::{Failed, Graph, Test, Tested};

pub const TESTS: &[Test] = &[("caches_that_can_not_be_imported", Graph::SameAsSecond, faults)];

/// What is wrong with a cache, and what progress says of its import: the daemon's own words, as it has no others for anybody.
const FAULTS: &[(&str, &str)] = &[
    ("missing", ": not found"),
    ("refused", "connection refused"),
    ("login", "401 Unauthorized"),
    ("failing", "500 Internal Server Error"),
    ("circling", "stopped after 10 redirects"),
    ("truncated", "ERROR: unexpected end of JSON input"),
    ("cut", "ERROR: unexpected EOF"),
    // Only since the server closes the connection in the end.
    ("stalling", "ERROR: unexpected EOF"),
    ("large", "is too large ("),
    // There is nothing to import in these, which is no error. What the daemon infers of them is not always in progress.
    ("foreign", "DONE "),
    ("image", "DONE "),
];

/// How long a build with all faults in it may take, and one beside it.
const LONGEST: Duration = Duration::from_secs(60);

const PROGRAM: &str = "@syntax
fs made(string name, string way) {
	image \"@busybox\"
	run \"echo ran-${name}-$((6 * 7)) ${way} @nonce | tee /${name}\"
}
fs only(string name, string way) { scratch; copy made(name, way) \"/${name}\" \"/${name}\"; }
";

/// All faults are in one build, for sections of its own or by `--cache-from`, beside a cache that is in order.
fn faults(project: &Project) -> Tested {
    let (faulty, refused) = (registry::serve()?, registry::refusing()?);
    let silent = Answers::nothing_for_containers()?;
    let reference = |name: &str| match name {
        "good" => project.fill("@registry/cache/good:@nonce"),
        "image" => project.fill("@busybox"),
        "refused" => format!("{refused}/cache:deps"),
        "silent" => format!("{}/cache:deps", silent.address),
        name => format!("{faulty}/{name}:deps"),
    };
    let names: Vec<_> =
        ["good", "silent"].into_iter().chain(FAULTS.iter().map(|it| it.0)).collect();
    let copies = |section: &dyn Fn(&str) -> String| -> String {
        names.iter().map(|name| format!("\tcopy {} \"/\" \"/\"\n", section(name))).collect()
    };
    let sections = copies(&|name| {
        let cache = reference(name);
        format!("fs {{ cached fs {{ only \"{name}\" way; }} with cacheFrom(\"{cache}\"); }}")
    });
    let plain = copies(&|name| format!("only(\"{name}\", way)"));
    let program = format!(
        "{PROGRAM}fs sections(string way) {{\n\tscratch\n{sections}}}\nfs plain(string way) {{\n\tscratch\n{plain}}}\n"
    );
    project.write("build.hlb", &program)?;
    let client: Vec<_> =
        names.iter().map(|name| format!("--cache-from={}", reference(name))).collect();
    let client: Vec<_> = client.iter().map(String::as_str).collect();
    for (way, given, place) in
        [("sections", &[][..], "imported (line 10)"), ("plain", &client, "`--cache-from`")]
    {
        let way_argument = format!("way={way}");
        publish(project, &way_argument)?;
        let words = ["-f", "build.hlb", "--target", way, "--build-arg", &way_argument];
        let more = ["--build-arg", "HLB_CACHE_TIMEOUT=1", "-o", way, "."];
        let mut built = beside_another(project, &way_argument, &[&words, given, &more].concat())?;
        for (name, said) in FAULTS {
            let import = format!("importing cache manifest from {}", reference(name));
            built = built.step_says(&import, said)?.says(&[&format!("ran-{name}-42 {way}")])?;
        }
        let problem = format!("cache host `{}` does not answer within 1 s", silent.address);
        built = built.says(&["ran-silent-42", &problem, place])?;
        built.once("HLB0533: ")?.does_not_say("ran-good-42")?.end()?;
        for name in &names {
            project.expect(&format!("{way}/{name}"), &format!("ran-{name}-42 {way} @nonce\n"))?;
        }
    }
    Ok(())
}

/// Makes the cache that is in order, on the first engine.
fn publish(project: &Project, way_argument: &str) -> Tested {
    let good = format!("{PROGRAM}fs good(string way) {{ only \"good\" way; }}\n");
    project.write("good.hlb", &good)?;
    let export = "--cache-to=type=registry,ref=@registry/cache/good:@nonce,mode=max";
    let words = ["-f", "good.hlb", "--target", "good", "--build-arg", way_argument];
    let words = [&words[..], &[export, "-o", "type=cacheonly", "."]].concat();
    project.build(&words)?.succeeded()?.says(&["ran-good-42"])?.end()
}

/// Builds on an engine that has another build to do.
fn beside_another(project: &Project, way_argument: &str, words: &[&str]) -> Result<Ended, Failed> {
    let program = "@syntax
fs default(string way) { image \"@busybox\"; run \"echo other-$((6 * 7)) ${way} @nonce\"; }
";
    project.write("other.hlb", program)?;
    let started = Instant::now();
    let (built, other) = thread::scope(|scope| {
        let words_of_other = ["-f", "other.hlb", "--build-arg", way_argument, "."];
        let other = scope.spawn(move || project.build_on_second(&words_of_other));
        (project.build_on_second(words), other.join())
    });
    let took = started.elapsed();
    other.map_err(|_| "the other build panicked")??.succeeded()?.says(&["other-42"])?.end()?;
    match took < LONGEST {
        true => built?.succeeded(),
        false => Err(format!("the builds took {took:?}").into()),
    }
}
