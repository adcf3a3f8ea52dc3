//! Which files are read: those of directories, and modules.

use std::process::Command;

use expect_test::expect;

use super::directory::Directory;

#[test]
fn a_directory_is_its_files() {
    // `lib/near.hlb` is fine as a module of this directory, though it could not be built by itself.
    let files = [
        ("ci/build.hlb", "import near from \"lib/near.hlb\"\nfs default() { near.x; }\n"),
        ("ci/base.hlb", "export y\nfs y() { imge \"a\" }\n"),
        ("ci/lib/near.hlb", "import base from \"../base.hlb\"\nexport x\nfs x() { base.y; }\n"),
        ("ci/.hidden/x.hlb", "?\n"),
        ("ci/other.txt", "?\n"),
    ];
    let directory = Directory::new(&files);
    directory.run(&["check", "ci"]).check(expect![[r#"
        exit 1
        --- stderr
        error[HLB0201]: unknown name `imge`
         --> ci/base.hlb:2:10
          |
        2 | fs y() { imge "a" }
          |          ^^^^
          |
          = help: did you mean `image`?

    "#]]);
    directory.run(&["lint", "ci"]).check(expect![[r#"
        exit 1
        --- stderr
        error[HLB0201]: unknown name `imge`
         --> ci/base.hlb:2:10
          |
        2 | fs y() { imge "a" }
          |          ^^^^
          |
          = help: did you mean `image`?

    "#]]);
    directory.run(&["llb", "ci"]).check(expect![[r#"
        exit 2
        --- stderr
        hlb-frontend: ci: is a directory
        help: name a file
    "#]]);
}

#[test]
fn modules_of_the_context_are_read() {
    let files = [
        (
            "ci/build.hlb",
            "import lib from fs { local \"lib\" }\nimport near from local(\"near\")\nfs default() { lib.x; near.y; lib.z }\n",
        ),
        // One is beside the working directory, the other beside the program.
        (
            "lib/module.hlb",
            "import more from \"/sub/more.hlb\"\nimport deep from fs { local \"deep\" }\nexport x\nfs x() { more.m; deep.d }\n",
        ),
        ("lib/sub/more.hlb", "export m\nfs m() { scratch; nope }\n"),
        ("lib/deep/module.hlb", "export d\nfs d() { scratch }\n"),
        ("ci/near/module.hlb", "export y\nfs y() { scratch }\n"),
    ];
    let directory = Directory::new(&files);
    directory.run(&["check", "ci/build.hlb"]).check(expect![[r#"
        exit 1
        --- stderr
        error[HLB0205]: unknown name `z` in import `lib`
         --> ci/build.hlb:3:35
          |
        1 | import lib from fs { local "lib" }
          |        --- imported here
        2 | import near from local("near")
        3 | fs default() { lib.x; near.y; lib.z }
          |                                   ^
          |
         ::: lib/module.hlb:4:4
          |
        4 | fs x() { more.m; deep.d }
          |    - declared here
          |
          = help: did you mean `x`?

        error[HLB0201]: unknown name `nope`
         --> lib/sub/more.hlb:2:19
          |
        2 | fs m() { scratch; nope }
          |                   ^^^^

    "#]]);
    directory.run(&["check", "lib", "ci"]).check(expect![[r#"
        exit 1
        --- stderr
        error[HLB0201]: unknown name `nope`
         --> lib/sub/more.hlb:2:19
          |
        2 | fs m() { scratch; nope }
          |                   ^^^^

        error[HLB0205]: unknown name `z` in import `lib`
         --> ci/build.hlb:3:35
          |
        1 | import lib from fs { local "lib" }
          |        --- imported here
        2 | import near from local("near")
        3 | fs default() { lib.x; near.y; lib.z }
          |                                   ^
          |
         ::: lib/module.hlb:4:4
          |
        4 | fs x() { more.m; deep.d }
          |    - declared here
          |
          = help: did you mean `x`?

    "#]]);
    // One that nothing imports is read as at the root of its filesystem.
    directory.run(&["check", "lib"]).check(expect![[r#"
        exit 1
        --- stderr
        error[HLB0201]: unknown name `nope`
         --> lib/sub/more.hlb:2:19
          |
        2 | fs m() { scratch; nope }
          |                   ^^^^

    "#]]);
    directory.run(&["llb", "ci/build.hlb"]).check(expect![[r#"
        exit 1
        --- stderr
        error[HLB0205]: unknown name `z` in import `lib`
         --> ci/build.hlb:3:35
          |
        1 | import lib from fs { local "lib" }
          |        --- imported here
        2 | import near from local("near")
        3 | fs default() { lib.x; near.y; lib.z }
          |                                   ^
          |
         ::: lib/module.hlb:4:4
          |
        4 | fs x() { more.m; deep.d }
          |    - declared here
          |
          = help: did you mean `x`?

        error[HLB0201]: unknown name `nope`
         --> lib/sub/more.hlb:2:19
          |
        2 | fs m() { scratch; nope }
          |                   ^^^^

    "#]]);
}

#[test]
fn what_is_not_read_is_said_once() {
    let program = "import a from fs { image \"alpine\" }
import b from \"git+https://h.example/o/r\"
import c from fs { local \"gone\" }
import d from fs { local \".\" with includePatterns(\"*.hlb\") }
import e from fs { local \"gone/too\" }
fs default() { a.x; b.x; c.x; d.x; e.x }
";
    let directory = Directory::new(&[("a.hlb", program)]);
    directory.run(&["check", "a.hlb"]).check(expect![[r#"
        exit 0
        --- stderr
        note: 5 imports are read by builds only, and nothing of that was looked at: a.hlb:1:15, a.hlb:2:15, a.hlb:3:15 and 2 more
    "#]]);
    directory.run(&["check", "--format", "json", "a.hlb"]).check(expect![[r#"
        exit 0
        --- stderr
        note: 5 imports are read by builds only, and nothing of that was looked at: a.hlb:1:15, a.hlb:2:15, a.hlb:3:15 and 2 more
    "#]]);
}

#[test]
fn what_is_no_file_is_not_read() {
    let program = "import a from \"./pipe\"\nimport b from \"./lib\"\nfs default() { a.x; b.x }\n";
    let directory = Directory::new(&[("build.hlb", program), ("lib/x.hlb", "")]);
    let made = Command::new("mkfifo").arg(directory.path().join("pipe")).status();
    assert!(made.expect("mkfifo").success());
    directory.run(&["check", "build.hlb"]).check(expect![[r#"
        exit 1
        --- stderr
        error[HLB0105]: import `a`: it is a named pipe
         --> build.hlb:1:15
          |
        1 | import a from "./pipe"
          |               ^^^^^^^^

        error[HLB0105]: import `b`: it is a directory
         --> build.hlb:2:15
          |
        2 | import b from "./lib"
          |               ^^^^^^^

    "#]]);
}
