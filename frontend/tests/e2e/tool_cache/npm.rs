use std::fs;

use libtest_mimic::Failed;

use super::{expect_said, fetches_nothing_the_third_time, write_program};
use crate::Tested;
use crate::project::Project;
use crate::server::Files;

/// A package, and what a registry says of it.
const PACKAGE: &str = r#"
mkdir /package && cd /package
echo '{"name": "greeting", "version": "1.0.0"}' > package.json
echo 'module.exports = "hello"' > index.js
npm pack --silent --pack-destination /served
cd /served && node - <<NODE
const fs = require('fs')
const digest = require('crypto').createHash('sha512').update(fs.readFileSync('greeting-1.0.0.tgz')).digest('base64')
const dist = { tarball: 'http://ADDRESS/greeting-1.0.0.tgz', integrity: 'sha512-' + digest }
const versions = { '1.0.0': { name: 'greeting', version: '1.0.0', dist } }
fs.writeFileSync('greeting', JSON.stringify({ name: 'greeting', 'dist-tags': { latest: '1.0.0' }, versions }))
NODE
"#;

/// A connection that is lost is made again at once: npm would wait for ten seconds, and then for a minute.
const SCRIPT: &str = r#"
npm install --no-audit --no-fund --fetch-retry-maxtimeout=500 --fetch-retry-mintimeout=100 --registry http://ADDRESS/
node -e 'console.log(require("greeting"))' > /out/said
"#;

/// Serves the package.
pub fn serve(project: &Project) -> Result<Files, Failed> {
    let files = Files::made(project, "npm", PACKAGE)?;
    let packument = project.read("served/greeting")?.replace("ADDRESS", &files.address);
    fs::write(project.path("served/greeting"), packument)?;
    Ok(files)
}

pub fn test(project: &Project) -> Tested {
    let files = serve(project)?;
    project.write("src/package.json", "{ \"dependencies\": { \"greeting\": \"^1.0.0\" } }")?;
    let script = SCRIPT.replace("ADDRESS", &files.address);
    write_program(project, "npm", &script)?;
    fetches_nothing_the_third_time(project, &files)?;
    expect_said(project, "hello\n")
}
