//! Files that a step of the frontend's own image writes: tar files and images.

use super::graph::OCI_LAYOUT;
use super::project::Project;
use super::{Graph, Test, Tested};

pub const TESTS: &[Test] = &[
    ("archives_of_a_filesystem", OCI_LAYOUT, archives),
    ("archives_are_the_same_again", Graph::Same, same),
];

const ARCHIVES: &str = "@syntax
fs default() {
	image \"@busybox\"
	run <<-SCRIPT
		set -e
		mkdir -p /made/sticky
		echo @nonce > /made/file
		ln /made/file /made/hard
		ln -s /made/file /made/soft
		mkfifo /made/fifo
		chown 3:4 /made/sticky
		chmod 1777 /made/sticky
		chmod 4755 /made/file
	SCRIPT
	env \"GREETING\" \"hey\"
	cmd \"sh\" \"-c\" \"echo $GREETING; stat -c '%n %a %u:%g %h' /made/*\"
	downloadTarball \"out/app.tar\"
	downloadOCITarball \"out/app.oci.tar\"
	dockerLoad \"hlb-e2e:@nonce\"
}
";

/// The directory of an image's layout, as a context.
const CONTEXT: &str = "@syntax
fs default() {
	scratch
	copy fs { image \"made\"; run \"cat /made/file > /copy; echo $GREETING\" } \"/copy\" \"/copy\"
}
";

fn archives(project: &Project) -> Tested {
    project.write("build.hlb", ARCHIVES)?;
    let build = ["-f", "build.hlb", "--label", "org.example.nonce=@nonce", "-o", ".", "."];
    let build = project.build(&build)?.succeeded()?;
    build.says(&["[internal] write out/app.tar", "[internal] write hlb-e2e-"])?;
    let list = ["tar", "--numeric-owner", "-tvf", "out/app.tar", "made"];
    project.run(&list)?.succeeded()?.says(&[
        "-rwsr-xr-x 0/0 ",
        " made/file\n",
        " made/hard link to made/file\n",
        " made/soft -> /made/file\n",
        "prw-r--r-- 0/0 ",
        "drwxrwxrwt 3/4 ",
    ])?;
    let image = "hlb-e2e:@nonce";
    let archive = "hlb-e2e-@nonce.docker.tar";
    let loaded = project.run(&["docker", "load", "--input", archive])?.succeeded()?;
    loaded.says(&[&project.fill("Loaded image: hlb-e2e:@nonce")])?;
    let format = "{{json .Config.Labels}}";
    let labels = project.run(&["docker", "image", "inspect", "--format", format, image])?;
    labels.succeeded()?.says(&[&project.fill(r#"{"org.example.nonce":"@nonce"}"#)])?;
    let ran = project.run(&["docker", "run", "--rm", "--network=none", image])?;
    project.run(&["docker", "image", "rm", "--force", image])?.succeeded()?;
    ran.succeeded()?.says(&[
        "hey\n",
        "/made/file 4755 0:0 2\n",
        "/made/hard 4755 0:0 2\n",
        "/made/sticky 1777 3:4 ",
    ])?;
    project.run(&["mkdir", "layout"])?.succeeded()?;
    project.run(&["tar", "-xf", "out/app.oci.tar", "-C", "layout"])?.succeeded()?;
    project.write("context.hlb", CONTEXT)?;
    let layout = format!("made=oci-layout://{}", project.path("layout").display());
    let build = ["-f", "context.hlb", "--build-context", &layout, "-o", ".", "."];
    project.build(&build)?.succeeded()?.says(&[" hey\n"])?;
    project.expect("copy", "@nonce\n")
}

const SAME: &str = "@syntax
fs default() {
	image \"@busybox\"
	run \"sleep 1; mkdir /made; echo @nonce > /made/file\"
	copy local(\".\") \"/\" \"/context\"
	downloadTarball \"app.tar\"
	downloadDockerTarball \"app.docker.tar\" \"app\"
}
";

/// What a build itself makes has the time that the client gives, and not that of the build.
fn same(project: &Project) -> Tested {
    project.write("context/build.hlb", SAME)?;
    let epoch = "SOURCE_DATE_EPOCH=1700000000";
    for output in ["one", "two"] {
        let build = ["-f", "context/build.hlb", "--no-cache", "--build-arg", epoch, "-o", output];
        project.build(&[&build[..], &["context"]].concat())?.succeeded()?;
    }
    project.run(&["diff", "-r", "one", "two"])?.succeeded()?;
    let list = ["tar", "--utc", "-tvf", "one/app.tar", "made", "context/build.hlb"];
    let list = project.run(&list)?.succeeded()?;
    list.says(&["2023-11-14 22:13 made/file", "2023-11-14 22:13 context/build.hlb"])?.end()
}
