//! `docs/compatibility.md`: what a pipeline relies on, and the tests that hold it.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use super::checklist::ROWS;

/// A behavior.
pub struct Row {
    pub area: &'static str,
    pub behavior: &'static str,
    /// Each the file of a test, in the short form that [`path`] reads, and its name.
    pub tests: &'static [&'static str],
    /// What the tests leave out, or why there are none.
    pub note: &'static str,
}

/// What the first part of a test's file stands for, and where its tests run.
const PLACES: &[(&str, &str, Runs)] = &[
    ("e2e", "frontend/tests/e2e", Runs::Engines),
    ("wire", "frontend/tests/gateway", Runs::FakeDaemon),
    ("cli", "frontend/tests/cli", Runs::Alone),
    ("container", "frontend/crates/gateway/tests/containers", Runs::FakeDaemon),
    ("bridge", "frontend/crates/gateway/tests", Runs::FakeDaemon),
    ("proto", "gateway-proto/tests", Runs::FakeDaemon),
    ("proto-src", "gateway-proto/src", Runs::Alone),
    ("gateway", "frontend/crates/gateway/src", Runs::Alone),
    ("llb", "frontend/crates/llb/src", Runs::Alone),
    ("case", "", Runs::Alone),
];

/// What a test runs on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Runs {
    Engines,
    FakeDaemon,
    Alone,
}

impl Runs {
    fn shown(self) -> &'static str {
        match self {
            Self::Engines => "both engines",
            Self::FakeDaemon => "fake daemon",
            Self::Alone => "no daemon",
        }
    }
}

struct Test {
    path: String,
    name: &'static str,
    runs: Runs,
}

impl Test {
    fn of(text: &'static str) -> Self {
        let (file, name) = text.split_once(' ').expect("a file and a name");
        let (place, file) = file.split_once('/').expect("a place and a file");
        let found = PLACES.iter().find(|(name, ..)| *name == place);
        let (_, directory, runs) = *found.unwrap_or_else(|| panic!("no place `{place}`"));
        let path = match directory {
            "" => file.to_owned(),
            _ => format!("{directory}/{file}.rs"),
        };
        Self { path, name, runs }
    }

    /// Whether there is such a test: a function, a row of a list of tests, or the title of a case.
    fn exists(&self) -> bool {
        let text = fs::read_to_string(root().join(&self.path)).unwrap_or_default();
        let forms = [format!("fn {}(", self.name), format!("(\"{}\",", self.name)];
        let title = format!("# {}", self.name);
        forms.iter().any(|form| text.contains(form)) || text.lines().any(|line| line == title)
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

#[test]
fn each_behavior_has_its_tests_or_a_reason() {
    let mut wrong = Vec::new();
    for (index, row) in ROWS.iter().enumerate() {
        let missing = row.tests.iter().filter(|test| !Test::of(test).exists());
        wrong.extend(missing.map(|test| format!("row {}: no test `{test}`", index + 1)));
        if row.tests.is_empty() && row.note.is_empty() {
            wrong.push(format!("row {}: neither a test nor a reason", index + 1));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_page_of_compatibility_has_each() {
    let held = ROWS.iter().filter(|row| !row.tests.is_empty()).count();
    let mut printed = format!("\n{held} of {} behaviors are held by tests.\n", ROWS.len());
    let mut area = "";
    for (index, row) in ROWS.iter().enumerate() {
        if area != row.area {
            area = row.area;
            let head = "| | behavior | held by | on |\n| --- | --- | --- | --- |";
            write!(printed, "\n### {area}\n\n{head}\n").expect("written");
        }
        let tests: Vec<Test> = row.tests.iter().map(|test| Test::of(test)).collect();
        let links = tests.iter().map(|test| format!("[{}](../{})", test.name, test.path));
        let held: Vec<String> =
            links.chain([row.note.to_owned()]).filter(|text| !text.is_empty()).collect();
        let runs: BTreeSet<Runs> = tests.iter().map(|test| test.runs).collect();
        let runs: Vec<&str> = runs.into_iter().map(Runs::shown).collect();
        let (held, runs) = (held.join("; "), runs.join(", "));
        writeln!(printed, "| {} | {} | {held} | {runs} |", index + 1, row.behavior)
            .expect("written");
    }
    super::hold("compatibility.md", "## Behaviors\n", &printed);
}
