//! What pip installs from: an index of the tests' own, whose server counts what it gives.

use super::Failed;
use super::project::Project;
use super::server::Files;

const SCRIPT: &str = r#"
python3 - NAMES <<PYTHON
import os, sys, zipfile
for name in sys.argv[1:]:
    folder, info = 'simple/' + name, name + '-1.dist-info'
    file = name + '-1-py3-none-any.whl'
    os.makedirs(folder)
    with zipfile.ZipFile(folder + '/' + file, 'w') as wheel:
        wheel.writestr(name + '.py', 'print("' + name + '")')
        wheel.writestr(info + '/METADATA', 'Metadata-Version: 2.1\nName: ' + name + '\nVersion: 1\n')
        wheel.writestr(info + '/WHEEL', 'Wheel-Version: 1.0\nGenerator: hlb\nRoot-Is-Purelib: true\nTag: py3-none-any\n')
        wheel.writestr(info + '/RECORD', '')
    with open(folder + '/index.html', 'w') as index:
        index.write('<a href=' + file + '>' + file + '</a>')
PYTHON
"#;

/// Serves packages of version 1, each of which is a module that prints its own name.
pub fn serve(project: &Project, names: &[&str]) -> Result<Files, Failed> {
    Files::made(project, "tools", &SCRIPT.replace("NAMES", &names.join(" ")))
}

/// The file of a package.
pub fn file(name: &str) -> String {
    format!("{name}-1-py3-none-any.whl")
}

/// What has pip ask this index alone.
pub fn options(files: &Files) -> String {
    let host = files.address.split(':').next().unwrap_or_default();
    format!("--index-url http://{}/simple --trusted-host {host}", files.address)
}
