use super::{expect_said, fetches_nothing_the_third_time, write_program};
use crate::Tested;
use crate::project::Project;
use crate::wheels;

pub fn test(project: &Project) -> Tested {
    let files = wheels::serve(project, &["greeting"])?;
    let script = format!(
        "uv pip install --default-index http://{}/simple/ --target /installed greeting\n\
         python3 /installed/greeting.py > /out/said\n",
        files.address
    );
    write_program(project, "uv", &script)?;
    fetches_nothing_the_third_time(project, &files)?;
    expect_said(project, "greeting\n")
}
