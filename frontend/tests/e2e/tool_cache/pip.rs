use super::{WORDS, at_once, build};
use crate::project::Project;
use crate::{Tested, wheels};

pub fn test(project: &Project) -> Tested {
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
    for word in WORDS {
        project.expect(&format!("{word}/hello"), "greeting\n")?;
    }
    match before {
        1 | 2 => Ok(()),
        _ => Err(format!("two builds fetched the wheel {before} times").into()),
    }
}
