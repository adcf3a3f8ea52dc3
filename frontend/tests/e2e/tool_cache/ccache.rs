use libtest_mimic::Failed;

use super::{WORDS, at_once, build, expect_said, write_program};
use crate::Tested;
use crate::project::Project;

const SOURCE: &str = "int puts(const char *);\nint main(void) { return puts(\"hello\") < 0; }\n";

/// ccache fetches nothing; its log says of each compilation whether the result was there.
const SCRIPT: &str = "\
CCACHE_STATSLOG=/out/log ccache gcc -c hello.c
gcc hello.o -o hello
./hello > /out/said
";

pub fn test(project: &Project) -> Tested {
    project.write("src/hello.c", SOURCE)?;
    write_program(project, "ccache", SCRIPT)?;
    at_once(project)?;
    build(project, "three")?;
    expect_said(project, "hello\n")?;
    let compiled = |word| {
        let log = project.read(&format!("{word}/out/log"))?;
        Ok::<_, Failed>(log.lines().filter(|line| *line == "cache_miss").count())
    };
    // Two that begin with nothing may both compile it, since neither waits.
    match WORDS.map(compiled) {
        [Ok(one), Ok(two), Ok(0)] if matches!(one + two, 1 | 2) => Ok(()),
        counts => Err(format!("compiled so many times: {counts:?}").into()),
    }
}
