//! Caches of tools: real ones, which fetch from a server that counts what they take.

use std::thread;

use libtest_mimic::Failed;

use super::project::Project;
use super::server::Files;
use super::{Test, Tested};

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
    let files = serve(project, PACKAGE)?;
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

/// A wheel with a module that says that it is there.
const WHEEL: &str = "
	run <<-EOF
		mkdir -p /repository/simple/greeting && cd /repository/simple/greeting && python3 - <<PYTHON
		import zipfile
		name = 'greeting-1.dist-info'
		with zipfile.ZipFile('greeting-1-py3-none-any.whl', 'w') as wheel:
		    wheel.writestr('greeting.py', 'print(\\\"hello\\\")')
		    wheel.writestr(name + '/METADATA', 'Metadata-Version: 2.1\\nName: greeting\\nVersion: 1\\n')
		    wheel.writestr(name + '/WHEEL', 'Wheel-Version: 1.0\\nGenerator: hlb\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')
		    wheel.writestr(name + '/RECORD', '')
		PYTHON
		echo '<a href=greeting-1-py3-none-any.whl>greeting-1-py3-none-any.whl</a>' > index.html
	EOF";

fn pip(project: &Project) -> Tested {
    let files = serve(project, WHEEL)?;
    let host = files.address.split(':').next().unwrap_or_default();
    let program = format!(
        "@syntax
fs default(string word) {{
	copy fs {{ installed word; }} \"/tmp/hello\" \"/hello\"
}}
fs installed(string word) {{
	image \"@registry/tools:latest\"
	user \"1000\"
	run \"pip install --index-url http://{}/simple --trusted-host {host} --target /tmp/${{word}} greeting && python3 /tmp/${{word}}/greeting.py > /tmp/hello\" with option {{
		toolCache \"pip\" with scope(\"@nonce\")
	}}
}}
",
        files.address
    );
    project.write("build.hlb", &program)?;
    at_once(project)?;
    // Two that begin with nothing may both fetch it, since neither waits.
    let before = files.given("greeting-1-py3-none-any.whl");
    build(project, "three")?;
    files.gave("greeting-1-py3-none-any.whl", before)?;
    for word in ["one", "two", "three"] {
        project.expect(&format!("{word}/hello"), "hello\n")?;
    }
    match before {
        1 | 2 => Ok(()),
        _ => Err(format!("two builds fetched the wheel {before} times").into()),
    }
}

/// Makes `/repository` in an image with the tools, and serves what is in it.
fn serve(project: &Project, script: &str) -> Result<Files, Failed> {
    let program = format!(
        "@syntax\nfs default() {{\n\timage \"@registry/tools:latest\"{script}\n}}\nfs repository() {{\n\tcopy default \"/repository\" \"/\"\n}}\n"
    );
    project.write("repository.hlb", &program)?;
    let words = ["-f", "repository.hlb", "--target", "repository", "-o", "served", "."];
    project.build(&words)?.succeeded()?;
    Files::serve(project.path("served/repository"))
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
