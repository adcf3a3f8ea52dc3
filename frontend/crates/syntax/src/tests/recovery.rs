use super::{format, parsed, reported};

/// Ten statements with an error each: ten errors reported, each at its line.
#[test]
fn independent_errors_are_all_reported_once() {
    let wrong = [
        "image \"a\", \"b\"",
        "image 'a'",
        "mkdir \"/d\" -1",
        "mkdir \"/d\" 0b12",
        "image(\"a\")",
        "run \"x\" as d with y",
        "run \"${}\"",
        "x = 5",
        "run \"\\q\"",
        "copy git(\"r\" ; \"m\") \"/\" \"/\"",
        "lib.a.b",
        "run \"x\" with",
    ];
    let text = format!("fs a() {{\n{}\n}}\nfs b() {{}}\n", wrong.join("\nrun \"fine\"\n"));
    let (tree, reported) = parsed(&text);
    let lines: Vec<&str> = reported.iter().filter_map(|it| it.split(':').next()).collect();
    let expected: Vec<String> = (0..wrong.len()).map(|at| (2 * at + 2).to_string()).collect();
    assert_eq!(lines, expected, "{reported:#?}");
    assert_eq!(tree.funcs().count(), 2);
}

#[test]
fn an_unclosed_block_ends_before_the_next_declaration() {
    let (tree, errors) = parsed("fs a() {\n\timage \"x\"\n\nfs b() {\n\timage \"y\"\n}\n");
    assert_eq!(errors, ["1:8-9 HLB0022 unclosed block: `}` is missing"]);
    assert_eq!(tree.funcs().count(), 2);
    assert!(!tree.incomplete);
}

#[test]
fn what_is_unclosed_at_the_end_is_one_error() {
    assert_eq!(
        reported("fs a() {\nrun f(g("),
        "2:8-9 HLB0023 unclosed list of arguments: `)` is missing"
    );
    assert_eq!(reported("fs a() {\nrun \"${f(`"), "2:10-11 HLB0005 unterminated string");
}

/// More levels than are allowed are one error, however many, closed or not, and take no machine stack.
#[test]
fn what_is_nested_too_deep_is_one_error() {
    let levels = 100_000;
    for (open, close) in [("fs { run ", "}"), ("f(", ")"), ("\"${", "}\"")] {
        let open = format!("fs a() {{\nrun {}", open.repeat(levels));
        let closed = open.clone() + "x" + &close.repeat(levels) + "\nrun \"x\", \"y\"\n}\n";
        let (tree, errors) = parsed(&closed);
        let codes: Vec<&str> = errors.iter().filter_map(|it| it.split(' ').nth(1)).collect();
        assert_eq!(codes, ["HLB0021", "HLB0037"]);
        assert_eq!(tree.funcs().count(), 1);
        assert!(reported(&open).lines().count() == 1);
    }
}

/// The deepest tree that is allowed, in a thread as small as a test's.
#[test]
fn the_deepest_tree_is_parsed_and_laid_out() {
    let text = format!("fs a() {{ run {}x{} }}\n", "fs { run ".repeat(255), " }".repeat(255));
    let (tree, errors) = parsed(&text);
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!(format(&tree), text);
}
