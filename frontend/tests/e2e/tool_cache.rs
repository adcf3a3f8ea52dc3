//! Caches of tools: real ones, which fetch from a server that counts what they take.

use std::thread;

use super::project::Project;
use super::server::Files;
use super::{Test, Tested, wheels};

pub const TESTS: &[Test] = &[("tool_cache_of_apt", apt), ("tool_cache_of_pip", pip)];

/// A package whose one file says that it is there.
const PACKAGE: &str = "
	run <<-EOF
		mkdir -p /p/DEBIAN /p/usr/share /repository && echo hello > /p/usr/share/greeting
		printf 'Package: greeting\\nVersion: 1\\nArchitecture: all\\nMaintainer: hlb\\nDescription: says hello\\n' > /p/DEBIAN/control
		dpkg-deb --build /p /repository/greeting.deb && cd /repository
		{ cat /p/DEBIAN/control; echo Filename: ./greeting.deb; echo Size: $(stat -c %s greeting.deb); echo SHA256: $(sha256sum < greeting.deb | cut -d' ' -f1); } > Packages
	EOF";

/// What images of Debian have, so that no package of apt's stays in a layer.
const DOCKER_CLEAN: &str = "DPkg::Post-Invoke { \\\"rm -f /var/cache/apt/archives/*.deb\\\"; }; Dir::Cache::pkgcache \\\"\\\";\\n";

/// Connections of a container are sometimes lost on a machine where many begin and end. apt waits for one for half a minute,
/// and its process then never tries that address again; another process does.
const INSTALL: &str = "rm -f /etc/apt/sources.list.d/* && for attempt in 1 2 3; do \
                       apt-get -o Acquire::http::Timeout=5 update && \
                       apt-get -o Acquire::http::Timeout=5 install -y greeting && break; done; \
                       mkdir /seen && cp /usr/share/greeting /seen";

fn apt(project: &Project) -> Tested {
    let files = Files::made(project, PACKAGE)?;
    let program = format!(
        "@syntax
fs default(string word) {{
	copy fs {{ installed word; }} \"/seen\" \"/\"
}}
fs installed(string word) {{
	image \"@registry/tools:latest\"
	mkfile \"/etc/apt/apt.conf.d/docker-clean\" 0o644 \"{DOCKER_CLEAN}\"
	mkfile \"/etc/apt/sources.list\" 0o644 \"deb [trusted=yes allow-insecure=yes] http://{} ./\\n\"
	run \"{INSTALL} # ${{word}}\" with option {{ toolCache \"apt\" with scope(\"@nonce\") }}
	run \"cp /etc/apt/apt.conf.d/docker-clean /seen && ls /var/cache/apt /var/lib/apt/lists > /seen/left\"
}}
",
        files.address
    );
    project.write("build.hlb", &program)?;
    at_once(project)?;
    files.gave("greeting.deb", 1)?;
    build(project, "three")?;
    files.gave("greeting.deb", 1)?;
    for word in ["one", "two", "three"] {
        project.expect(&format!("{word}/seen/greeting"), "hello\n")?;
        // Neither the settings nor what is in the caches is in the image.
        project.expect(
            &format!("{word}/seen/docker-clean"),
            "DPkg::Post-Invoke { \"rm -f /var/cache/apt/archives/*.deb\"; }; Dir::Cache::pkgcache \"\";\n",
        )?;
        let left = project.read(&format!("{word}/seen/left"))?;
        if left.contains("greeting") || left.contains("Packages") {
            return Err(format!("the image has what apt keeps: {left}").into());
        }
    }
    Ok(())
}

fn pip(project: &Project) -> Tested {
    let files = wheels::serve(project, &["greeting"])?;
    let program = format!(
        "@syntax
fs default(string word) {{
	copy fs {{ installed word; }} \"/tmp/hello\" \"/hello\"
}}
fs installed(string word) {{
	image \"@registry/tools:latest\"
	user \"1000\"
	run \"pip install {} --target /tmp/${{word}} greeting && python3 /tmp/${{word}}/greeting.py > /tmp/hello\" with option {{
		toolCache \"pip\" with scope(\"@nonce\")
	}}
}}
",
        wheels::options(&files)
    );
    project.write("build.hlb", &program)?;
    at_once(project)?;
    // Two that begin with nothing may both fetch it, since neither waits.
    let wheel = wheels::file("greeting");
    let before = files.given(&wheel);
    build(project, "three")?;
    files.gave(&wheel, before)?;
    for word in ["one", "two", "three"] {
        project.expect(&format!("{word}/hello"), "greeting\n")?;
    }
    match before {
        1 | 2 => Ok(()),
        _ => Err(format!("two builds fetched the wheel {before} times").into()),
    }
}

/// Two builds that both begin with an empty cache.
fn at_once(project: &Project) -> Tested {
    thread::scope(|scope| {
        let other = scope.spawn(|| build(project, "two"));
        build(project, "one")?;
        other.join().map_err(|_| "the other build panicked")?
    })
}

fn build(project: &Project, word: &str) -> Tested {
    let argument = format!("word={word}");
    let words = ["-f", "build.hlb", "--build-arg", &argument, "-o", word, "."];
    project.build(&words)?.succeeded()?.end()
}
