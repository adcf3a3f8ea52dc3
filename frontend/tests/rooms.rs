//! Holds every room to the table of rooms in `ARCHITECTURE.md`.
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// What every room may use.
const OPEN: [&str; 2] = ["source", "diagnostic"];

/// What a pure room does not mention.
const IMPURE: [&str; 9] = [
    "std::fs",
    "std::env",
    "std::net",
    "std::process",
    "std::thread",
    "std::time::SystemTime",
    "std::time::Instant",
    "async ",
    "tokio::",
];

#[test]
fn rooms_use_what_the_table_allows() {
    let table = table();
    let mut wrong = Vec::new();
    for (room, files) in rooms() {
        let Some(allowed) = table.get(&room) else {
            wrong.push(format!("`{room}` is not in the table of rooms"));
            continue;
        };
        for file in files {
            for used in uses(&read(&file)) {
                let fine = used == room
                    || OPEN.contains(&used.as_str()) && room != "source"
                    || allowed.contains("all")
                    || allowed.contains(&used);
                if !fine {
                    wrong.push(format!("{}: `{room}` may not use `{used}`", file.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "see `ARCHITECTURE.md`, \"Rooms\":\n{}", wrong.join("\n"));
}

#[test]
fn pure_rooms_are_pure() {
    let text = architecture();
    let line = text.lines().find(|line| line.starts_with("Pure are")).expect("a line on purity");
    let pure: BTreeSet<&str> = backticked(line.split(':').next().unwrap_or_default()).collect();
    assert!(pure.len() > 3, "{line}");
    let mut wrong = Vec::new();
    for (room, files) in rooms().into_iter().filter(|(room, _)| pure.contains(room.as_str())) {
        for file in files.into_iter().filter(|file| !is_test(file)) {
            let text = read(&file);
            // Unit tests, which stand last in a file or in one of their own, may do as they like.
            let text = text.split("#[cfg(test)]").next().unwrap_or_default();
            let code = code(text);
            let found = IMPURE.into_iter().filter(|word| code.contains(word));
            wrong.extend(
                found.map(|word| format!("{}: `{room}` is pure: `{word}`", file.display())),
            );
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn uses_are_found_in_every_form() {
    let found = uses(
        "use crate::{check::{Scope, self}, module};\nfn f() { crate::eval::run() } // crate::no\n",
    );
    assert_eq!(found, ["check", "eval", "module"].map(str::to_owned).into());
    assert_eq!(uses("use gateway_proto::pb;"), ["gateway_proto".to_owned()].into());
    assert_eq!(uses("/// [`crate::cli`]\nuse crate::llb;"), ["llb".to_owned()].into());
}

/// What each room may use.
fn table() -> BTreeMap<String, BTreeSet<String>> {
    let text = architecture();
    let rows = text.lines().skip_while(|line| !line.starts_with("| room |")).skip(2);
    let table: BTreeMap<_, _> = rows
        .take_while(|line| line.starts_with('|'))
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split('|').collect();
            let [room, _, uses] = cells[..] else { panic!("a row of three cells: {line}") };
            let room = backticked(room).next().expect("a room in backticks");
            let all = (uses.trim() == "all").then_some("all");
            (room.to_owned(), backticked(uses).chain(all).map(str::to_owned).collect())
        })
        .collect();
    assert!(table.len() > 3, "no table of rooms in `ARCHITECTURE.md`");
    table
}

/// Every folder of `src` with its files.
fn rooms() -> BTreeMap<String, Vec<PathBuf>> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut rooms = BTreeMap::new();
    for entry in fs::read_dir(&source).expect("the sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let mut files = Vec::new();
            rust_files(&path, &mut files);
            rooms.insert(name, files);
        }
    }
    rooms
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn is_test(file: &Path) -> bool {
    let inside = file.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap_or(file);
    inside.components().any(|part| part.as_os_str() == "tests" || part.as_os_str() == "tests.rs")
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn architecture() -> String {
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../ARCHITECTURE.md"))
}

fn backticked(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// A file without its comments.
fn code(text: &str) -> String {
    let lines = text.lines().map(|line| line.split("//").next().unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}

/// The rooms that a file names, and `gateway_proto`.
fn uses(text: &str) -> BTreeSet<String> {
    let code = code(text);
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        if code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let rest = &code[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            None => found.extend(word(rest)),
            Some(list) => found.extend(first_level(list)),
        }
    }
    if code.contains("gateway_proto::") {
        found.insert("gateway_proto".to_owned());
    }
    found
}

/// The first words of the parts of a `{ … }` list, whose opening brace is gone.
fn first_level(list: &str) -> Vec<String> {
    let mut depth = 1;
    let mut words = Vec::new();
    let mut start = Some(0);
    for (at, c) in list.char_indices() {
        if let Some(from) = start.filter(|_| !c.is_whitespace()) {
            words.extend(word(list[from..].trim_start()));
            start = None;
        }
        match c {
            '{' => depth += 1,
            '}' if depth == 1 => break,
            '}' => depth -= 1,
            ',' if depth == 1 => start = Some(at + 1),
            _ => {}
        }
    }
    words
}

fn word(text: &str) -> Option<String> {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    let word = &text[..end];
    // Items of the crate's root, of which there are none but rooms, begin in lower case too.
    (!word.is_empty() && word != "self").then(|| word.to_owned())
}
