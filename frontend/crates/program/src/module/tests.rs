use std::sync::Arc;

use hlb_syntax::source::Sources;

use super::{Answer, ImportRequest, ImportSource, Loading, Modules, Root, Target, load};

/// A file of a root that stands for the key of a filesystem, or of the program for an empty one.
type Files = [(&'static str, &'static str, &'static str)];

fn program() -> Root {
    Root::Program { dir: "ci".into() }
}

fn filesystem(key: &str) -> Root {
    Root::Filesystem { key: key.into(), name: format!("fs-{key}").into() }
}

/// ResolveCache requests for files; an expression gives the filesystem that its text ends in, such as `f("k")` for `k`.
fn answer(files: &Files, sources: &Sources, request: &ImportRequest) -> Answer {
    let find = |key: &str, path: &str| {
        let file = files.iter().find(|(in_root, name, _)| *in_root == key && *name == path);
        file.map(|(_, _, text)| Arc::from(*text))
    };
    match &request.source {
        ImportSource::File { root, path } => {
            let key = match root {
                Root::Program { .. } => "",
                Root::Filesystem { key, .. } => key,
            };
            find(key, path).map_or(Answer::Missing, Answer::Text)
        }
        ImportSource::Git(_) => Answer::Unavailable,
        ImportSource::Computed(span) => {
            let text = sources.text(*span);
            let key = text.split('"').nth(1).unwrap_or_default();
            match find(key, "module.hlb") {
                _ if text.starts_with("string") => Answer::Uri(key.to_owned()),
                Some(text) => {
                    Answer::Filesystem { root: filesystem(key), path: "module.hlb".into(), text }
                }
                None => Answer::Missing,
            }
        }
    }
}

/// Loads `build.hlb` of the files; tells what was asked for, a line for each time that something was pending.
fn loaded(files: &Files) -> (Modules, Sources, String) {
    let mut sources = Sources::default();
    let mut loading = Loading::default();
    let text = files.iter().find(|(_, name, _)| *name == "build.hlb").map_or("", |file| file.2);
    loading.program(&mut sources, program(), "build.hlb", text.into());
    let mut asked = String::new();
    loop {
        let pending = loading.pending();
        if pending.is_empty() {
            return (loading.finish(), sources, asked);
        }
        for request in pending {
            asked += &match &request.source {
                ImportSource::File { root, path } => format!("{} ", root.display(path)),
                ImportSource::Git(uri) => format!("{} ", uri.path),
                ImportSource::Computed(span) => format!("{} ", sources.text(*span)),
            };
            let answer = answer(files, &sources, &request);
            loading.supply(&mut sources, request.id, answer);
        }
        asked.push('\n');
    }
}

fn errors(modules: &Modules, sources: &Sources) -> Vec<String> {
    let all = modules.iter().flat_map(|module| &module.errors);
    let place = |span: Option<_>| span.map_or("", |span| sources.text(span)).to_owned();
    all.map(|it| format!("{}: {}", place(it.span), it.message)).collect()
}

#[test]
fn a_depth_of_imports_is_one_round_and_a_file_one_request() {
    let (modules, sources, asked) = loaded(&[
        ("", "build.hlb", "import a from \"a.hlb\"\nimport b from \"lib/b.hlb\""),
        ("", "a.hlb", "import c from \"./lib/c.hlb\""),
        ("", "lib/b.hlb", "import c from \"c.hlb\"\nimport a from \"../a.hlb\""),
        ("", "lib/c.hlb", ""),
    ]);
    assert_eq!(asked, "ci/a.hlb ci/lib/b.hlb \nci/lib/c.hlb \n");
    assert_eq!(modules.len(), 4);
    assert_eq!(errors(&modules, &sources), [""; 0]);
    let names: Vec<_> = sources.iter().map(|(_, file)| file.name.to_string()).collect();
    assert_eq!(names, ["ci/build.hlb", "ci/a.hlb", "ci/lib/b.hlb", "ci/lib/c.hlb"]);
}

#[test]
fn a_missing_file_is_reported_by_each_importer() {
    let text = "import a from \"x.hlb\"\nimport b from \"./x.hlb\"";
    let (modules, sources, asked) = loaded(&[("", "build.hlb", text)]);
    assert_eq!(asked, "ci/x.hlb \n");
    assert_eq!(
        errors(&modules, &sources),
        [
            "\"x.hlb\": import `a`: no file `ci/x.hlb`",
            "\"./x.hlb\": import `b`: no file `ci/x.hlb`"
        ]
    );
}

#[test]
fn an_expression_waits_for_the_imports_that_it_needs() {
    let (modules, sources, asked) = loaded(&[
        (
            "",
            "build.hlb",
            "import a from helper(\"x\")\nimport b from b.f(\"b\")\nimport c from \"c.hlb\"\nimport d from c.f(\"d\")\nfs helper(string d) { through; d }\nfs through() { run \"x\" with option { mount scratch \"/\" as out } }",
        ),
        (
            "",
            "c.hlb",
            "import e from g(\"e\")\nfs f(string x) { out }\nfs g(string x) {}\nfs h() { copy e.x \"/\" \"/\" as out }",
        ),
        ("e", "module.hlb", ""),
        (
            "d",
            "module.hlb",
            "import f from \"sub/f.hlb\"\nimport g from \"/f.hlb\"\nimport up from \"../f.hlb\"",
        ),
        ("d", "sub/f.hlb", ""),
        ("d", "f.hlb", ""),
    ]);
    let rounds: Vec<_> = asked.lines().map(str::trim).collect();
    // `b` needs itself, which is for the checker to report.
    let expected =
        ["helper(\"x\") ci/c.hlb", "g(\"e\")", "c.f(\"d\")", "fs-d/sub/f.hlb fs-d/f.hlb"];
    assert_eq!(rounds, expected);
    assert_eq!(
        errors(&modules, &sources),
        [
            "helper(\"x\"): import `a`: no `module.hlb` at the root of the filesystem",
            "\"../f.hlb\": import `up`: `../f.hlb` leads out of its filesystem"
        ]
    );
    let build = modules.iter().next().unwrap();
    assert_eq!(build.target(build.import("b").unwrap()), Target::Unresolved);
    assert_eq!(build.target(build.import("a").unwrap()), Target::Failed);
}

#[test]
fn a_computed_string_is_a_uri() {
    let (modules, sources, asked) = loaded(&[
        (
            "",
            "build.hlb",
            "import a from string { \"a.hlb\" }\nimport b from \"a.hlb\"\nimport c from string { \"ftp://x\" }\nimport d from string { \"git://h/r\" }",
        ),
        ("", "a.hlb", ""),
    ]);
    let rounds: Vec<_> = asked.lines().map(str::trim).collect();
    let strings = "string { \"a.hlb\" } string { \"ftp://x\" } string { \"git://h/r\" }";
    assert_eq!(rounds, [&*strings.replacen("} ", "} ci/a.hlb ", 1), "r"]);
    assert_eq!(modules.len(), 2);
    let found = errors(&modules, &sources);
    assert!(found.len() == 1 && found[0].ends_with("found `ftp`"), "{found:?}");
}

#[test]
fn literals_in_every_form_are_paths() {
    let text =
        "import a from `a.hlb`\nimport b from <<-P\n\ta.hlb\nP\nimport c from \"${\"a\"}.hlb\"";
    let (modules, _, asked) = loaded(&[("", "build.hlb", text), ("", "a.hlb", "")]);
    assert_eq!(modules.len(), 2);
    assert_eq!(asked.lines().map(str::trim).collect::<Vec<_>>(), ["ci/a.hlb \"${\"a\"}.hlb\""]);
}

#[test]
fn what_an_expression_reaches_is_told() {
    let files: &Files = &[
        (
            "",
            "build.hlb",
            "import a from f(\"a\")\nimport c from \"c.hlb\"\nimport d from c.g\nfs f(string x) { x; h }\nfs x() {}\nfs h() {}\nfs h() {}\nfs other() {}",
        ),
        ("", "c.hlb", "export g\nfs g() { scratch }"),
    ];
    let mut sources = Sources::default();
    let mut loading = Loading::default();
    loading.program(&mut sources, program(), "build.hlb", files[0].2.into());
    let mut reached = Vec::new();
    loop {
        let pending = loading.pending();
        if pending.is_empty() {
            break;
        }
        for request in pending {
            let mut spans = request.reach.clone();
            spans.sort();
            reached.extend(spans.iter().map(|span| sources.text(*span).to_owned()));
            let answer = answer(files, &sources, &request);
            loading.supply(&mut sources, request.id, answer);
        }
    }
    // The parameter `x` is no function, and which `h` is meant nobody knows.
    let of_a = ["import a from f(\"a\")", "fs f(string x) { x; h }", "fs h() {}", "fs h() {}"];
    let of_d = ["import c from \"c.hlb\"", "import d from c.g", "fs g() { scratch }"];
    let trimmed: Vec<_> = reached.iter().map(|text| text.trim()).collect();
    assert_eq!(trimmed, [&of_a[..], &of_d].concat());
}

#[test]
fn a_repository_is_asked_for_once() {
    let (modules, sources, asked) = loaded(&[
        ("", "build.hlb", "import a from \"git://h/r:x/../a.hlb\"\nimport b from \"b.hlb\""),
        ("", "b.hlb", "import a from \"git://h/r:./a.hlb\"\nimport up from \"git://h/r:../a.hlb\""),
    ]);
    assert_eq!(asked, "r ci/b.hlb \n");
    let found = errors(&modules, &sources);
    assert!(found.len() == 1 && found[0].ends_with("leads out of its filesystem"), "{found:?}");
}

#[test]
fn filesystems_out_of_each_other_come_to_an_end() {
    let mut sources = Sources::default();
    let mut number = 0;
    let next: &str = "import next from fs { local \".\"; mkfile \"/x\" 0o644 \"\" }";
    let modules = load(&mut sources, program(), "build.hlb", next.into(), &mut |_| {
        number += 1;
        let root = filesystem(&number.to_string());
        Answer::Filesystem { root, path: "module.hlb".into(), text: next.into() }
    });
    assert_eq!(modules.len(), 33);
    let found = errors(&modules, &sources);
    assert!(found.len() == 1 && found[0].contains("more than 32 deep"), "{found:?}");
}

#[test]
fn what_can_not_be_had_is_no_error() {
    let mut sources = Sources::default();
    let text = "import a from fs { image \"x\" }\nimport b from \"b.hlb\"";
    let modules =
        load(
            &mut sources,
            program(),
            "build.hlb",
            text.into(),
            &mut |request| match request.source {
                ImportSource::File { .. } => Answer::Unreadable("permission denied".into()),
                _ => Answer::Unavailable,
            },
        );
    let build = modules.iter().next().unwrap();
    assert_eq!(build.target(build.import("a").unwrap()), Target::Unresolved);
    assert_eq!(errors(&modules, &sources), ["\"b.hlb\": import `b`: permission denied"]);
}

#[test]
fn long_chains_of_imports_take_no_stack() {
    let mut sources = Sources::default();
    let root = Root::Program { dir: "".into() };
    let next = |number: usize| format!("import next from \"{}.hlb\"", (number + 1) % 1_000);
    let modules = load(&mut sources, root, "0.hlb", next(0).into(), &mut |request| {
        let ImportSource::File { path, .. } = &request.source else { return Answer::Missing };
        let number = path.trim_end_matches(".hlb").parse().unwrap();
        Answer::Text(next(number).into())
    });
    assert_eq!(modules.len(), 1_000);
    let cycles = super::import_cycles(&modules);
    assert_eq!(cycles.len(), 1);
    assert!(cycles[0].labels.len() < 20);
}

#[test]
fn a_chain_of_imports_comes_to_an_end() {
    let mut sources = Sources::default();
    let root = Root::Program { dir: "".into() };
    let next = |number: usize| format!("import next from \"{}.hlb\"", number + 1);
    let modules = load(&mut sources, root, "0.hlb", next(0).into(), &mut |request| {
        let ImportSource::File { path, .. } = &request.source else { return Answer::Missing };
        Answer::Text(next(path.trim_end_matches(".hlb").parse().unwrap()).into())
    });
    assert_eq!(modules.len(), 1_001);
    let found = errors(&modules, &sources);
    assert!(found.len() == 1 && found[0].contains("more than 1000 deep"), "{found:?}");
}
