//! The properties of the fuzz targets, asserted for the seeds and for simple mutations of them. The mutations are
//! always the same, so that a failure can be reproduced. `hack/fuzz` searches further.
#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "../fuzz/bodies/mod.rs"]
mod bodies;
#[allow(dead_code, reason = "only reading is needed here")]
#[path = "cases/document.rs"]
mod document;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use bodies::check::NEXT_FILE;
use document::{Case, Document};

/// How many mutations of the seeds each target is run on.
const MUTATIONS: usize = 1500;

/// The longest text that is made.
const MAX_LEN: usize = 4096;

#[test]
fn lex() {
    hold(bodies::lex::lex);
}

#[test]
fn parse() {
    hold(bodies::parse::parse);
}

#[test]
fn format() {
    hold(bodies::format::format);
}

#[test]
fn line_ends() {
    hold(bodies::line_ends::line_ends);
}

#[test]
fn check() {
    hold(bodies::check::check);
}

/// Runs a body on every seed, then on mutations of them.
fn hold(body: fn(&str)) {
    let seeds = seeds();
    assert!(seeds.len() > 100, "the corpus and the cases are found");
    seeds.iter().for_each(|seed| run(body, seed));
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    for _ in 0..MUTATIONS {
        let mut text = dice.pick(&seeds).clone();
        for _ in 0..=dice.below(3) {
            dice.mutate(&mut text, &seeds);
        }
        run(body, &text);
    }
}

fn run(body: fn(&str), text: &str) {
    let done = catch_unwind(AssertUnwindSafe(|| body(text)));
    assert!(done.is_ok(), "does not hold for {text:?}");
}

/// The corpus of the fuzz targets, and the programs of the cases, each with the files that it may import.
fn seeds() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: PathBuf| fs::read_to_string(path).expect("a seed is text");
    let mut seeds: Vec<String> = files(&root.join("fuzz/corpus")).into_iter().map(read).collect();
    for path in files(&root.join("../testdata")) {
        let is_case = path.extension().is_some_and(|it| it == "md") && !path.ends_with("README.md");
        if is_case {
            let document = Document::parse(&read(path)).expect("a case file");
            seeds.extend(document.cases.iter().map(program).filter(|text| !text.is_empty()));
        }
    }
    seeds
}

/// The programs of a case, without their notes.
fn program(case: &Case) -> String {
    let blocks = case.blocks().filter(|block| block.kind() == "hlb");
    let files = blocks.map(|block| {
        let lines = block.text.split_inclusive('\n');
        lines.filter(|line| !line.starts_with("#~")).collect::<String>()
    });
    files.collect::<Vec<_>>().join(&NEXT_FILE[1..])
}

/// All files below a directory, sorted.
fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).expect("a directory of seeds");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    let below = |path: PathBuf| if path.is_dir() { files(&path) } else { vec![path] };
    paths.into_iter().flat_map(below).collect()
}

/// A xorshift generator (Marsaglia 2003, "Xorshift RNGs").
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize % end.max(1)
    }

    fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }

    /// An offset in a text where a character begins, or its end.
    fn offset(&mut self, text: &str) -> usize {
        let mut at = self.below(text.len() + 1);
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }

    /// A range of a text, mostly a short one.
    fn range(&mut self, text: &str) -> std::ops::Range<usize> {
        let start = self.offset(text);
        let longest = if self.below(4) == 0 { text.len() } else { 12 };
        let mut end = (start + self.below(longest)).min(text.len());
        while !text.is_char_boundary(end) {
            end += 1;
        }
        start..end
    }

    fn mutate(&mut self, text: &mut String, seeds: &[String]) {
        match self.below(5) {
            0 => text.replace_range(self.range(text), ""),
            1 => text.insert_str(self.offset(text), self.pick::<&str>(TOKENS)),
            2 => text.replace_range(self.range(text), self.pick::<&str>(TOKENS)),
            3 => {
                let part = text[self.range(text)].to_owned();
                text.insert_str(self.offset(text), &part);
            }
            _ => {
                let other = self.pick(seeds);
                let part = &other[self.range(other)];
                text.replace_range(self.range(text), part);
            }
        }
        let mut end = text.len().min(MAX_LEN);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
    }
}

/// What mutations insert: all that may begin or end something.
const TOKENS: &[&str] = &[
    "{",
    "}",
    "(",
    ")",
    "${",
    "\"",
    "`",
    "\n",
    "\r\n",
    "\r",
    "\t",
    " ",
    ",",
    ";",
    ".",
    "=",
    "#",
    "\\",
    "<<E",
    "<<-E",
    "<<~`E`",
    "E",
    "\nE\n",
    "with option {",
    " as x",
    " as (target x)",
    "import x from ",
    "export x\n",
    "variadic ",
    "binds (fs target)",
    "option::run",
    "fs { ",
    "string ",
    "default",
    "0o7",
    "0x",
    "12",
    "-1",
    "'x'",
    "true",
    "é",
    "\u{feff}",
    "\0",
    "\u{2028}",
    NEXT_FILE,
];
