//! `docs/differences.md`: each of its rows names cases that show it, or tests.

use std::collections::BTreeSet;
use std::fs;

use libtest_mimic::Failed;

use crate::root;
use crate::suite::Suite;

const PAGE: &str = "docs/differences.md";
/// A link to a case or test: its name, then this and the file.
const LINK: &str = "](../";

pub fn each_row_names_cases() -> Result<(), Failed> {
    let suite = Suite::read()?;
    let cases: BTreeSet<(&str, &str)> =
        suite.cases().map(|(file, case)| (file, case.title.as_str())).collect();
    let text = fs::read_to_string(root().join(PAGE))?;
    let mut rows = 0;
    let mut wrong = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        if !line.starts_with('|') || line.starts_with("| ---") || line.starts_with("| Go ") {
            continue;
        }
        rows += 1;
        let named = links(line);
        if named.is_empty() {
            wrong.push(format!("{PAGE}:{number}: the row names nothing that shows it"));
        }
        for (file, title) in named {
            if !cases.contains(&(file, title)) && !is_test(file, title) {
                wrong.push(format!("{PAGE}:{number}: {file} has nothing called `{title}`"));
            }
        }
    }
    if rows == 0 {
        wrong.push(format!("{PAGE} has no rows"));
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

/// Whether a Rust file has a test of this name.
fn is_test(file: &str, name: &str) -> bool {
    file.ends_with(".rs")
        && fs::read_to_string(root().join(file))
            .is_ok_and(|text| text.contains(&format!("fn {name}(")))
}

/// The cases and tests that a row links to: file and name.
fn links(row: &str) -> Vec<(&str, &str)> {
    let starts = row.match_indices(LINK);
    starts
        .filter_map(|(at, _)| {
            let title = &row[row[..at].rfind('[')? + 1..at];
            let (file, _) = row[at + LINK.len()..].split_once(')')?;
            Some((file, title))
        })
        .collect()
}
