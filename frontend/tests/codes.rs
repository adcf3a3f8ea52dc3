//! Holds the codes of diagnostics: each once, named once, and in the list of its room.
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// A declaration in the sources: `(id, name, file)`.
type Declared = (String, String, String);

#[test]
fn declared_codes_are_listed_and_unique() {
    let mut declared = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut declared);
    assert!(declared.len() > 10, "{declared:?}");
    let listed: Vec<&str> = hlb_frontend::cli::codes().map(|code| code.id).collect();
    let mut wrong = Vec::new();
    let (mut ids, mut names) = (BTreeMap::new(), BTreeMap::new());
    for (id, name, file) in &declared {
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
                "{file}: {id} is not in the `CODES` of its room, or those not in `cli::codes`"
            ));
        }
    }
    let mut seen = BTreeMap::new();
    for id in listed {
        if seen.insert(id, ()).is_some() {
            wrong.push(format!("{id} is listed twice"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn collect(folder: &Path, found: &mut Vec<Declared>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("a source file");
            // Unit tests, which stand last in a file, declare codes of their own.
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            found.extend(declarations(code, &path.display().to_string()));
        }
    }
}

/// The two strings after each `Code::error(` and `Code::warning(`.
fn declarations(code: &str, file: &str) -> Vec<Declared> {
    let starts = ["Code::error(", "Code::warning("];
    let starts = starts.into_iter().flat_map(|start| code.match_indices(start));
    starts
        .filter_map(|(at, start)| {
            let mut strings = code[at + start.len()..].split(')').next()?.split('"').skip(1);
            let (id, name) = (strings.next()?, strings.nth(1)?);
            Some((id.to_owned(), name.to_owned(), file.to_owned()))
        })
        .collect()
}
