//! The programs of `docs/examples`: built as their reader would, and run.

use libtest_mimic::Failed;

use super::project::{Ended, Project};
use super::{Graph, Test, Tested};

pub const TESTS: &[Test] = &[
    ("example_in_c", Graph::Same, c),
    ("example_in_python", Graph::Same, python),
    ("example_in_javascript", Graph::Same, javascript),
];

const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/examples");

fn c(project: &Project) -> Tested {
    copy(project, "c", "src/nonce")?;
    project.write("c/VERSION", "1.0-@nonce\n")?;
    let built = build(project, "c", &["--target", "ci", "-o", "out"])?;
    built.says(&["tests passed", "-fanalyzer"])?;
    let counted = "2 lines, 3 words, 14 bytes\n";
    let text = "printf 'one two\\nthree\\n' | ";
    project.run(&["bash", "-c", &format!("{text}out/bin/count")])?.says(&[counted])?;

    let image = "hlb-example/count:1.0-@nonce";
    let archive = "out/count-1.0-@nonce.docker.tar";
    project.run(&["docker", "load", "--input", archive])?.succeeded()?;
    let run = format!("{text}docker run --rm --interactive --network=none {image}");
    let ran = project.run(&["bash", "-c", &run]);
    let format = "{{.Config.User}} {{json .Config.Labels}}";
    let config = project.run(&["docker", "image", "inspect", "--format", format, image]);
    project.run(&["docker", "image", "rm", "--force", image])?.succeeded()?;
    ran?.succeeded()?.says(&[counted])?;
    let version = project.fill(r#""org.opencontainers.image.version":"1.0-@nonce""#);
    config?.succeeded()?.says(&["count {", &version])?;
    let list = ["tar", "-tvf", "out/count-1.0-@nonce.tar", "usr/share/man/man1/count.1"];
    project.run(&list)?.succeeded()?.end()
}

fn python(project: &Project) -> Tested {
    copy(project, "python", "greeter/nonce")?;
    project.write("token", "@nonce")?;
    let image = "hlb-e2e-greeter:@nonce";
    let given = ["--secret", "id=license-token,src=token", "--build-arg", "greeting=hi"];
    let more = ["--build-arg", "port=8181", "--load", "--tag", image];
    build(project, "python", &[&given[..], &more].concat())?.says(&["Ran 3 tests"])?;
    healthy(project, image, "id -un; python3 -m greeter.check 8181")?
        .says(&["nobody\n", r#"{"says": "hi, world", "edition": "licensed"}"#])?
        .end()
}

fn javascript(project: &Project) -> Tested {
    copy(project, "node", "vendor/greeting/nonce")?;
    let built = build(project, "node", &["--target", "ci", "-o", "out"])?;
    built.says(&["installed greeting 1.2.0", "# pass 1", "2 pages"])?;
    project.expect("out/site/1.html", "<!doctype html>\n<h1>Welcome, Tom &amp; Jerry</h1>\n")?;
    project.run(&["tar", "-tf", "out/pages-2.1.0.oci.tar", "oci-layout"])?.succeeded()?;

    // A change of the sources installs nothing again.
    project.write("node/src/names.txt", "@nonce\n")?;
    let image = "hlb-e2e-pages:@nonce";
    let built = build(project, "node", &["--load", "--tag", image])?;
    built.cached("install.mjs")?.says(&["1 pages"])?;
    let page =
        "fetch('http://127.0.0.1:8080/0.html').then(async it => console.log(await it.text()))";
    let said = healthy(project, image, &format!("id -un; node -e \"{page}\""))?;
    said.says(&["nobody\n", &project.fill("<h1>Welcome, @nonce</h1>\n")])?.end()
}

/// Copies an example to the project, with a file that no other run has and that its first steps read.
fn copy(project: &Project, name: &str, nonce: &str) -> Tested {
    project.run(&["cp", "-r", &format!("{EXAMPLES}/{name}"), "."])?.succeeded()?;
    project.write(&format!("{name}/{nonce}"), "@nonce")
}

/// Builds an example with the image under test, whatever its first line says.
fn build(project: &Project, name: &str, words: &[&str]) -> Result<Ended, Failed> {
    let file = format!("{name}/build.hlb");
    let example = ["-f", &file, "--build-arg", "BUILDKIT_SYNTAX=@frontend"];
    project.build(&[&example[..], words, &[name]].concat())?.succeeded()?.does_not_say("warning")
}

/// Runs an image until its health check succeeds, then a script in it. Nothing of it is left.
fn healthy(project: &Project, image: &str, script: &str) -> Result<Ended, Failed> {
    const RUN: &str = r#"
        trap 'docker rm --force "$2"; docker image rm --force "$0"' EXIT
        docker run --detach --network=none --name "$2" "$0"
        for try in $(seq 100); do
            [ "$(docker inspect --format '{{.State.Health.Status}}' "$2")" != healthy ] ||
                { docker exec "$2" sh -ec "$1"; exit; }
            sleep 0.2
        done
        docker logs "$2"; exit 1
    "#;
    project.run(&["bash", "-c", RUN, image, script, "hlb-e2e-@nonce"])?.succeeded()
}
