//! Runs the cases of `testdata`, `docs/diagnostics`, `docs/caching.md`, `docs/tool-caches.md` and
//! `docs/from-a-dockerfile.md`: Markdown files, a test each, whose form `testdata/README.md` says.
//! The trials called `suite` hold what is true of all cases together.
//!
//! A file is run by writing it anew from what its programs give; it is right if that is what it says. Start at [`run`].

mod appendix;
mod builtins;
mod differences;
mod document;
mod evaluation;
mod note;
mod outcome;
mod plan;
mod runner_tests;
mod suite;

use std::fs;
use std::path::{Path, PathBuf};

use document::{Case, Document};
use hlb_frontend::cli::diff;
use libtest_mimic::{Arguments, Failed, Trial};
use note::Detail;
use outcome::{Outcome, Stage};

/// The folders and files of cases, and how far their programs are taken.
const FOLDERS: [(&str, Stage, Detail); 10] = [
    ("testdata/syntax", Stage::Parse, Detail::Message),
    ("testdata/fmt", Stage::Parse, Detail::Message),
    ("testdata/check", Stage::Check, Detail::Message),
    ("testdata/suggest", Stage::Evaluate, Detail::All),
    ("testdata/lint", Stage::Lint, Detail::Message),
    ("testdata/eval", Stage::Evaluate, Detail::Message),
    ("docs/diagnostics", Stage::All, Detail::All),
    ("docs/caching.md", Stage::All, Detail::Message),
    ("docs/tool-caches.md", Stage::All, Detail::Message),
    ("docs/from-a-dockerfile.md", Stage::All, Detail::Message),
];

/// Kinds of blocks that are for readers only.
const PROSE: [&str; 7] = ["", "console", "dockerfile", "json", "sh", "text", "yaml"];

fn main() {
    let arguments = Arguments::from_args();
    let mut trials = runner_tests::trials();
    trials.extend([
        Trial::test("suite/each_case_of_the_appendix", appendix::each_is_a_case),
        Trial::test("suite/uses_of_builtins", builtins::each_has_a_right_and_a_wrong_use),
        Trial::test("suite/builtins_to_come", builtins::each_without_a_lowering_says_so),
        Trial::test("suite/capabilities", builtins::each_that_needs_a_capability_says_so),
        Trial::test("suite/parameters", builtins::each_parameter_is_checked_or_takes_anything),
        Trial::test("suite/differences", differences::each_row_names_cases),
    ]);
    for (folder, stage, detail) in FOLDERS {
        let mut files = Vec::new();
        case_files(&root().join(folder), &mut files);
        trials.extend(files.into_iter().map(|path| {
            let name = path.strip_prefix(root()).unwrap_or(&path).display().to_string();
            Trial::test(name.clone(), move || run_file(&path, &name, stage, detail))
        }));
    }
    libtest_mimic::run(&arguments, trials).exit();
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// All Markdown files of a folder but the `README.md`s, sorted, or the one file; none if there is neither.
fn case_files(folder: &Path, found: &mut Vec<PathBuf>) {
    if folder.is_file() {
        found.push(folder.to_owned());
    }
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            case_files(&path, found);
        } else if path.extension().is_some_and(|it| it == "md") && !path.ends_with("README.md") {
            found.push(path);
        }
    }
}

fn run_file(path: &Path, name: &str, stage: Stage, detail: Detail) -> Result<(), Failed> {
    let written = fs::read_to_string(path)?;
    let actual = run(&written, stage, detail)?;
    if written == actual {
        return Ok(());
    }
    if update() {
        fs::write(path, actual)?;
        return Ok(());
    }
    let diff = diff::unified(name, &written, &actual);
    let command = format!("UPDATE_EXPECT=1 cargo test -p hlb-frontend --test cases -- {name}");
    Err(format!("{diff}\nIf that is right: {command}").into())
}

#[expect(
    clippy::disallowed_methods,
    reason = "the switch that rewrites cases is the environment's"
)]
fn update() -> bool {
    std::env::var_os("UPDATE_EXPECT").is_some()
}

/// The text of a case file as it would have to be, by what its programs give today.
fn run(written: &str, stage: Stage, detail: Detail) -> Result<String, String> {
    let mut document = Document::parse(written)?;
    if let Some(block) = document.stray().find(|block| !PROSE.contains(&block.kind())) {
        return Err(format!("line {}: a block before the first heading", block.line));
    }
    let mut cases = 0;
    for case in &mut document.cases {
        if case.blocks().all(|block| PROSE.contains(&block.kind())) {
            continue;
        }
        cases += 1;
        let outcome = outcome::outcome(case, stage)
            .map_err(|error| format!("line {}: {}: {error}", case.line, case.title))?;
        rewrite(case, &outcome, detail)
            .map_err(|error| format!("line {}: {}: {error}", case.line, case.title))?;
    }
    // A page may be about what no program has to do with; then a test that builds holds it.
    if cases == 0 && stage != Stage::All {
        return Err("no case: a heading with a `hlb` block below it".to_owned());
    }
    Ok(document.to_string())
}

/// Writes what was found into the blocks of a case.
fn rewrite(case: &mut Case, outcome: &Outcome, detail: Detail) -> Result<(), String> {
    let mut files = outcome.files.iter().enumerate();
    for block in case.blocks_mut() {
        if block.kind() == "hlb" {
            let Some((index, id)) = files.next() else { continue };
            // What has no place stands in the first file.
            let found = outcome.found.iter().filter(|it| index == 0 || it.span.is_some());
            let found: Vec<_> = found.cloned().collect();
            let program = note::cut(&block.text);
            let file = outcome.sources.file(*id);
            block.replace(&note::annotate(&program, *id, file, &found, detail));
        } else if !evaluation::GIVEN.contains(&block.kind()) && !PROSE.contains(&block.kind()) {
            let actual = outcome.blocks.get(&block.info);
            let actual = actual.ok_or_else(|| {
                format!("line {}: no `{}` block can be had here", block.line, block.info)
            })?;
            block.replace(actual);
        }
    }
    let known = |id| outcome.files.contains(&id);
    match outcome.found.iter().find(|it| it.span.is_some_and(|span| !known(span.file))) {
        None => Ok(()),
        Some(it) => Err(format!("a diagnostic in a file that is none of the case's: {it:?}")),
    }
}
