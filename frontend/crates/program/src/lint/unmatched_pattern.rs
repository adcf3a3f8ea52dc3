use hlb_syntax::diagnostic::{Code, Diagnostic};

use super::linted::Linted;
use super::literal::literal;
use super::rule::{Find, Rule};
use crate::builtin::Meaning;

/// A pattern that matches no path, whatever there is.
pub static UNMATCHED_PATTERN: Code = Code::warning("HLB0567", "unmatched-pattern");

pub(super) static RULE: Rule =
    Rule { codes: &[&UNMATCHED_PATTERN], across_modules: &[], find: Find::InModule(lint) };

/// The paths that are matched are relative and clean. In an ignore file, whose reader takes a `/` at the beginning away, the
/// same pattern has an effect (`moby/patternmatcher` 0.6, `ignorefile/ignorefile.go` and `patternmatcher.go`).
fn lint(linted: &Linted<'_>, found: &mut Vec<Diagnostic>) {
    for call in &linted.calls {
        let patterns = call.it.args_with_meaning().filter(|(it, _)| *it == Meaning::Pattern);
        for (_, arg) in patterns {
            let Some(text) = literal(arg) else { continue };
            let pattern = text.trim();
            let (exception, path) = match pattern.strip_prefix('!') {
                Some(path) => ("!", path),
                None => ("", pattern),
            };
            let relative = path.trim_start_matches('/');
            if relative.len() < path.len() {
                let message = format!("`{pattern}` matches nothing: no path begins with a `/`");
                let lint = UNMATCHED_PATTERN.at(arg.span(), message);
                found.push(match relative.is_empty() {
                    true => lint,
                    false => lint.help(format!("write `{exception}{relative}`")),
                });
            } else if path.split('/').next() == Some("..") {
                let message = format!("`{pattern}` matches nothing: no path leads up");
                let lint = UNMATCHED_PATTERN.at(arg.span(), message);
                found.push(lint.help("choose from a directory further up"));
            }
        }
    }
}
