//! Images that are the same again: of other builds, of other engines, and of their base.

use libtest_mimic::Failed;
use serde_json::Value;

use super::graph::{CACHE_EXPORT, OCI_EXPORT};
use super::layout::Layout;
use super::project::{Ended, Project};
use super::server::serve;
use super::{Test, Tested};

pub const TESTS: &[Test] = &[
    ("a_base_to_which_nothing_is_done_keeps_its_digest", CACHE_EXPORT, unchanged),
    ("a_source_date_makes_the_same_image_again", OCI_EXPORT, dated),
    ("a_program_takes_the_date_of_its_context", OCI_EXPORT, dated_by_context),
];

const DOCKERFILE: &str = "FROM @busybox
ENV A=1
RUN echo @nonce > /base
";

const BASE: &str = "@registry/hlb-e2e/base:@nonce";

fn make_base(project: &Project) -> Tested {
    project.write("base/Dockerfile", DOCKERFILE)?;
    project.build(&["--push", "--provenance=false", "-t", BASE, "base"])?.succeeded()?.end()
}

fn raw(project: &Project, image: &str) -> Result<String, Failed> {
    let words = ["docker", "buildx", "imagetools", "inspect", "--raw", image];
    Ok(project.run(&words)?.succeeded()?.log)
}

fn unchanged(project: &Project) -> Tested {
    make_base(project)?;
    project.write(
        "build.hlb",
        "@syntax\nfs default() { image \"@registry/hlb-e2e/base:@nonce\" }\n",
    )?;
    let base = raw(project, BASE)?;
    let cache = "type=registry,ref=@registry/hlb-e2e/cache:@nonce";
    for more in [["--cache-to", cache], ["--cache-from", cache]] {
        let image = "@registry/hlb-e2e/same:@nonce";
        let words = ["-f", "build.hlb", "--push", "--provenance=false", "-t", image];
        project.build(&[&words[..], &more, &["."]].concat())?.succeeded()?;
        let same = raw(project, image)?;
        if same != base {
            return Err(format!("with {more:?} the base {base} became {same}").into());
        }
    }
    Ok(())
}

const PROGRAM: &str = "@syntax
fs default() {
	image \"@registry/hlb-e2e/base:@nonce\"
	dir \"/srv\"
	run \"echo made > made\"
	mkfile \"written\" 0o644 \"@nonce\"
	copy local(\"src\") \"/\" \".\"
	env \"B\" \"2\"
	cmd \"cat\" \"made\"
}
";

fn dated(project: &Project) -> Tested {
    make_base(project)?;
    project.write("build.hlb", PROGRAM)?;
    project.write("src/a", "a")?;
    let built = |dest: &str, build: &dyn Fn(&[&str]) -> Result<Ended, Failed>| {
        let output = format!("type=oci,tar=false,rewrite-timestamp=true,dest={dest}");
        let epoch = "SOURCE_DATE_EPOCH=1700000000";
        let words = ["-f", "build.hlb", "--no-cache", "--provenance=false", "--build-arg", epoch];
        build(&[&words[..], &["-o", &output, "."]].concat())?.succeeded()?;
        Layout::read(project, dest)
    };
    let first = built("first", &|words| project.build(words))?;
    let again = built("again", &|words| project.build(words))?;
    if first.descriptor != again.descriptor {
        return Err(format!("{} became {}", first.config, again.config).into());
    }
    // Engines of other versions compress in other ways.
    let other = built("other", &|words| project.build_on_second(words))?;
    if first.config != other.config {
        return Err(format!("{} is {} elsewhere", first.config, other.config).into());
    }
    keeps_base(project, &first)
}

/// The layers of the base and its history are what they were.
fn keeps_base(project: &Project, made: &Layout) -> Tested {
    let manifest: Value = serde_json::from_str(&raw(project, BASE)?)?;
    let format = ["docker", "buildx", "imagetools", "inspect", "--format", "{{json .Image}}", BASE];
    let config: Value = serde_json::from_str(&project.run(&format)?.succeeded()?.log)?;
    for (of_base, of_made, what) in [
        (manifest.get("layers"), made.manifest.get("layers"), "layers"),
        (config.get("history"), made.config.get("history"), "history"),
    ] {
        let digests = |found: Option<&Value>| -> Vec<Value> {
            let found = found.and_then(Value::as_array).cloned().unwrap_or_default();
            let plain = |it: Value| it.get("digest").cloned().unwrap_or(it);
            found.into_iter().map(plain).collect()
        };
        let (of_base, of_made) = (digests(of_base), digests(of_made));
        if of_base.is_empty() || !of_made.starts_with(&of_base) {
            return Err(format!("the {what} {of_base:?} became {of_made:?}").into());
        }
    }
    Ok(())
}

const BY_CONTEXT: &str = "@syntax
fs default(string SOURCE_DATE_EPOCH = \"context\") {
	scratch
	mkfile \"/date\" 0o644 \"${SOURCE_DATE_EPOCH} @nonce\"
}
";

/// Of an archive, that is the newest of its files.
fn dated_by_context(project: &Project) -> Tested {
    project.write("context/build.hlb", BY_CONTEXT)?;
    project.write("context/src/deep/a", "a")?;
    let touch = |date, file| project.run(&["touch", "-d", date, file])?.succeeded()?.end();
    touch("@1500000000", "context/build.hlb")?;
    touch("@1600000000", "context/src/deep/a")?;
    project
        .run(&["tar", "-czf", "context.tgz", "-C", "context", "build.hlb", "src"])?
        .succeeded()?;
    let address = serve(std::fs::read(project.path("context.tgz"))?)?;
    let context = format!("http://{address}/@nonce.tgz");
    let build = |output: &str| {
        let words = ["-f", "build.hlb", "--provenance=false", "-o", output, &context];
        project.build(&words)?.succeeded()
    };
    build("type=oci,tar=false,dest=image")?;
    let image = Layout::read(project, "image")?;
    if image.config.get("created") != Some(&"2020-09-13T12:26:40Z".into()) {
        return Err(format!("it was not made when its context was: {}", image.config).into());
    }
    build("out")?;
    project.expect("out/date", "1600000000 @nonce")?;
    // A function has the time of its download as well.
    let source = format!("fs source() {{ http \"{context}\" }}\n");
    project.write("build.hlb", &format!("{}{source}", BY_CONTEXT.replace("context", "source")))?;
    project.build(&["-f", "build.hlb", "-o", "by-function", "."])?.succeeded()?;
    project.expect("by-function/date", "1600000000 @nonce")
}
