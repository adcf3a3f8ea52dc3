use super::{parsed, told};

/// Ten statements with a mistake each: ten mistakes told, each at its line.
#[test]
fn independent_mistakes_are_all_told_once() {
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
    let (tree, told) = parsed(&text);
    let lines: Vec<&str> = told.iter().filter_map(|it| it.split(':').next()).collect();
    let expected: Vec<String> = (0..wrong.len()).map(|at| (2 * at + 2).to_string()).collect();
    assert_eq!(lines, expected, "{told:#?}");
    assert_eq!(tree.funcs().count(), 2);
}

#[test]
fn an_unclosed_block_ends_before_the_next_declaration() {
    let (tree, mistakes) = parsed("fs a() {\n\timage \"x\"\n\nfs b() {\n\timage \"y\"\n}\n");
    assert_eq!(mistakes, ["1:8-9 HLB0022 unclosed block: `}` is missing"]);
    assert_eq!(tree.funcs().count(), 2);
    assert!(!tree.lost_declaration);
}

#[test]
fn what_is_unclosed_at_the_end_is_one_mistake() {
    assert_eq!(
        told("fs a() {\nrun f(g("),
        "2:8-9 HLB0023 unclosed list of arguments: `)` is missing"
    );
    assert_eq!(
        told("fs a() {\nrun \"${f(`"),
        "2:10-11 HLB0005 unterminated string: the file ends inside it"
    );
}
