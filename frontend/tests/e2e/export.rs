//! What a program exports, and pipelines.

use super::project::Project;
use super::{Graph, Test, Tested};

pub const TESTS: &[Test] = &[
    ("downloads", Graph::Same, downloads),
    ("a_pipeline_in_order", Graph::Same, pipeline),
    ("what_is_known_of_an_image_and_the_client", Graph::Same, known),
];

const DOWNLOADS: &str = "@syntax
fs made(string name) {
	scratch
	mkfile name 0o640 \"@nonce\"
}

fs default() {
	made \"one\"
	download \"out/deep\"
	made \"two\"
	download \"out/deep\"
	image \"@busybox\"
	run \"echo tested @nonce\" with ignoreCache
}
";

fn downloads(project: &Project) -> Tested {
    project.write("build.hlb", DOWNLOADS)?;
    project.write("out/deep/kept", "kept")?;
    let build = project.build(&["-f", "build.hlb", "-o", ".", "."])?.succeeded()?;
    // What is below no export is built, too.
    build.says(&["[default 1/2] download \"out/deep\"", "tested "])?;
    for name in ["one", "two"] {
        project.expect(&format!("out/deep/{name}"), "@nonce")?;
    }
    project.expect("out/deep/kept", "kept")?;
    let image = "hlb-e2e:@nonce";
    project.build(&["-f", "build.hlb", "--load", "-t", image, "."])?.succeeded()?;
    let config = project.run(&["docker", "inspect", "--format", "{{json .Config.Cmd}}", image])?;
    project.run(&["docker", "image", "rm", "--force", image])?.succeeded()?;
    // That of busybox has a command.
    config.succeeded()?.says(&["null"])?.end()
}

const PIPELINE: &str = "@syntax
fs step(string command) {
	image \"@busybox\"
	run \"echo @nonce; ${command}\" with network(\"none\")
}

pipeline default() {
	stage step(\"sleep 1; echo first-done\") step(\"echo beside-it\")
	stage step(\"echo second-begins\")
}

pipeline broken() {
	stage step(\"exit 7\") step(\"sleep 120\")
	stage step(\"echo never-begins\")
}
";

fn pipeline(project: &Project) -> Tested {
    project.write("build.hlb", PIPELINE)?;
    let build = project.build(&["-f", "build.hlb", "."])?.succeeded()?;
    build.in_order(&[" beside-it\n", " first-done\n", " second-begins\n"])?;
    // The part that sleeps is canceled, or the command would be ended for its time.
    let build = project.build(&["-f", "build.hlb", "--target", "broken", "."])?.failed()?;
    let said = ["stage 1 of `broken`", "build.hlb:13", "exit code: 7"];
    build.says(&said)?.does_not_say(" never-begins\n")?.end()
}

const KNOWN: &str = "@syntax
string busybox() { manifest \"@busybox\" as (digest pinned, config json) }

fs default() {
	image \"@busybox\"
	scratch
	mkfile \"digest\" 0o644 pinned
	mkfile \"config\" 0o644 json
	mkfile \"client\" 0o644 string {
		template \"{{.os}} {{.user}}{{.nobody}}\" with option {
			stringField \"os\" localOs
			stringField \"user\" localEnv(\"WHO\")
			stringField \"nobody\" localEnv(\"NOBODY\")
		}
	}
	download \"${localCwd}/known\"
}
";

fn known(project: &Project) -> Tested {
    project.write("build.hlb", KNOWN)?;
    let given = ["--build-arg", "WHO=@nonce", "--build-arg", "WHOM=x"];
    let build = [&["-f", "build.hlb", "-o", "."], &given[..], &["."]].concat();
    let build = project.build(&build)?.succeeded()?;
    let digest = project.read("known/digest")?;
    let inspect = ["docker", "buildx", "imagetools", "inspect", "@busybox"];
    project.run(&inspect)?.succeeded()?.says(&[&digest])?;
    project.expect("known/client", "linux @nonce")?;
    build.says(&["HLB0565: the program does not use build argument `WHOM`"])?;
    let config = project.read("known/config")?;
    if digest.starts_with("sha256:") && config.contains("\"architecture\"") {
        return Ok(());
    }
    Err(format!("the digest is {digest:?} and the config {config:?}").into())
}
