//! A line that sets Docker's checks, and nothing here.

use hlb_syntax::diagnostic::{Code, Diagnostic};
use hlb_syntax::source::Span;

use super::linted::Linted;
use super::rule::{Find, Rule};
use super::syntax_line::directive;

/// A `# check=` line, which is for Dockerfiles.
pub static CHECK_LINE: Code = Code::warning("HLB0593", "check-line");

pub(super) static RULE: Rule =
    Rule { codes: &[&CHECK_LINE], across_modules: &[], find: Find::InModule(lint) };

/// Finds it where BuildKit would: among the directives at the top. Elsewhere it is a comment for a Dockerfile, too.
fn lint(linted: &Linted<'_>, found: &mut Vec<Diagnostic>) {
    let mut offset = 0;
    for line in linted.module.text.split_inclusive('\n') {
        let end = offset + line.trim_end().len() as u32;
        match directive(line) {
            Some(key) if key.eq_ignore_ascii_case("check") => {
                let span = Span::new(linted.module.file, offset, end);
                let line = CHECK_LINE.at(span, "`# check=` has no effect: it is for Dockerfiles");
                found.push(line.help(
                    "write `# hlb: allow-file(CODE)`, or build with `--build-arg HLB_CHECK=…`",
                ));
            }
            Some(_) => {}
            None if offset == 0 && line.starts_with("#!") => {}
            None => return,
        }
        offset += line.len() as u32;
    }
}
