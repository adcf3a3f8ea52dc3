use std::collections::HashMap;

use hlb_syntax::diagnostic::{Code, Diagnostic};

use super::linted::Linted;

/// A name that is exported more than once.
pub static REPEATED_EXPORT: Code = Code::warning("HLB0516", "repeated-export");

pub(super) fn lint(linted: &Linted<'_>, found: &mut Vec<Diagnostic>) {
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
