//! The codes of diagnostics: each is declared once, named once, in the list of its module, and has a page and a line in
//! the index of the pages.
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use hlb_syntax::diagnostic::Severity;

/// A declaration in the sources.
#[derive(Debug)]
struct Declared {
    id: String,
    name: String,
    severity: Severity,
    /// The comment above it, without the stop.
    doc: String,
    file: String,
}

#[test]
fn declared_codes_are_listed_and_unique() {
    let declared = declared();
    let listed: Vec<&str> = hlb_frontend::codes::codes().map(|code| code.id).collect();
    let mut wrong = Vec::new();
    let (mut ids, mut names) = (BTreeMap::new(), BTreeMap::new());
    for Declared { id, name, file, .. } in &declared {
        if id.len() != 7 || !id.starts_with("HLB") || !id[3..].bytes().all(|c| c.is_ascii_digit()) {
            wrong.push(format!("{file}: `{id}` is not of the form `HLB0000`"));
        }
        if !name.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-') {
            wrong.push(format!("{file}: `{name}` is not of the form `unknown-name`"));
        }
        for (what, seen) in [(id, &mut ids), (name, &mut names)] {
            if let Some(first) = seen.insert(what, file) {
                wrong.push(format!("`{what}` is declared in {first} and in {file}"));
            }
        }
        if !listed.contains(&id.as_str()) {
            wrong.push(format!(
                "{file}: {id} is not in the `CODES` of its module, or these are not in `codes::codes`"
            ));
        }
    }
    let mut seen = BTreeMap::new();
    for id in listed {
        if !declared.iter().any(|it| it.id == id) {
            wrong.push(format!("{id} is not found in the sources"));
        }
        if seen.insert(id, ()).is_some() {
            wrong.push(format!("{id} is listed twice"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A page is where a user looks first for a code, and it is the test of the code: see `testdata/README.md`.
#[test]
fn every_code_has_a_page() {
    let mut wrong = Vec::new();
    for code in hlb_frontend::codes::codes() {
        let (id, word) = (code.id, code.severity.word());
        let Ok(page) = fs::read_to_string(folder().join(format!("{id}.md"))) else {
            wrong.push(format!("docs/diagnostics/{id}.md is missing"));
            continue;
        };
        let heading = format!("# {id}: {}\n", code.name);
        if !page.starts_with(&heading) {
            wrong.push(format!(
                "docs/diagnostics/{id}.md does not begin with `{}`",
                heading.trim_end()
            ));
        }
        for part in ["\n## Wrong", "\n## Fixed"] {
            if !page.contains(part) {
                wrong.push(format!(
                    "docs/diagnostics/{id}.md has no heading `{}`",
                    part.trim_start()
                ));
            }
        }
        let said = format!("{word}[{id}]");
        if !page.lines().any(|line| line.contains(&said)) {
            wrong.push(format!("docs/diagnostics/{id}.md does not show {said}"));
        }
        let fixed = page.split("\n## Fixed").nth(1).unwrap_or_default();
        if fixed.contains("\n#~ ") {
            wrong.push(format!("docs/diagnostics/{id}.md has a note in what is fixed"));
        }
    }
    let known: Vec<&str> = hlb_frontend::codes::codes().map(|code| code.id).collect();
    for entry in fs::read_dir(folder()).expect("a folder") {
        let name = entry.expect("an entry").file_name().into_string().expect("a name");
        if name != "README.md" && !known.contains(&name.trim_end_matches(".md")) {
            wrong.push(format!("docs/diagnostics/{name} describes no code"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_index_lists_the_pages() {
    const ROW: &str = "| [HLB";
    let mut declared = declared();
    declared.sort_by(|a, b| a.id.cmp(&b.id));
    let rows = declared.iter().map(|it| {
        let (id, word) = (&it.id, it.severity.word());
        format!("| [{id}]({id}.md) | {} | {word} | {} |\n", it.name, it.doc)
    });
    let rows: String = rows.collect();
    let path = folder().join("README.md");
    let index = fs::read_to_string(&path).expect("an index");
    let lines = || index.split_inclusive('\n');
    let head: String = lines().take_while(|line| !line.starts_with(ROW)).collect();
    let written: String = lines().filter(|line| line.starts_with(ROW)).collect();
    let rest = lines().skip_while(|line| !line.starts_with(ROW));
    let tail: String = rest.skip_while(|line| line.starts_with(ROW)).collect();
    match written == rows {
        true => {}
        false if update() => fs::write(&path, format!("{head}{rows}{tail}")).expect("written"),
        false => {
            panic!("docs/diagnostics/README.md should list:\n{rows}\nUPDATE_EXPECT=1 does that.")
        }
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/diagnostics")
}

#[expect(clippy::disallowed_methods, reason = "the switch that rewrites it is the environment's")]
fn update() -> bool {
    std::env::var_os("UPDATE_EXPECT").is_some()
}

fn declared() -> Vec<Declared> {
    let mut declared = Vec::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    collect(&root.join("src"), &mut declared);
    for each in fs::read_dir(root.join("crates")).expect("the crates") {
        collect(&each.expect("a crate").path().join("src"), &mut declared);
    }
    assert!(declared.len() > 10, "{declared:?}");
    declared
}

fn collect(folder: &Path, found: &mut Vec<Declared>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("a source file");
            // Unit tests, which stand last in a file, declare codes of their own.
            let code = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or_default();
            found.extend(declarations(code, &path.display().to_string()));
        }
    }
}

/// What stands around each `Code::error(` and `Code::warning(`: the comment before it, and the two strings in it.
fn declarations(code: &str, file: &str) -> Vec<Declared> {
    let calls = [("Code::error(", Severity::Error), ("Code::warning(", Severity::Warning)];
    let found = calls.into_iter().flat_map(|(call, severity)| {
        code.match_indices(call).map(move |(at, _)| (at, at + call.len(), severity))
    });
    found
        .filter_map(|(at, inside, severity)| {
            let mut strings = code[inside..].split(')').next()?.split('"').skip(1);
            let (id, name) = (strings.next()?.to_owned(), strings.nth(1)?.to_owned());
            let above = code[..at].rsplit_once('\n').map_or("", |(above, _)| above);
            let doc = above.lines().rev().map_while(|line| line.strip_prefix("/// "));
            let doc: Vec<&str> = doc.collect();
            let doc = doc.into_iter().rev().collect::<Vec<_>>().join(" ");
            let doc = doc.trim_end_matches('.').to_owned();
            Some(Declared { id, name, severity, doc, file: file.to_owned() })
        })
        .collect()
}
