//! What the image says that is made from a filesystem, and what it has of its base.

use serde_json::Value;

use super::graph::OCI_EXPORT;
use super::layout::Layout;
use super::project::Project;
use super::{Graph, Test, Tested};

pub const TESTS: &[Test] = &[
    ("the_config_and_history_of_an_image", Graph::First, config),
    ("a_base_keeps_its_layers_and_history", OCI_EXPORT, base),
    ("what_a_base_brings", Graph::First, inherited),
];

const CONFIG: &str = "@syntax
fs default() {
	image \"@busybox\"
	env \"A\" \"1\"
	run \"touch /made\"
	expose \"8000-8002\" \"53/UDP\"
	volumes \"/data\"
	stopSignal \"SIGINT\"
	label \"nonce\" \"@nonce\"
	shell \"/bin/sh\" \"-ec\"
	healthcheck \"test -e /made\" with option { interval \"1m30s\"; retries 3; }
	cmd \"sleep\" \"1\"
}
";

const HISTORY: &[&str] = &[
    "CMD [\"sleep\" \"1\"]",
    "HEALTHCHECK --interval=1m30s --retries=3 [\"CMD-SHELL\" \"test -e /made\"]",
    "SHELL [/bin/sh -ec]",
    "STOPSIGNAL SIGINT",
    "VOLUME [/data]",
    "EXPOSE [8000-8002/tcp 53/udp]",
    "RUN /bin/sh -c touch /made",
    "ENV A=1",
];

fn config(project: &Project) -> Tested {
    let image = "hlb-e2e:@nonce";
    project.write("build.hlb", CONFIG)?;
    project.build(&["-f", "build.hlb", "--load", "-t", image, "."])?.succeeded()?;
    let history = ["docker", "history", "--no-trunc", "--format", "{{.CreatedBy}}", image];
    let history = project.run(&history)?;
    let age = project.run(&["docker", "image", "ls", "--format", "{{.CreatedSince}}", image])?;
    let format = "{{json .Config.ExposedPorts}} {{.Config.StopSignal}} {{json .Config.Shell}} {{json .Config.Healthcheck}}";
    let config = project.run(&["docker", "image", "inspect", "--format", format, image])?;
    project.run(&["docker", "image", "rm", "--force", image])?.succeeded()?;
    history.succeeded()?.in_order(HISTORY)?;
    // The base is as old as time itself.
    age.succeeded()?.says(&[" ago"])?.does_not_say("year")?;
    let config = config.succeeded()?.says(&["\"53/udp\":{}", "\"8001/tcp\":{}", " SIGINT "])?;
    config.says(&["[\"/bin/sh\",\"-ec\"]", "\"Interval\":90000000000", "\"Retries\":3"])?.end()
}

const BASE: &str = "@syntax
fs default() {
	image \"@busybox\"
	mkfile \"/made\" 0o644 \"@nonce\"
}
";

/// The base of the second build has a platform that it was not made for, which is a warning.
fn base(project: &Project) -> Tested {
    project.write("build.hlb", BASE)?;
    let output = "type=oci,rewrite-timestamp=true,tar=false,dest=first";
    let epoch = "SOURCE_DATE_EPOCH=1700000000";
    let plain = ["-f", "build.hlb", "--provenance=false", "--build-arg", epoch, "-o"];
    project.build(&[&plain[..], &[output, "."]].concat())?.succeeded()?;
    let first = Layout::read(project, "first")?;
    let of_base =
        project.run(&["docker", "buildx", "imagetools", "inspect", "--raw", "@busybox"])?;
    let manifest: Value = serde_json::from_str(&of_base.succeeded()?.log)?;
    if first.manifest.pointer("/layers/0/digest") != manifest.pointer("/layers/0/digest") {
        return Err(format!("the layer of the base was made anew: {}", first.manifest).into());
    }
    if first.config.get("created") != Some(&"2023-11-14T22:13:20Z".into()) {
        return Err(format!("it was not made when it says: {}", first.config).into());
    }
    let output = "type=oci,tar=false,dest=second";
    let other = ["--platform", "linux/arm64", output, "."];
    let words = [&plain[..5], &other[..2], &plain[5..], &other[2..]].concat();
    let build = project.build(&words)?.succeeded()?;
    let warning = project.fill("HLB0561: image `@busybox` is for linux/amd64");
    build.says(&[&warning])?;
    let second = Layout::read(project, "second")?;
    let platform = second.descriptor.pointer("/platform/architecture");
    if platform != Some(&"arm64".into())
        || second.config.get("architecture") != Some(&"arm64".into())
    {
        return Err(format!("{}: {}", second.descriptor, second.config).into());
    }
    Ok(())
}

const DOCKERFILE: &str = "FROM @busybox
SHELL [\"/bin/sh\", \"-xec\"]
ENV PATH=/bin:/bin/@nonce
ONBUILD RUN false
";

const INHERITED: &str = "@syntax
fs default() {
	image \"@registry/hlb-e2e/base:@nonce\"
	run \"echo $- $PATH > /said\"
	shell \"/bin/sh\" \"-uc\"
	run \"echo $- >> /said\"
}
";

fn inherited(project: &Project) -> Tested {
    project.write("base/Dockerfile", DOCKERFILE)?;
    let tag = "@registry/hlb-e2e/base:@nonce";
    project.build(&["--push", "-t", tag, "base"])?.succeeded()?;
    project.write("build.hlb", INHERITED)?;
    let build = project.build(&["-f", "build.hlb", "-o", "out", "."])?.succeeded()?;
    build.says(&["HLB0562: image", "has `ONBUILD RUN false`, which is not carried out"])?;
    // The options of the shell are in an order of its own.
    let said = project.read("out/said")?;
    let path = project.fill(" /bin:/bin/@nonce\n");
    match said.split_once(&path) {
        Some((first, second)) if first.contains('x') && second.contains('u') => Ok(()),
        _ => Err(format!("other shells ran, or with another path: {said}").into()),
    }
}
