//! `builtins`.

use expect_test::expect;

use crate::directory::Directory;

#[test]
fn the_builtins_of_a_name() {
    let directory = Directory::new(&[]);
    directory.run(&["builtins", "device"]).check(expect![[r#"
        exit 0
        --- stdout
        option::run device(string name)
            Gives the command a device of the daemon's machine, if there is such a device. The client may
            have to allow it, as in `--allow device=nvidia.com/gpu`.
            name: a CDI name, such as `nvidia.com/gpu=all`
            In a Dockerfile: `RUN --device=NAME`
            Needs BuildKit 0.20 or later (`exec.meta.cdi`)
            option::device required()
                Fails the build if the daemon's machine has no such device.
                In a Dockerfile: `RUN --device=NAME,required`
    "#]]);
    directory.run(&["builtins", "imge"]).check(expect![[r#"
        exit 2
        --- stderr
        hlb-frontend: unknown builtin `imge`
        help: did you mean `image`?
    "#]]);
    let all = directory.run(&["builtins", "--format", "json"]);
    let all: serde_json::Value = serde_json::from_str(&all.out).expect("JSON");
    assert!(all["builtins"].as_array().is_some_and(|all| all.len() > 100));
}
