//! The programs that people read first.

use expect_test::expect;

use super::directory::Directory;

#[test]
fn examples_are_formatted_and_without_warnings() {
    let here = Directory::new(&[]);
    for folder in ["docs/examples", "testdata/demo"] {
        let folder = format!("{}/../{folder}", env!("CARGO_MANIFEST_DIR"));
        for command in [["lint", "--deny=warnings"], ["fmt", "--check"]] {
            here.run(&[&command[..], &[&folder]].concat()).check(expect![[r#"
                exit 0
            "#]]);
        }
    }
}
