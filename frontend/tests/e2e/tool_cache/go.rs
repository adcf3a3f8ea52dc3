use super::{expect_said, fetches_nothing_the_third_time, write_program};
use crate::Tested;
use crate::project::Project;
use crate::server::Files;

/// A module, as a proxy has it.
const MODULE: &str = r#"
mkdir -p example.org/greeting/@v && cd example.org/greeting/@v && python3 - <<PYTHON
import zipfile
module = 'module example.org/greeting\n'
with zipfile.ZipFile('v1.0.0.zip', 'w') as zip:
    zip.writestr('example.org/greeting@v1.0.0/go.mod', module)
    zip.writestr('example.org/greeting@v1.0.0/greeting.go', 'package greeting\n\nconst Hello = "hello"\n')
open('v1.0.0.mod', 'w').write(module)
open('v1.0.0.info', 'w').write('{"Version":"v1.0.0"}')
open('list', 'w').write('v1.0.0\n')
PYTHON
"#;

/// A library, which links nothing: a program would have Go compile its runtime first.
const SOURCE: &str =
    "package app\n\nimport \"example.org/greeting\"\n\nconst Said = greeting.Hello\n";

const SCRIPT: &str = "
export GOPROXY=http://ADDRESS GOSUMDB=off GOFLAGS=-mod=mod
go build -v 2> /out/log
go doc -short example.org/greeting.Hello | cut -d '\"' -f 2 > /out/said
";

pub fn test(project: &Project) -> Tested {
    let files = Files::made(project, "scripting", MODULE)?;
    project
        .write("src/go.mod", "module example.org/app\n\nrequire example.org/greeting v1.0.0\n")?;
    project.write("src/app.go", SOURCE)?;
    write_program(project, "go", &SCRIPT.replace("ADDRESS", &files.address))?;
    fetches_nothing_the_third_time(project, &files)?;
    expect_said(project, "hello\n")?;
    // With `-v` it names what it compiles.
    project.expect("three/out/log", "")
}
