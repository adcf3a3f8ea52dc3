use super::{WORDS, at_once, build};
use crate::Tested;
use crate::project::Project;
use crate::server::Files;

/// A package whose one file says that it is there.
const PACKAGE: &str = "
mkdir -p /p/DEBIAN /p/usr/share && echo hello > /p/usr/share/greeting
printf 'Package: greeting\\nVersion: 1\\nArchitecture: all\\nMaintainer: hlb\\nDescription: says hello\\n' > /p/DEBIAN/control
dpkg-deb --build /p greeting.deb
{ cat /p/DEBIAN/control; echo Filename: ./greeting.deb; echo Size: $(stat -c %s greeting.deb); echo SHA256: $(sha256sum < greeting.deb | cut -d' ' -f1); } > Packages
";

/// What images of Debian have, so that no package of apt's stays in a layer.
const DOCKER_CLEAN: &str = "DPkg::Post-Invoke { \\\"rm -f /var/cache/apt/archives/*.deb\\\"; }; Dir::Cache::pkgcache \\\"\\\";\\n";

/// Connections of a container are sometimes lost on a machine where many begin and end. apt waits for one for half a minute,
/// and its process then never tries that address again; another process does.
const INSTALL: &str = "rm -f /etc/apt/sources.list.d/* && for attempt in 1 2 3; do \
                       apt-get -o Acquire::http::Timeout=5 update && \
                       apt-get -o Acquire::http::Timeout=5 install -y greeting && break; done; \
                       mkdir /seen && cp /usr/share/greeting /seen";

pub fn test(project: &Project) -> Tested {
    let files = Files::made(project, "tools", PACKAGE)?;
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
    for word in WORDS {
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
