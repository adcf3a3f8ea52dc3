use std::fmt::Write;

use expect_test::{Expect, expect};
use hlb_syntax::diagnostic::Diagnostic;
use hlb_syntax::source::Sources;

use super::check;
use crate::builtin::{Builtins, Effect, Flow, Kind, Meaning, Origin, Param, Signature};
use crate::lint::lint as lint_program;
use crate::module::{Answer, ImportSource, Loading, Modules, Root, load};
use crate::program::{Callee, Item, Stmt};

static SIGNATURES: &[Signature] = &[
    Signature::new(Kind::Fs, "scratch", &[], ""),
    Signature::new(Kind::Fs, "image", const { &[PATH] }, ""),
    Signature::new(Kind::Fs, "dir", const { &[PATH] }, ""),
    Signature::new(Kind::Fs, "mkdir", const { &[PATH, MODE] }, ""),
    Signature::new(Kind::Fs, "run", const { &[ARGS] }, ""),
    Signature::new(Kind::Fs, "copy", const { &[INPUT] }, ""),
    Signature::new(Kind::option("run"), "dir", const { &[PATH] }, ""),
    Signature::new(Kind::Pipeline, "stage", const { &[PARTS] }, ""),
    Signature::new(Kind::option("run"), "mount", const { &[INPUT, PATH] }, "")
        .with_effects(const { &[Effect::new("target", Kind::Fs, "")] }),
    Signature {
        kind: Kind::option("run"),
        name: "newer",
        params: &[],
        effects: &[],
        doc: "",
        origin: Origin::Extension,
        dockerfile: None,
        flow: Flow::Continues,
        judges: None,
    },
];

const ARGS: Param = Param::variadic("args", Kind::String, "");
const INPUT: Param = Param::new("input", Kind::Fs, "");
const MODE: Param = Param::new("mode", Kind::Int, "");
const PARTS: Param = Param::variadic("parts", Kind::Pipeline, "");
const PATH: Param = Param::new("path", Kind::String, "");

fn builtins() -> Builtins {
    SIGNATURES.iter().collect()
}

fn program(dir: &str) -> Root {
    Root::Program { dir: dir.into() }
}

/// Loads `build.hlb` with its text and the text of `lib.hlb`.
fn loaded(text: &str, lib: &str) -> (Modules, Sources) {
    let mut sources = Sources::default();
    let modules =
        load(&mut sources, program(""), "build.hlb", text.into(), &mut |request| match &request
            .source
        {
            ImportSource::File { path, .. } if **path == *"lib.hlb" => Answer::Text(lib.into()),
            _ => Answer::Missing,
        });
    (modules, sources)
}

fn errors(modules: &Modules) -> Vec<Diagnostic> {
    check(modules, &builtins()).1
}

fn lint(modules: &Modules, builtins: &Builtins) -> Vec<Diagnostic> {
    lint_program(&check(modules, builtins).0, builtins)
}

/// What is found in a program, with labels and help: each with the text that it marks.
fn reported(text: &str, lib: &str) -> String {
    let (modules, sources) = loaded(text, lib);
    let mut reported = String::new();
    for Diagnostic { span, message, labels, help, .. } in errors(&modules) {
        let marked = span.map_or("", |span| sources.text(span));
        writeln!(reported, "{marked}: {message}").unwrap();
        for label in labels {
            let name = &sources.file(label.span.file).name;
            writeln!(reported, "  {name}: {}: {}", sources.text(label.span), label.text).unwrap();
        }
        for help in help {
            writeln!(reported, "  = {help}").unwrap();
        }
    }
    reported
}

fn expect_reported(text: &str, expected: Expect) {
    expected.assert_eq(&reported(text, "export x\nfs x(string a) { image a }\nfs hidden() {}"));
}

#[test]
fn suggestions() {
    expect_reported(
        "export bulid\nfs build() { mkae; iamge \"x\"; copy (ru) }\nfs make() {}\nstring mkie() { t }\n",
        expect![[r#"
            bulid: unknown name `bulid`
              build.hlb: build: declared here
              = did you mean `build`?
            mkae: unknown name `mkae`
              build.hlb: make: declared here
              = did you mean `make`?
            iamge: unknown name `iamge`
              = did you mean `image`?
            (: call of `copy` in parentheses as a statement
              = write `copy ru`
            ru: unknown name `ru`
              = did you mean `run`?
            t: unknown name `t`
        "#]],
    );
}

#[test]
fn suggestions_prefer_the_nearest_scope_then_the_alphabet() {
    expect_reported(
        "fs fa(fs fb) { fx }\nfs fc() { fx }\nfs fd() { fx }",
        expect![[r#"
        fx: unknown name `fx`
          build.hlb: fb: declared here
          = did you mean `fb`?
        fx: unknown name `fx`
          build.hlb: fa: declared here
          = did you mean `fa`?
        fx: unknown name `fx`
          build.hlb: fa: declared here
          = did you mean `fa`?
    "#]],
    );
}

#[test]
fn members() {
    expect_reported(
        "import lib from \"lib.hlb\"\nfs a() { lib; lib.y; lib.hidden; lbi.x; lib.x; a.x; image.x }",
        expect![[r#"
            lib: `lib` is an import and can't be called
              build.hlb: lib: imported here
              = write `lib.` and the name of what it exports
            y: unknown name `y` in import `lib`
              build.hlb: lib: imported here
              lib.hlb: x: declared here
              = did you mean `x`?
            hidden: `hidden` is not exported by `lib`
              lib.hlb: hidden: declared here
              build.hlb: lib: imported here
              = write `export hidden` in the imported module
            lbi: unknown name `lbi`
              build.hlb: lib: declared here
              = did you mean `lib`?
            lib.x: call of `lib.x`: expected 1 argument, found 0
              lib.hlb: x: declared here
              = write `lib.x <a>`
            .x: `a` is no import and has no members
              build.hlb: a: declared here
            .x: `image` is no import and has no members
        "#]],
    );
}

#[test]
fn defaults() {
    expect_reported(
        "fs a(string p = q, string q = \"x\", string r) { image r }",
        expect![[r#"
        q: unknown name `q`
          build.hlb: q: declared here, to the right
          = move `q` to the left of the parameter whose default needs it
        r: parameter `r` without a default, after one with a default
          build.hlb: p: this one has a default
          = give `r` a default, or move it left
    "#]],
    );
    expect_reported(
        "fs b(variadic string p = \"x\") binds (fs e = b) {}",
        expect![[r#"
            "x": parameter `p`: a variadic one has no default
              = remove the default
            b: effect `e`: an effect has no default
              = remove the default
        "#]],
    );
}

#[test]
fn kinds() {
    expect_reported(
        "pipeline p() { image \"x\" }\nfs f() { dir 7; mkdir \"/\" \"0755\"; mkdir \"/\" \"12\"; run \"x\" with mount(f, \"/\"); mount f \"/\" }\nfz g() {}\noption::rnu h() {}\nwhatever i() {}",
        expect![[r#"
            image: call of `image`: expected `pipeline`, found `fs`
              = write `stage image(…)`
            7: parameter `path` of `dir`: expected `string`, found `int`
              = write `"7"` for a string
            "0755": parameter `mode` of `mkdir`: expected `int`, found `string`
              = write `0o755` for an octal number
            "12": parameter `mode` of `mkdir`: expected `int`, found `string`
              = write `12` without quotes
            f: `f` needs itself
              = remove one of the calls of this cycle
            mount: call of `mount`: expected `fs`, found `option::run`
              = write `mount` in the options of a call: `run … with mount`
            f: `f` needs itself
              = remove one of the calls of this cycle
            fz: unknown kind `fz`
              = did you mean `fs`?
            rnu: kind `option::rnu`: unknown name `rnu`
              = did you mean `option::run`?
            whatever: unknown kind `whatever`
              = write `bool`, `fs`, `int`, `option`, `option::NAME`, `pipeline` or `string`
        "#]],
    );
}

#[test]
fn arity() {
    expect_reported(
        "fs f(string a, string b = \"x\") { mkdir; f; f 1 2 3 }",
        expect![[r#"
            mkdir: call of `mkdir`: expected 2 arguments, found 0
              = write `mkdir <path> <mode>`
            f: `f` needs itself
              = remove one of the calls of this cycle
            f: call of `f`: expected 1 or 2 arguments, found 0
              build.hlb: f: declared here
              = write `f <a> [<b>]`
            f: `f` needs itself
              = remove one of the calls of this cycle
            3: call of `f`: expected 1 or 2 arguments, found 3
              build.hlb: f: declared here
              = write `f <a> [<b>]`
        "#]],
    );
}

#[test]
fn declarations() {
    expect_reported(
        "import a from \"lib.hlb\"\nfs a() {}\nstring mount() {}\nfs p(string q, string q, variadic fs r, fs s) {}\nexport run",
        expect![[r#"
            a: `a` is declared more than once
              build.hlb: a: first declared here
            mount: `mount` is the name of a builtin of kind `option::run`
              = choose another name
            q: parameter `q` is declared more than once
              build.hlb: q: first declared here
            variadic: parameter `r`: only the last one can be variadic
              = move `r` to the end
            run: export `run`: a builtin can't be exported
              = remove the `export`; a builtin is in scope in every module
        "#]],
    );
}

#[test]
fn binds() {
    expect_reported(
        "fs f(option::run o) {\n run \"x\" with option { mount f \"/\" as; mount f \"/\" as (tagret a) }\n copy fs { run with option { mount f \"/\" as b } } as c\n f option { mount f \"/\" as d }\n}",
        expect![[r#"
            f: call of `f`: expected 1 argument, found 0
              build.hlb: f: declared here
              = write `f(<o>)`
            as: `as` without a name to bind
              = write `as NAME`, or `as (EFFECT NAME)`
            f: call of `f`: expected 1 argument, found 0
              build.hlb: f: declared here
              = write `f(<o>)`
            tagret: effect of `mount`: expected `target`, found `tagret`
              = did you mean `target`?
            f: `f` needs itself
              = remove one of the calls of this cycle
            f: call of `f`: expected 1 argument, found 0
              build.hlb: f: declared here
              = write `f(<o>)`
            as: `copy` has no effect that `as` could bind
              = declare `fs c() { copy … }` to name its result
            f: `f` needs itself
              = remove one of the calls of this cycle
            f: `f` needs itself
              = remove one of the calls of this cycle
            f: call of `f`: expected 1 argument, found 0
              build.hlb: f: declared here
              = write `f(<o>)`
            as: `as` in a block that belongs to no function's body
              build.hlb: option: this block
              = move the call into a function of its own
        "#]],
    );
}

#[test]
fn cycles() {
    expect_reported(
        "fs a() { b }\nfs b() { copy c }\nfs c() { run with option { mount a \"/\" as out } }\nfs d() { out }\nfs e() { e }",
        expect![[r#"
            a: `c` needs `a`, which leads back to it
              build.hlb: b: `a` needs `b`
              build.hlb: c: `b` needs `c`
              = remove one of the calls of this cycle
            e: `e` needs itself
              = remove one of the calls of this cycle
        "#]],
    );
    expect_reported(
        "import me from \"build.hlb\"\nimport up from \"../lib/x.hlb\"\nimport x from \"s3://x\"\nimport git from \"git://x\"",
        expect![[r#"
            "build.hlb": import `me`: `build.hlb` imports itself
              = move what both need into a module of its own
            "../lib/x.hlb": import `up`: `../lib/x.hlb` leads out of the program's directory
              = write `import up from fs { local "lib" }` to import `lib/module.hlb` from the build context
            "s3://x": import `x`: expected a path or the scheme `file`, `git`, `git+https` or `git+ssh`, found `s3`
              = write `from fs { … }` for a filesystem with a `module.hlb` at its root
            "git://x": import `git`: expected a path after the host
              = write `git+https://host/path@ref:file.hlb`, or without `@ref` and `:file.hlb`
        "#]],
    );
}

#[test]
fn callees_are_resolved() {
    let text = "import lib from \"lib.hlb\"\nfs f(string image) {\n image \"x\"\n dir \"x\"\n out\n lib.x\n \
                parallel f\n newer\n breakpoint\n}\nfs newer() { run \"x\" with option { mount f \"/\" as out } }";
    let (modules, _) = loaded(text, "export x\nfs x() {}");
    let (program, _) = check(&modules, &builtins());
    let module = program.main().unwrap();
    let Some(Item::Function(id)) = module.lookup("f") else { panic!("no `f`") };
    let mut resolved = String::new();
    for stmt in &program.function(id).body.as_ref().unwrap().stmts {
        let Stmt::Call(call) = stmt else { continue };
        let what = match &call.callee {
            Callee::Param(index) => format!("parameter {index}"),
            Callee::Effect(_) => "effect".to_owned(),
            Callee::Function(id) => {
                let function = program.function(*id);
                format!("{} {}", function.name, function.module.index())
            }
            Callee::Alias(id) => {
                let alias = program.alias(*id);
                format!("{} in {}", alias.name, program.function(alias.function).name)
            }
            Callee::Builtin(signature) => format!("{} {}", signature.kind, signature.name),
            Callee::Breakpoint(kind) => format!("breakpoint {kind}"),
            Callee::Unavailable(_) | Callee::Error => "unknown".to_owned(),
        };
        writeln!(resolved, "{what}").unwrap();
    }
    expect![[r#"
        parameter 0
        fs dir
        out in newer
        x 1
        pipeline stage
        newer 0
        breakpoint fs
    "#]]
    .assert_eq(&resolved);
}

#[test]
fn a_file_that_is_loaded_twice_is_reported_once() {
    let mut sources = Sources::default();
    let mut loading = Loading::default();
    let text = "import b from \"lib/b.hlb\"\nfs a() { b.x }";
    loading.program(&mut sources, program(""), "a.hlb", text.into());
    let lib = "export x\nfs x() { nope }";
    loading.program(&mut sources, program("lib"), "b.hlb", lib.into());
    for request in loading.pending() {
        loading.supply(&mut sources, request.id, Answer::Text(lib.into()));
    }
    let modules = loading.finish();
    assert_eq!(modules.len(), 3);
    assert_eq!(errors(&modules).len(), 1);
}

/// Calls that are as many as a generated program may have, each function calling the next.
fn large(functions: usize, stmts: usize) -> String {
    let mut text = String::from("fs f0() { scratch }\n");
    for number in 1..functions {
        writeln!(text, "fs f{number}(string a = \"x\") {{").unwrap();
        writeln!(text, "\tf{}", number - 1).unwrap();
        for _ in 1..stmts {
            text.push_str("\trun \"a ${a}\" a with option { dir \"/x\"; mount scratch \"/\" }\n");
        }
        text.push_str("}\n");
    }
    text
}

#[test]
fn long_chains_of_calls_take_no_stack() {
    let text = large(20_000, 1);
    let (modules, _) = loaded(&text, "");
    assert_eq!(errors(&modules), []);
    let text = text.replace("fs f0() { scratch }", "fs f0() { f19999 }");
    let (modules, _) = loaded(&text, "");
    let found = errors(&modules);
    assert_eq!(found.len(), 1);
    assert!(found[0].labels.len() < 20);
}

#[test]
fn suggestions_stop_when_there_are_too_many_errors() {
    let mut text = String::from("fs scratched() {}\n");
    for number in 0..2_000 {
        writeln!(text, "fs g{number}() {{ scrtach }}").unwrap();
    }
    let (modules, _) = loaded(&text, "");
    let found = errors(&modules);
    assert_eq!(found.len(), 2_000);
    assert!(!found[0].help.is_empty() && found[1_999].help.is_empty());
}

#[test]
fn lints_look_only_at_the_program() {
    let mut sources = Sources::default();
    let text = "import a from fs { image \"x\" }\nfs default() { a.x }";
    let modules = load(&mut sources, program(""), "build.hlb", text.into(), &mut |_| {
        let root = Root::Filesystem { key: "k".into(), name: "x".into() };
        let text = "group x(string unused) {}".into();
        Answer::Filesystem { root, path: "module.hlb".into(), text }
    });
    assert_eq!(modules.len(), 2);
    assert_eq!(lint(&modules, &builtins()), []);
}

/// A cache of this program that an imported module mounts as something else is a warning about this program, and two
/// modules of others that collide are none of its business.
#[test]
fn caches_of_modules_from_elsewhere_collide_with_ours() {
    static CACHE_MOUNT: Signature = Signature::new(
        Kind::option("run"),
        "cacheMount",
        const { &[Param::new("path", Kind::String, "").about(Meaning::CacheMountPoint)] },
        "",
    );
    static ID: Signature = Signature::new(
        Kind::option("cacheMount"),
        "id",
        const { &[Param::new("id", Kind::String, "").about(Meaning::CacheId)] },
        "",
    );
    let builtins: Builtins = SIGNATURES.iter().chain([&CACHE_MOUNT, &ID]).collect();
    let program_of = |id: &str, path: &str| {
        format!(
            "export x\nfs x() {{ run \"x\" with option {{ cacheMount \"{path}\" with id(\"{id}\"); }}; }}"
        )
    };
    let lints = |own: &str| {
        let imports = "import a from fs { image \"a\" }\nimport b from fs { image \"b\" }";
        let text = format!("{imports}\n{own}\nfs default() {{ copy a.x; copy b.x; }}");
        let mut sources = Sources::default();
        let mut number = 0;
        let modules = load(&mut sources, program(""), "build.hlb", text.into(), &mut |_| {
            number += 1;
            let name = format!("{number}");
            let root = Root::Filesystem { key: name.as_str().into(), name: name.as_str().into() };
            let text = program_of("id", &format!("/{number}")).into();
            Answer::Filesystem { root, path: "module.hlb".into(), text }
        });
        assert_eq!(modules.len(), 3);
        let found = lint(&modules, &builtins);
        let place = |span: hlb_syntax::source::Span| {
            format!("{}: {}", sources.file(span.file).name, sources.text(span))
        };
        let place_of = |it: &Diagnostic| (it.span.map(place), it.labels[0].span);
        found
            .iter()
            .map(place_of)
            .map(|(own, other)| (own.unwrap(), place(other)))
            .collect::<Vec<_>>()
    };
    assert_eq!(lints(""), []);
    assert_eq!(lints(&program_of("other", "/3")), []);
    let place = |file: &str| format!("{file}: \"id\"");
    let collision = [(place("build.hlb"), place("1/module.hlb"))];
    assert_eq!(lints(&program_of("id", "/3")), collision);
    // The first means the same as ours.
    let collision = [(place("build.hlb"), place("2/module.hlb"))];
    assert_eq!(lints(&program_of("id", "/elsewhere/1")), collision);
}
