//! The cache of a real tool goes from engine to engine, and a server counts what is downloaded.

use super::project::Project;
use super::{Graph, Test, Tested, wheels};

pub const TESTS: &[Test] =
    &[("seed_what_pip_has_downloaded_is_never_downloaded_again", Graph::Same, pip)];

fn pip(project: &Project) -> Tested {
    let files = wheels::serve(project, &["alpha", "beta"])?;
    let gave = |alpha, beta| {
        files.gave(&wheels::file("alpha"), alpha)?;
        files.gave(&wheels::file("beta"), beta)
    };
    // An engine that has nothing is a cache of another id.
    let program = |id: &str, packages: &str, seed: &str| {
        format!(
            "@syntax
fs installed() {{
	image \"@registry/tools:latest\"
	run \"pip install {} --cache-dir /pip --target /p {packages} && for it in {packages}; do python3 /p/$it.py; done > /said # {id}\" with option {{
		cacheMount \"/pip\" with option {{
			id \"{id}-@nonce\"
			sharing \"locked\"
			seed fs {{ firstOf fs {{ image \"{seed}\"; }} fs {{ scratch; }} }}
		}} as downloads
	}}
}}
fs default() {{ scratch; copy installed \"/said\" \"/\"; }}
fs saved() {{ downloads; }}
",
            wheels::options(&files)
        )
    };
    let [one, two] = ["@registry/pip-@nonce:1", "@registry/pip-@nonce:2"];
    let publish = |to| ["--target=saved", "--push", "-t", to, "."];

    project.write("Dockerfile", &program("id", "alpha", one))?;
    project.build(&["-o", "first", "."])?.succeeded()?.does_not_say("prime cache")?;
    gave(1, 0)?;
    project.build(&publish(one))?.succeeded()?;
    let second = project.build_on_second(&["-o", "second", "."])?.succeeded()?;
    second.says(&["prime cache"])?;
    gave(1, 0)?;
    // What the seed lacks is downloaded, and what is published of that begins with the seed.
    project.write("Dockerfile", &program("id", "alpha beta", one))?;
    project.build_on_second(&["-o", "more", "."])?.succeeded()?;
    gave(1, 1)?;
    project.build_on_second(&publish(two))?.succeeded()?;
    project.write("Dockerfile", &program("other", "beta alpha", two))?;
    project.build(&["-o", "back", "."])?.succeeded()?.says(&["prime cache"])?;
    gave(1, 1)?;
    for (to, said) in [
        ("first", "alpha\n"),
        ("second", "alpha\n"),
        ("more", "alpha\nbeta\n"),
        ("back", "beta\nalpha\n"),
    ] {
        project.expect(&format!("{to}/said"), said)?;
    }
    Ok(())
}
