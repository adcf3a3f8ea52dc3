//! `fmt` and what it writes.

use std::fs;
use std::time::SystemTime;

use expect_test::expect;

use super::directory::Directory;
use super::{BROKEN, FINE, LOOSE};

#[test]
fn fmt_rewrites_files_and_directories() {
    let directory = Directory::new(&[
        LOOSE,
        BROKEN,
        ("deep/er/a.hlb", LOOSE.1),
        (".hidden/a.hlb", LOOSE.1),
        ("deep/a.txt", LOOSE.1),
    ]);
    let ran = directory.run(&["fmt", "."]);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    assert!(ran.err.contains("broken.hlb:1:11"), "{}", ran.err);
    for name in ["loose.hlb", "deep/er/a.hlb"] {
        assert_eq!(directory.read(name), FINE.1, "{name}");
    }
    for name in [".hidden/a.hlb", "deep/a.txt"] {
        assert_eq!(directory.read(name), LOOSE.1, "{name}");
    }
    assert_eq!(directory.read("broken.hlb"), BROKEN.1);
}

#[test]
fn fmt_of_what_is_formatted_writes_nothing() {
    let directory = Directory::new(&[FINE]);
    let file = fs::File::open(directory.path().join("build.hlb")).expect("the file");
    file.set_modified(SystemTime::UNIX_EPOCH).expect("a time");
    directory.run(&["fmt", "build.hlb"]).check(expect![[r#"
        exit 0
    "#]]);
    let modified = file.metadata().and_then(|it| it.modified()).expect("a time");
    assert_eq!(modified, SystemTime::UNIX_EPOCH);
}

#[test]
fn fmt_check_names_files_and_writes_nothing() {
    let directory = Directory::new(&[FINE, LOOSE]);
    directory.run(&["fmt", "--check", "."]).check(expect![[r#"
        exit 1
        --- stdout
        ./loose.hlb
    "#]]);
    directory.run(&["fmt", "--check", "build.hlb"]).check(expect![[r#"
        exit 0
    "#]]);
    assert_eq!(directory.read("loose.hlb"), LOOSE.1);
}

#[test]
fn fmt_diff_writes_nothing() {
    let directory = Directory::new(&[FINE, LOOSE]);
    directory.run(&["fmt", "--diff", "build.hlb", "loose.hlb"]).check(expect![[r#"
        exit 0
        --- stdout
        --- loose.hlb
        +++ loose.hlb
        @@ -1,3 +1,3 @@
         fs default() {
        -  scratch
        +	scratch
         }
    "#]]);
    assert_eq!(directory.run(&["fmt", "--diff", "--check", "loose.hlb"]).code, 1);
    assert_eq!(directory.run(&["fmt", "--check", "--diff", "build.hlb"]).code, 0);
    assert_eq!(directory.read("loose.hlb"), LOOSE.1);
}

#[test]
fn fmt_filters_standard_input() {
    let directory = Directory::new(&[]);
    directory.run_with(&["fmt", "-"], LOOSE.1, &[]).check(expect![[r#"
        exit 0
        --- stdout
        fs default() {
        	scratch
        }
    "#]]);
    directory.run_with(&["fmt", "-"], BROKEN.1, &[]).check(expect![[r#"
        exit 1
        --- stderr
        error[HLB0023]: unclosed list of parameters: `)` is missing
         --> <stdin>:1:11
          |
        1 | fs default( {
          |           ^ - can't be in the list

    "#]]);
    let named = ["fmt", "--check", "--stdin-filename", "a.hlb", "-"];
    directory.run_with(&named, LOOSE.1, &[]).check(expect![[r#"
        exit 1
        --- stdout
        a.hlb
    "#]]);
}
