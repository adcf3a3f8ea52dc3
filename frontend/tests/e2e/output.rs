//! Where a result goes, beside a folder.

use super::graph::OCI_EXPORT;
use super::project::Project;
use super::{Graph, Test, Tested};

pub const TESTS: &[Test] = &[
    ("a_tar_archive", Graph::First, tar),
    ("an_oci_archive", OCI_EXPORT, oci),
    ("an_image_that_runs", Graph::First, image),
];

const HELLO: &str = "@syntax
fs default() {
	scratch
	mkfile \"hello\" 0o644 \"@nonce\"
}
";

fn tar(project: &Project) -> Tested {
    project.write("Dockerfile", HELLO)?;
    project.build(&["-o", "type=tar,dest=out.tar", "."])?.succeeded()?;
    project.run(&["tar", "-xf", "out.tar"])?.succeeded()?;
    project.expect("hello", "@nonce")
}

fn oci(project: &Project) -> Tested {
    project.write(
        "Dockerfile",
        &format!("{}\tentrypoint \"/hello\"\n}}\n", HELLO.trim_end_matches("}\n")),
    )?;
    project.build(&["--provenance=false", "-o", "type=oci,dest=out.tar", "."])?.succeeded()?;
    project.run(&["tar", "-xf", "out.tar"])?.succeeded()?;
    let index = project.read("index.json")?;
    let manifest = project.read(&blob(&index)?)?;
    let config = project.read(&blob(&manifest)?)?;
    if config.contains("\"Entrypoint\":[\"/hello\"]") && config.contains("\"rootfs\"") {
        return Ok(());
    }
    Err(format!("the config has no entrypoint or no layers: {config}").into())
}

/// The path of the first blob that a document of an OCI layout names.
fn blob(document: &str) -> Result<String, String> {
    let (_, rest) = document.split_once("\"sha256:").ok_or(format!("no digest in {document}"))?;
    let digest: String = rest.chars().take_while(char::is_ascii_hexdigit).collect();
    Ok(format!("blobs/sha256/{digest}"))
}

fn image(project: &Project) -> Tested {
    project.write(
        "Dockerfile",
        "@syntax
fs default() {
	image \"@busybox\"
	env \"GREETING\" \"hey\"
	dir \"/tmp\"
	label \"org.example.nonce\" \"@nonce\"
	entrypoint \"/bin/sh\" \"-c\"
	cmd \"echo $GREETING from $PWD\"
}
",
    )?;
    project.build(&["--load", "-t", "hlb-e2e:@nonce", "."])?.succeeded()?;
    let ran = project.run(&["docker", "run", "--rm", "hlb-e2e:@nonce"])?;
    let format = "{{json .Config.Entrypoint}} {{.Config.WorkingDir}} {{json .Config.Env}} {{json .Config.Labels}}";
    let config = project.run(&["docker", "inspect", "--format", format, "hlb-e2e:@nonce"])?;
    project.run(&["docker", "image", "rm", "--force", "hlb-e2e:@nonce"])?.succeeded()?;
    ran.succeeded()?.says(&["hey from /tmp"])?;
    let label = project.fill("{\"org.example.nonce\":\"@nonce\"}");
    let said = ["[\"/bin/sh\",\"-c\"] /tmp ", "\"GREETING=hey\"", "\"PATH=/", &label];
    config.succeeded()?.says(&said)?.end()
}
