//! Scripts of several lines that go on when a line has failed: a shell's status is that of its last command.

use hlb_syntax::diagnostic::{Code, Diagnostic};

use super::linted::Linted;
use super::literal::shown;
use super::rule::{Find, Rule};
use crate::builtin::Meaning;
use crate::program::Call;

/// A line of a script whose failure nobody notices.
pub static UNCHECKED_LINE: Code = Code::warning("HLB0519", "unchecked-line");

pub(super) static RULE: Rule =
    Rule { codes: &[&UNCHECKED_LINE], across_modules: &[], find: Find::InModule(lint) };

/// What opens something that goes on after the line, and what closes it.
const OPENS: &[&str] = &["case", "for", "if", "select", "until", "while", "{"];
const CLOSES: &[&str] = &["done", "esac", "fi", "}"];
/// What may stand before a command.
const BEFORE: &[&str] = &["!", "do", "else", "then"];
/// Commands that do not fail in practice.
const HARMLESS: &[&str] = &[":", "alias", "export", "set", "shopt", "trap", "true", "umask"];

fn lint(linted: &Linted<'_>, found: &mut Vec<Diagnostic>) {
    let calls = linted.calls.iter().map(|call| call.it);
    found.extend(calls.filter_map(|call| unchecked(linted, call)));
}

fn unchecked(linted: &Linted<'_>, call: &Call) -> Option<Diagnostic> {
    let script = call.arg(Meaning::Command).filter(|_| call.args.len() == 1)?;
    let text = shown(script)?;
    let line = unchecked_line(&text)?;
    let at = line.as_ptr().addr() - text.as_ptr().addr();
    let span = linted.span_in(script, line, at);
    let message = "if this line fails, the command goes on and may succeed".to_owned();
    let lint = linted.in_text(&UNCHECKED_LINE, &call.path, script, span, message);
    Some(lint.help("begin the script with `set -e`, or join its lines with `&&`"))
}

/// The first line that is not the last one, and whose failure has no consequence.
fn unchecked_line(script: &str) -> Option<&str> {
    if script.starts_with("#!") {
        return None;
    }
    let mut first = None;
    for statement in Statements(script) {
        if first.is_some() {
            return first;
        }
        let words: Vec<&str> = statement.split_whitespace().collect();
        if stops_at_failures(&words) {
            return None;
        }
        let line = statement.lines().next().unwrap_or(statement).trim_end();
        first = Some(line).filter(|_| can_fail(statement, &words));
    }
    None
}

/// `set -e` in any of its forms.
fn stops_at_failures(words: &[&str]) -> bool {
    let is_option = |word: &&str| word.starts_with('-') && word.contains('e') || *word == "errexit";
    matches!(words, ["set", options @ ..] if options.iter().any(is_option))
}

/// Whether a failure of a statement would be one, as far as the text shows.
fn can_fail(statement: &str, words: &[&str]) -> bool {
    let is_assignment = |word: &&str| {
        let name = word.split('=').next().unwrap_or_default();
        word.contains('=') && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    let is_harmless = words.first().is_some_and(|it| HARMLESS.contains(it))
        || words.iter().all(is_assignment)
        // A function that is declared runs nothing, and who writes `||` has thought of failures.
        || words.first().is_some_and(|it| it.ends_with("()"))
        || statement.contains("||");
    !is_harmless
}

/// The statements of a script that begin on a line of their own, with all of their lines.
struct Statements<'t>(&'t str);

impl<'t> Iterator for Statements<'t> {
    type Item = &'t str;

    fn next(&mut self) -> Option<&'t str> {
        let is_skipped = |line: &str| line.trim().is_empty() || line.trim().starts_with('#');
        let mut lines = self.0.split_inclusive('\n').skip_while(|line| is_skipped(line)).peekable();
        let start = lines.peek()?.as_ptr().addr() - self.0.as_ptr().addr();
        let mut state = State::default();
        let mut length = 0;
        for line in lines {
            length += line.len();
            if state.ends(line) {
                break;
            }
        }
        let statement = self.0.get(start..start + length)?;
        self.0 = self.0.get(start + length..).unwrap_or_default();
        Some(statement.trim())
    }
}

/// What is open at the end of a line.
#[derive(Default)]
struct State {
    quote: Option<char>,
    /// The word that ends a here-document.
    document: Option<String>,
    depth: usize,
}

impl State {
    /// Reads a line, and says whether the statement ends with it.
    fn ends(&mut self, line: &str) -> bool {
        let line = line.trim_end_matches('\n');
        if let Some(end) = &self.document {
            if line.trim_start_matches('\t') == end {
                self.document = None;
            }
            return self.document.is_none() && self.is_closed();
        }
        let code = self.without_quotes(line);
        self.document = document(line).filter(|_| self.quote.is_none());
        self.nest(&code);
        let code = code.trim_end();
        let goes_on = ["&&", "||", "|", "\\", "("].iter().any(|end| code.ends_with(end));
        !goes_on && self.document.is_none() && self.is_closed()
    }

    fn is_closed(&self) -> bool {
        self.quote.is_none() && self.depth == 0
    }

    /// The line with a letter in place of what is in quotes, and without a comment.
    fn without_quotes(&mut self, line: &str) -> String {
        let mut code = String::new();
        let mut chars = line.chars().peekable();
        while let Some(next) = chars.next() {
            match (self.quote, next) {
                (Some(quote), _) if next == quote => self.quote = None,
                (Some('"') | None, '\\') if chars.peek().is_some() => {
                    chars.next();
                    code.push('x');
                }
                (Some(_), _) => {}
                (None, '\'' | '"') => {
                    self.quote = Some(next);
                    code.push('x');
                }
                (None, '#') if code.is_empty() || code.ends_with([' ', '\t', ';']) => break,
                (None, _) => code.push(next),
            }
        }
        code
    }

    /// Counts what the commands of a line open and close.
    fn nest(&mut self, code: &str) {
        self.depth += code.matches('(').count();
        self.depth = self.depth.saturating_sub(code.matches(')').count());
        for command in code.split([';', '&', '|']) {
            for word in command.split_whitespace() {
                self.depth += usize::from(OPENS.contains(&word));
                self.depth = self.depth.saturating_sub(usize::from(CLOSES.contains(&word)));
                let goes_on = [BEFORE, OPENS].iter().any(|words| words.contains(&word));
                if !goes_on && !word.ends_with("()") {
                    break;
                }
            }
        }
    }
}

/// The word that ends the here-document which a line begins.
fn document(line: &str) -> Option<String> {
    let (_, rest) = line.split_once("<<").filter(|(_, rest)| !rest.starts_with('<'))?;
    let word = rest.trim_start_matches('-').trim_start().trim_start_matches(['\'', '"', '\\']);
    let end = word.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(word.len());
    word.get(..end).filter(|word| !word.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::unchecked_line;

    #[test]
    fn lines_whose_failure_is_lost() {
        for (script, expected) in [
            ("a\nb", Some("a")),
            ("a", None),
            ("a\n\n# b\n", None),
            ("set -e\na\nb", None),
            ("set -o errexit\na\nb", None),
            ("set -eux; a\nb", None),
            ("set -x\na\nb", Some("a")),
            ("#!/bin/sh\na\nb", None),
            ("a && \\\nb", None),
            ("a &&\nb", None),
            ("a \\\n  b\nc", Some("a \\")),
            ("if a; then\n  b\n  c\nfi", None),
            ("for x in 1 2; do\n  a\ndone\nb", Some("for x in 1 2; do")),
            ("A=1\nexport B=2\na", None),
            ("a || true\nb", None),
            ("cat > /x <<EOF\na\nb\nEOF", None),
            ("cat > /x <<'EOF'\na\nEOF\nb", Some("cat > /x <<'EOF'")),
            ("echo 'a\nb'", None),
            ("f() {\n  a\n}\nf", None),
            ("(\na\n)", None),
            ("echo a # it's\nb", Some("echo a # it's")),
        ] {
            assert_eq!(unchecked_line(script), expected, "{script}");
        }
    }
}
