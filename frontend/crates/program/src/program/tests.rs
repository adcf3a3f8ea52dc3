use std::fmt::Write;

use expect_test::{Expect, expect};
use hlb_syntax::source::{Sources, Span};

use super::Program;
use crate::builtin::{Builtins, Effect, Kind, Param, Signature};
use crate::check::check;
use crate::module::{Answer, Root, load};

static SIGNATURES: &[Signature] = &[
    Signature::new(Kind::Fs, "scratch", &[], ""),
    Signature::new(Kind::Fs, "run", const { &[Param::variadic("args", Kind::String, "")] }, ""),
    Signature::new(
        Kind::option("run"),
        "mount",
        const { &[Param::new("input", Kind::Fs, ""), Param::new("path", Kind::String, "")] },
        "",
    )
    .with_effects(const { &[Effect::new("target", Kind::Fs, "")] }),
];

const LIB: &str = "export tool\nfs tool(string version) { run \"get ${version}\" }\n";

const PROGRAM: &str = r#"import lib from "lib.hlb"
export out
fs default(string version, variadic option::run opts) {
	lib.tool version
	run "make ${version}" with option {
		opts
		mount lib.tool(version) "/lib" as out
	}
}
option::default fast() {}
fs other() binds (fs extra) {
	default "1" with option::default { fast }
	out "2"
	extra
}
"#;

fn checked() -> (Program, Sources) {
    let mut sources = Sources::default();
    let root = Root::Program { dir: "".into() };
    let modules =
        load(&mut sources, root, "build.hlb", PROGRAM.into(), &mut |_| Answer::Text(LIB.into()));
    let builtins: Builtins = SIGNATURES.iter().collect();
    let (program, errors) = check(&modules, &builtins);
    assert_eq!(errors, []);
    (program, sources)
}

/// A span as a person names it: file, line and column.
fn location(sources: &Sources, span: Span) -> String {
    let file = sources.file(span.file);
    let position = file.position(span.start);
    format!("{}:{}:{}", file.name, position.line, position.column)
}

fn expect_uses(name: &str, expected: Expect) {
    let (program, sources) = checked();
    let uses = program.uses();
    let mut text = String::new();
    for definition in program.modules().flat_map(|module| program.definitions(module)) {
        let declared = program.definition_name(definition).unwrap();
        if declared.text() != name {
            continue;
        }
        let mentions = uses.of(definition).iter().map(|span| {
            assert_eq!(sources.text(*span), name);
            location(&sources, *span)
        });
        let mentions = mentions.collect::<Vec<_>>().join(", ");
        writeln!(text, "{}: {mentions}", location(&sources, declared.span)).unwrap();
    }
    expected.assert_eq(&text);
}

#[test]
fn uses_of_imports_functions_and_aliases() {
    expect_uses(
        "lib",
        expect![[r#"
        build.hlb:1:8: build.hlb:4:2, build.hlb:7:9
    "#]],
    );
    expect_uses(
        "tool",
        expect![[r#"
        lib.hlb:2:4: build.hlb:4:6, build.hlb:7:13, lib.hlb:1:8
    "#]],
    );
    expect_uses(
        "default",
        expect![[r#"
        build.hlb:3:4: build.hlb:10:9, build.hlb:12:2, build.hlb:12:27
    "#]],
    );
    expect_uses(
        "fast",
        expect![[r#"
        build.hlb:10:17: build.hlb:12:37
    "#]],
    );
    expect_uses(
        "out",
        expect![[r#"
        build.hlb:7:37: build.hlb:2:8, build.hlb:13:2
    "#]],
    );
}

#[test]
fn uses_of_parameters_and_effects() {
    expect_uses(
        "version",
        expect![[r#"
        build.hlb:3:19: build.hlb:4:11, build.hlb:5:14, build.hlb:7:18
        lib.hlb:2:16: lib.hlb:2:38
    "#]],
    );
    expect_uses(
        "opts",
        expect![[r#"
        build.hlb:3:49: build.hlb:6:3
    "#]],
    );
    expect_uses(
        "extra",
        expect![[r#"
        build.hlb:11:22: build.hlb:14:2
    "#]],
    );
}

/// From each mention, and from the declaration, the same definition is found, at both ends of the name.
#[test]
fn definitions_are_found_at_every_mention() {
    let (program, _) = checked();
    let uses = program.uses();
    let mut count = 0;
    for module in program.modules() {
        for definition in program.definitions(module) {
            let declared = program.definition_name(definition).unwrap().span;
            for span in uses.of(definition).iter().copied().chain([declared]) {
                for offset in [span.start, span.end] {
                    assert_eq!(program.definition_at(span.file, offset), Some(definition));
                    count += 1;
                }
            }
        }
    }
    assert!(count > 40, "{count}");
    let module = program.main().unwrap();
    let run = PROGRAM.find("run \"make").unwrap() as u32;
    assert_eq!(program.definition_at(module.file, run), None);
}
