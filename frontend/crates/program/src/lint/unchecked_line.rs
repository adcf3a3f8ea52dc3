//! Scripts of several lines that go on when a line has failed: a shell's status is that of its last command.

use hlb_syntax::diagnostic::{Code, Diagnostic};

use super::linted::Linted;
use super::literal::shown;
use super::rule::{Find, Rule};
use super::shell::{Command, Word, commands};
use crate::builtin::Meaning;
use crate::program::Call;

/// A line of a script whose failure nobody notices.
pub static UNCHECKED_LINE: Code = Code::warning("HLB0519", "unchecked-line");

pub(super) static RULE: Rule =
    Rule { codes: &[&UNCHECKED_LINE], across_modules: &[], find: Find::InModule(lint) };

/// What opens something that goes on after the line, and what closes it.
const OPENS: &[&str] = &["case", "for", "if", "select", "until", "while", "{"];
const CLOSES: &[&str] = &["done", "esac", "fi", "}"];
/// What has words behind it that are no command.
const HEADS: &[&str] = &["case", "for", "select"];
/// What has a command behind it whose failure is an answer.
const TESTS: &[&str] = &["elif", "if", "until", "while"];
/// What else may stand before a command.
const BEFORE: &[&str] = &["!", "do", "else", "then", "{"];
/// Commands that do not fail in practice.
const HARMLESS: &[&str] = &[
    ":", "alias", "break", "continue", "exit", "export", "local", "readonly", "return", "set",
    "shift", "shopt", "trap", "true", "umask", "unset",
];

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
    let commands = commands(script);
    for statement in statements(&commands) {
        if first.is_some() {
            return first;
        }
        if statement.iter().any(stops_at_failures) {
            return None;
        }
        // Who writes `||` has thought of failures.
        let is_checked = statement.iter().any(|command| command.guarded);
        let is_lost = !is_checked && !is_declaration(statement) && statement.iter().any(can_fail);
        first = line_of(script, statement).filter(|_| is_lost);
    }
    None
}

/// `set -e` in any of its forms.
fn stops_at_failures(command: &Command) -> bool {
    let is_option = |word: &Word| {
        word.text.starts_with('-') && word.text.contains('e') || word.text == "errexit"
    };
    match without_keywords(&command.words) {
        [set, options @ ..] => set.text == "set" && options.iter().any(is_option),
        [] => false,
    }
}

/// Whether a failure of a command would be one, as far as the text shows.
fn can_fail(command: &Command) -> bool {
    let is_tested = command.words.first().is_some_and(|it| TESTS.contains(&&*it.text));
    let words = without_keywords(&command.words);
    let is_harmless = words.first().is_some_and(|it| HARMLESS.contains(&&*it.text))
        || words.iter().all(is_assignment);
    !is_harmless && !is_tested
}

/// Whether a statement declares a function, of which nothing runs yet.
fn is_declaration(statement: &[Command]) -> bool {
    let name = statement.first().and_then(|command| command.words.first());
    name.is_some_and(|word| word.text.ends_with("()"))
}

fn is_assignment(word: &Word) -> bool {
    word.text
        .split_once('=')
        .is_some_and(|(name, _)| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'))
}

/// The words behind those that only say when a command runs.
fn without_keywords(words: &[Word]) -> &[Word] {
    let first = words.iter().position(|word| !is_before(word)).unwrap_or(words.len());
    let words = words.get(first..).unwrap_or_default();
    let names = |keywords: &[&str]| words.first().is_some_and(|it| keywords.contains(&&*it.text));
    if names(HEADS) || names(CLOSES) { &[] } else { words }
}

/// Whether a command may follow a word.
fn is_before(word: &Word) -> bool {
    BEFORE.contains(&&*word.text) || TESTS.contains(&&*word.text) || word.text.ends_with("()")
}

/// The statements of a script, each with the commands of all its lines.
fn statements(commands: &[Command]) -> impl Iterator<Item = &[Command]> {
    let mut depth = 0;
    commands.split_inclusive(move |command| {
        for word in &command.words {
            let text = &*word.text;
            depth += usize::from(OPENS.contains(&text));
            depth -= usize::from(depth > 0 && CLOSES.contains(&text));
            if !is_before(word) {
                break;
            }
        }
        command.ends_line && depth == 0
    })
}

/// The line in which a statement begins.
fn line_of<'t>(script: &'t str, statement: &[Command]) -> Option<&'t str> {
    let command = statement.first()?;
    let words = command.words.iter().chain(&command.outputs);
    let at = words.map(|word| word.at).min()?;
    let start = script.get(..at)?.rfind('\n').map_or(0, |end| end + 1);
    script.get(start..)?.lines().next().map(str::trim)
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
            ("a || die x\nb", None),
            ("if a; then exit 1; fi\nb", None),
            ("cat > /x <<EOF\na\nb\nEOF", None),
            ("cat > /x <<'EOF'\na\nEOF\nb", Some("cat > /x <<'EOF'")),
            ("echo 'a\nb'", None),
            ("f() {\n  a\n}\nf", None),
            ("(\na\n)", None),
            ("echo a # it's\nb", Some("echo a # it's")),
            ("\tcd /x\n\tmake", Some("cd /x")),
            ("a;\nb", Some("a;")),
            ("a &\nb", Some("a &")),
            ("(a)\nb", Some("(a)")),
            ("a && (\nb\n)\nc", Some("a && (")),
            ("A=1; make\nb", Some("A=1; make")),
            ("if a; then B=1; fi\nb", None),
            ("if a; then b; fi\nc", Some("if a; then b; fi")),
            ("while a; do :; done\nb", None),
            ("case $x in\na) b ;;\nesac\nc", Some("case $x in")),
            ("f () {\na\n}\nf", None),
            ("cat <<-A > /x\n\t$(\n\tA\nb", Some("cat <<-A > /x")),
            ("tee /x <<A <<B\na\nA\nset -e\nB\nb", Some("tee /x <<A <<B")),
            ("echo \"$(a\nb)\"", None),
        ] {
            assert_eq!(unchecked_line(script), expected, "{script}");
        }
    }
}
