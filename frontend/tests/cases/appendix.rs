//! The appendix of the language specification: each of its cases is one of ours.
//!
//! The heading of a case names the one that it is, as in `C019: Terminator word inside the text`.

use std::collections::BTreeMap;

use libtest_mimic::Failed;

use crate::suite::Suite;

/// How many cases the appendix has.
const CASES: usize = 146;

pub fn each_is_a_case() -> Result<(), Failed> {
    let suite = Suite::read()?;
    let mut named: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (file, case) in suite.cases() {
        if let Some(number) = number(&case.title) {
            named.entry(number).or_default().push(format!("{file}: {}", case.title));
        }
    }
    let mut wrong = Vec::new();
    for number in (1..=CASES).map(|number| format!("C{number:03}")) {
        match named.remove(&*number).as_deref() {
            None => wrong.push(format!("{number} is no case")),
            Some([_]) => {}
            Some(several) => {
                wrong.push(format!("{number} is several:\n  {}", several.join("\n  ")))
            }
        }
    }
    wrong.extend(named.into_keys().map(|number| format!("{number} is not in the appendix")));
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

/// The number that a heading begins with.
fn number(title: &str) -> Option<&str> {
    let (number, _) = title.split_once(": ")?;
    let digits = number.strip_prefix('C')?;
    (digits.len() == 3 && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(number)
}
