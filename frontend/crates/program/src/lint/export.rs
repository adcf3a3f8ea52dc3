use std::collections::HashMap;

use hlb_syntax::diagnostic::{Code, Diagnostic};

use super::linted::Linted;
use super::rule::{Find, Rule};

/// A name that is exported more than once.
pub static REPEATED_EXPORT: Code = Code::warning("HLB0516", "repeated-export");

pub(super) static RULE: Rule =
    Rule { codes: &[&REPEATED_EXPORT], across_modules: &[], find: Find::InModule(lint) };

fn lint(linted: &Linted<'_>, found: &mut Vec<Diagnostic>) {
    let mut first = HashMap::new();
    for export in &linted.module.exports {
        let name = &export.name;
        if name.text().is_empty() {
            continue;
        }
        if let Some(span) = first.get(name.text()) {
            let lint = REPEATED_EXPORT.at(name.span, format!("`{name}` is exported already"));
            found.push(lint.label(*span, "exported here").help("remove it"));
        } else {
            first.insert(name.text(), name.span);
        }
    }
}
