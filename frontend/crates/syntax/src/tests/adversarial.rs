//! Texts that nobody writes by hand: each is handled in a small stack, with few errors, and few tokens and nodes.
//!
//! That the time grows as the text does is measured by `hack/bench compile`.

use super::*;

/// The machine stack that is enough for any text, in bytes. It is what 256 levels take without optimization, so that
/// recursion beyond the nesting limit leaves it.
const STACK: usize = 1 << 20;

/// How many of everything: too many for a recursion that is not bounded, in any stack.
const MANY: usize = 100_000;

/// How many of what does not nest.
const ROW: usize = 20_000;

/// How many lines that are an error each: more than are reported.
const SLIPS: usize = 1_500;

/// Parses, formats and drops a text in a small stack; the codes of its errors.
#[track_caller]
fn codes(text: String) -> Vec<&'static str> {
    let handle = move || {
        let file = Sources::default().add("c.hlb", "");
        let (tree, errors) = parse(file, text.as_str().into());
        assert!(tree.tokens.len() <= 2 * text.len() + 1, "few tokens are without text");
        let formatted = format(&tree).len();
        // What is nested gains its indentation, which the limit bounds.
        let most = 2 * text.len() + (1 << 16);
        assert!(formatted <= most, "{formatted} bytes of {}", text.len());
        let codes = errors.iter().map(|it| it.code.id);
        codes.collect()
    };
    let thread = std::thread::Builder::new().stack_size(STACK);
    thread.spawn(handle).expect("a thread starts").join().expect("nothing panics")
}

/// Nesting beyond the limit is one error, whatever is nested, where, and whether it ends.
#[test]
fn what_is_nested_too_deep_is_reported_once() {
    let nested = [
        ("fs a() {\nrun ", "fs { run ", "}"),
        ("fs a() {\n", "run fs {\n", "}\n"),
        ("fs a() {\n", "run \"x\" with option {\n", "}\n"),
        ("fs a() {\nrun ", "f(", ")"),
        ("fs a() {\nrun ", "f(\n", ")\n"),
        ("fs a() {\nrun ", "\"${", "}\""),
        ("fs a() {\nrun ", "<<E ${", "} E"),
        ("fs a(string x = ", "f(", ")"),
        ("fs a(string x = ", "string { f ", "}"),
        ("fs a(string x = ", "\"${", "}\""),
        ("import a from ", "f(", ")"),
    ];
    for (before, open, close) in nested {
        let text = before.to_owned() + &open.repeat(MANY);
        assert_eq!(codes(text.clone()), ["HLB0021"], "{before}{open}");
        // What is around it goes on, and is not closed in turn.
        let closed = codes(text + "x" + &close.repeat(MANY));
        assert!(closed.contains(&"HLB0021") && closed.len() <= 2, "{before}{open}: {closed:?}");
    }
}

/// Brackets that open where they can't, and those that close nothing, are one error in a row.
#[test]
fn a_row_of_brackets_is_one_error() {
    for text in ["{", "(", ")", "}", "}\n", ")\n"] {
        assert_eq!(codes(text.repeat(ROW)), ["HLB0020"], "{text:?}");
    }
    for text in ["{", "f{", "{\n", "(", "f("] {
        let text = format!("fs a() {{\nrun {}", text.repeat(ROW));
        assert!(codes(text.clone()).len() <= 2, "{}", &text[..20]);
    }
    assert_eq!(codes(format!("fs a() {}", "{".repeat(ROW))), ["HLB0020"]);
    assert_eq!(codes(format!("fs a() {{\n{}}}\n", ")\n".repeat(ROW))), ["HLB0020"]);
    assert_eq!(codes("fs a(\n".repeat(ROW)), ["HLB0020"]);
    // Each of them is an error of its own, and the list is cut at a limit.
    assert_eq!(codes("fs a() {\n".repeat(ROW)).len(), 1001);
}

/// One token over and over: an error or two, or the most that are reported.
#[test]
fn a_file_of_one_token_is_handled() {
    let few = [
        "\"", "`", "<<E", "<<E\n", "<<", "$", ",", ";", ".", "=", "\\", "\0", "\u{feff}", "-", "é",
        "import ", "export ", "with ", "as ", "true ", "1 ", "a ", "a.", ":", "9", "0x", "\"${",
    ];
    for token in few {
        let found = codes(token.repeat(ROW));
        assert!((1..=3).contains(&found.len()), "{token:?}: {} errors", found.len());
    }
    for token in ["\r", "\n", "\r\n", "\t", " ", "#", "#\n"] {
        assert_eq!(codes(token.repeat(ROW)), [""; 0], "{token:?}");
    }
    for token in ["${", "`${", "import a\n", "'", "-1", "<< ", "\"\\x", "{(${\"`<<E\n"] {
        let found = codes(token.repeat(ROW));
        assert!((1..=1001).contains(&found.len()), "{token:?}: {} errors", found.len());
    }
}

/// Lines of other languages are an error each, whatever they are and however many.
#[test]
fn lines_of_other_languages_are_an_error_each() {
    let stmts = [
        "RUN apt-get update && make",
        "RUN a && \\\n  b",
        "FROM --platform=x golang",
        "run apt-get update && make",
        "run --mount=type=cache,target=/x make",
        "copy /a /b",
        "env A=1 B=2",
        "run \"${A:-x}\"",
        "run << E\nE",
        "run << E",
        "fs f() { scratch }",
        "func f() { return x }",
        "x = y",
        "run \"a\" \\\n  \"b\"",
        "run [\"a\"]",
        "run \"x\" { dir \"/\" }",
        "run \"x\" with option dir",
        "if x == y { run \"z\" }",
        "./configure && make",
        "// a",
        "/* a */",
    ];
    let decls = [
        "FROM golang AS build",
        "RUN a && b {",
        "def f():\n  x = 1",
        "variable \"x\" {\n  a = b\n}",
        "const x = () => { y };",
        "fs my-app() { scratch }",
        "fs f(tag = 1) { scratch }",
        "fs f():\n  scratch",
        "import \"fmt\"",
        "// a",
    ];
    for line in stmts {
        let text = format!("fs a() {{\n{}}}\n", format!("\t{line}\n").repeat(SLIPS));
        assert_eq!(codes(text).len(), 1001, "{line:?}");
        let text = format!("fs a() {{\n{}}}\n", format!("{line}; ").repeat(SLIPS));
        assert!((1..=1001).contains(&codes(text).len()), "{line:?} on one line");
    }
    for line in decls {
        assert_eq!(codes(format!("{line}\n").repeat(SLIPS)).len(), 1001, "{line:?}");
        let found = codes(format!("{line} ").repeat(SLIPS));
        assert!((1..=1001).contains(&found.len()), "{line:?} on one line");
    }
    for token in ["/*", "/* ", "RUN \\\n", "A ", "-a ", "x=y ", "${a:-", "--from=", "def ", "<< E "]
    {
        for before in ["", "fs a() {\n", "fs a() {\nrun ", "fs a() {\nrun \""] {
            let found = codes(format!("{before}{}", token.repeat(SLIPS)));
            assert!((1..=1001).contains(&found.len()), "{before:?}, {token:?}");
        }
    }
}

/// What is open at the end is reported once, however often it seems to begin.
#[test]
fn a_literal_without_its_end_is_reported_once() {
    for (token, code) in
        [("<<E ", "HLB0007"), ("<<E\n", "HLB0007"), ("`a", "HLB0005"), ("\"\n", "HLB0005")]
    {
        let text = format!("fs a() {{\nrun {}", token.repeat(ROW + 1));
        assert_eq!(codes(text), [code], "{token:?}");
    }
    let long = "x".repeat(10 << 20);
    assert_eq!(codes(format!("fs a() {{ run \"{long}")), ["HLB0005"]);
    assert_eq!(codes(format!("fs a() {{ run \"{long}\" }}")), [""; 0]);
}
