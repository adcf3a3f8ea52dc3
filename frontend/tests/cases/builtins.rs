//! The builtins: each has a case with a right and a wrong use, and one that says so where it can't be evaluated yet.
//!
//! The heading of such a case is the signature, so a signature can't change unseen.

use std::collections::BTreeSet;

use hlb_eval::{Builtin, Lower, registry};
use hlb_program::builtin::{Kind, Signature};
use libtest_mimic::Failed;

use crate::document::Case;
use crate::suite::Suite;

/// The folder of these cases; each of its headings is a signature.
const FOLDER: &str = "testdata/check/builtins/";

/// The parameters of which any value is right, for what they say is for other programs to understand, and that of
/// `cacheTo`, which nothing reads yet.
const TAKES_ANYTHING: &[&str] = &[
    "fs cmd.arg",
    "fs copy.dst",
    "fs copy.src",
    "fs dockerfile.stage",
    "fs entrypoint.arg",
    "fs env.value",
    "fs healthcheck.arg",
    "fs label.value",
    "fs mkdir.path",
    "fs mkfile.content",
    "fs run.arg",
    "fs shell.arg",
    "option::cached cacheFromFS.tag",
    "option::cached cacheTo.spec",
    "option::copy requiredPaths.path",
    "option::dockerfile buildArg.value",
    "option::frontend opt.value",
    "option::mount sourcePath.path",
    "option::run env.value",
    "option::run forward.src",
    "option::secret version.text",
    "option::ssh localPaths.path",
    "option::template stringField.name",
    "option::template stringField.value",
    "string format.formatString",
    "string format.values",
    "string localEnv.key",
    "string localRun.args",
    "string localRun.command",
];

pub fn each_has_a_right_and_a_wrong_use() -> Result<(), Failed> {
    let suite = Suite::read()?;
    let cases: Vec<&Case> =
        suite.cases().filter(|(file, _)| file.starts_with(FOLDER)).map(|(_, case)| case).collect();
    let mut titles: BTreeSet<&str> = BTreeSet::new();
    let mut wrong = Vec::new();
    for case in &cases {
        if !titles.insert(&case.title) {
            wrong.push(format!("two cases of {FOLDER} are called `{}`", case.title));
        }
    }
    for signature in registry().builtins.iter() {
        let title = signature.to_string();
        titles.remove(&*title);
        let Some(case) = cases.iter().find(|case| case.title == title) else {
            wrong.push(format!("no case of {FOLDER} is called `{title}`"));
            continue;
        };
        let uses = Uses::of(case, signature);
        if !uses.right {
            wrong.push(format!("{title}: no use that is right"));
        }
        if !uses.wrong {
            wrong.push(format!("{title}: no use that is wrong"));
        }
    }
    wrong.extend(titles.iter().map(|title| format!("no builtin has the signature `{title}`")));
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

/// The builtins that a build can't evaluate yet: exports of images and of caches, and caches out of a filesystem.
const TO_COME: &[&str] = &["cacheTo", "dockerPush"];

pub fn each_without_a_lowering_says_so() -> Result<(), Failed> {
    let rows = registry().builtins.iter().filter_map(|signature| registry().row(signature));
    let unsupported = rows.filter(|row| matches!(row.lower, Lower::Unsupported));
    let found: BTreeSet<&str> = unsupported.map(|row| row.signature.name).collect();
    if !found.iter().eq(TO_COME) {
        return Err(format!("expected no lowering of {TO_COME:?}, found none of {found:?}").into());
    }
    each_is_shown("HLB0302", |row| matches!(row.lower, Lower::Unsupported))
}

pub fn each_that_needs_a_capability_says_so() -> Result<(), Failed> {
    each_is_shown("HLB0406", |row| row.needs.is_some())
}

/// Holds that a case of evaluation has an error of each of some builtins, which begins with the builtin's name.
fn each_is_shown(code: &str, concerns: impl Fn(&Builtin) -> bool) -> Result<(), Failed> {
    let suite = Suite::read()?;
    let note = format!("#~ error[{code}]");
    let told: BTreeSet<String> = suite
        .cases()
        .filter(|(file, _)| file.starts_with("testdata/eval/"))
        .flat_map(|(_, case)| case.blocks())
        .flat_map(|block| block.text.lines())
        .filter_map(|line| line.trim_start().strip_prefix(&note))
        .filter_map(|note| note.split('`').nth(1).map(str::to_owned))
        .collect();
    let concerned = registry()
        .builtins
        .iter()
        .filter(|signature| registry().row(signature).is_some_and(&concerns));
    let silent: Vec<String> =
        concerned.filter(|it| !told.contains(it.name)).map(Signature::to_string).collect();
    if silent.is_empty() {
        return Ok(());
    }
    Err(format!("no case of testdata/eval shows {code} for {}", silent.join(", ")).into())
}

pub fn each_parameter_is_checked_or_takes_anything() -> Result<(), Failed> {
    let mut takes_anything: BTreeSet<&str> = TAKES_ANYTHING.iter().copied().collect();
    let mut unchecked = Vec::new();
    for signature in registry().builtins.iter() {
        for param in signature.params {
            let is_checked = match param.kind {
                Kind::String => param.check.is_some(),
                Kind::Int => param.int_check.is_some(),
                Kind::IntOrString => param.check.is_some() && param.int_check.is_some(),
                _ => true,
            };
            let name = format!("{} {}.{}", signature.kind, signature.name, param.name);
            if takes_anything.remove(&*name) == is_checked {
                unchecked.push(name);
            }
        }
    }
    unchecked.extend(takes_anything.into_iter().map(str::to_owned));
    if unchecked.is_empty() {
        return Ok(());
    }
    let names = unchecked.join("\n");
    Err(format!("either checked, or in the list of what takes any value:\n{names}").into())
}

/// Whether the program of a case has a line that uses a builtin and is right, and one that is wrong for it.
struct Uses {
    right: bool,
    wrong: bool,
}

impl Uses {
    fn of(case: &Case, signature: &Signature) -> Self {
        let mut uses = Self { right: false, wrong: false };
        let mut notes = String::new();
        for line in case.blocks().flat_map(|block| block.text.lines()) {
            if line.trim_start().starts_with("#~") {
                notes += line;
                continue;
            }
            if line.split(|c: char| !c.is_alphanumeric()).any(|word| word == signature.name) {
                // What is wrong is one of its arguments, their number, or what is found where another kind belongs.
                let about =
                    [format!("`{}`", signature.name), format!("found `{}`", signature.kind)];
                uses.right |= notes.is_empty();
                uses.wrong |= about.iter().any(|text| notes.contains(text));
            }
            notes.clear();
        }
        uses
    }
}
