use super::*;

/// The text that a template gives with the fields `name=bob`, `empty=` and `os=linux`, or what is wrong.
fn filled(template: &str) -> String {
    let fields = Fields::from([("name", "bob"), ("empty", ""), ("os", "linux")]);
    let parsed = match parse(template) {
        Ok(parsed) => parsed,
        Err(problem) => return problem.to_string(),
    };
    match run(&parsed, &fields, 1 << 20).0 {
        Ok(text) => text,
        Err(Stopped::Wrong(problem)) => problem.to_string(),
        Err(Stopped::TooLarge) => "too large".to_owned(),
    }
}

/// As Go 1.24 has it, where `docker image inspect --format` fills in templates.
#[test]
fn templates_give_what_they_give_in_go() {
    for (template, text) in [
        ("", ""),
        ("a {{.name}} b", "a bob b"),
        ("{{.missing}}", "<no value>"),
        ("{{.}}", "map[empty: name:bob os:linux]"),
        ("a \n {{- .name -}} \n b", "abobb"),
        ("a {{/* no\n{{ */}} b", "a  b"),
        ("a {{- /* no */ -}} b", "ab"),
        (
            "{{if .name}}y{{else}}n{{end}}{{if .empty}}y{{else}}n{{end}}{{if .missing}}y{{end}}",
            "yn",
        ),
        ("{{if eq .os \"darwin\"}}d{{else if eq .os \"linux\" }}l{{else}}o{{end}}", "l"),
        ("{{with .name}}{{.}} {{$.os}}{{else}}no{{end}}", "bob linux"),
        ("{{with $x := .name}}{{$x}}{{end}}", "bob"),
        ("{{range $k, $v := .}}{{$k}}={{$v}};{{end}}", "empty=;name=bob;os=linux;"),
        ("{{range .}}[{{.}}]{{end}}", "[][bob][linux]"),
        ("{{range $v := .}}{{if not $v}}{{continue}}{{end}}{{$v}}{{break}}{{end}}", "bob"),
        ("{{range .missing}}x{{else}}none{{end}}", "none"),
        ("{{$x := \"a\"}}{{if true}}{{$x = \"b\"}}{{end}}{{$x}}", "b"),
        ("{{$x := 1}}{{if true}}{{$x := 2}}{{$x}}{{end}}{{$x}}", "21"),
        ("{{printf \"%s-%q\" .name .os}}", "bob-\"linux\""),
        ("{{.name | printf \"%s-%s\" \"a\"}}", "a-bob"),
        ("{{len .name}} {{len .}} {{index . \"os\"}} {{index .name 0}}", "3 3 linux 98"),
        ("{{print 1 2 \"a\" \"b\" 3}}", "1 2ab3"),
        ("{{println 1 \"a\"}}", "1 a\n"),
        ("{{and .name .os}} {{or .empty .os}} {{and .empty .os}}", "linux linux "),
        ("{{if and (eq .os \"linux\") (ne .name \"x\")}}y{{end}}", "y"),
        (
            "{{lt 1 2}} {{ge \"a\" \"b\"}} {{eq 1 2 1}} {{eq .missing \"x\"}}",
            "true false true false",
        ),
        ("{{\"a\\n\\u00e9\\x41\\101\"}}{{`\\n`}}", "a\néAA\\n"),
        ("{{ (index . \"name\") }}", "bob"),
        ("{{-3}} {{- 3}}", "-33"),
    ] {
        assert_eq!(filled(template), text, "{template}");
    }
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    for (template, said) in [
        ("a\n{{.name", "line 2 of the template: an action has no end: write `}}`"),
        ("{{if .a}}\n{{end}}{{end}}", "line 2 of the template: `end` without what it ends"),
        ("{{if .a}}", "line 1 of the template: `if` without its `end`"),
        ("{{else}}", "line 1 of the template: `else` without an `if`, `with` or `range`"),
        ("{{if .a}}{{else}}{{else}}{{end}}", "line 1 of the template: a second `else`"),
        ("{{}}", "line 1 of the template: a value is missing"),
        ("{{nme}}", "line 1 of the template: function `nme` is not known"),
        (
            "{{define \"x\"}}{{end}}",
            "line 1 of the template: `define` is not supported by this frontend",
        ),
        ("{{.a | html}}", "line 1 of the template: `html` is not supported by this frontend"),
        ("{{$x}}", "line 1 of the template: variable `$x` is not declared"),
        (
            "{{if true}}{{$x := 1}}{{end}}{{$x}}",
            "line 1 of the template: variable `$x` is not declared",
        ),
        ("{{\"a}}", "line 1 of the template: a string has no end"),
        ("{{\"\\q\"}}", "line 1 of the template: a string has an invalid escape"),
        (
            "{{1.5}}",
            "line 1 of the template: `1.5` is no decimal whole number: no other is supported by this frontend",
        ),
        (
            "{{'a'}}",
            "line 1 of the template: a character in `'…'` is not supported by this frontend",
        ),
        ("{{eq .a nil}}", "line 1 of the template: `nil` is not supported by this frontend"),
        (
            "{{printf \"%d\" 3}}",
            "line 1 of the template: `printf`: only texts can be formatted by this frontend",
        ),
        ("{{.name.first}}", "line 1 of the template: field `first` of a value that has none"),
        ("{{(.name}}", "line 1 of the template: `(` without its `)`"),
        ("{{.name)}}", "line 1 of the template: unexpected `)`"),
        ("{{.name .os}}", "line 1 of the template: a value that is no function has arguments"),
        ("{{.name | .os}}", "line 1 of the template: what stands after `|` is no function"),
        (
            "{{range .name}}{{end}}",
            "line 1 of the template: `range` over a value that has no parts: its data is `.`",
        ),
        ("{{break}}", "line 1 of the template: `break` outside of a `range`"),
        ("{{eq 1 \"a\"}}", "line 1 of the template: `eq`: values of two types are compared"),
        ("{{not}}", "line 1 of the template: `not`: expected one argument"),
        ("{{.a ! .b}}", "line 1 of the template: unexpected `!` in an action"),
        ("{{/* a }}", "line 1 of the template: a comment has no end"),
        (
            "{{/* a */ .b}}",
            "line 1 of the template: a comment ends before its action: write `*/}}`",
        ),
    ] {
        assert_eq!(filled(template), said, "{template}");
    }
    let deep = "{{if true}}".repeat(65) + &"{{end}}".repeat(65);
    assert!(filled(&deep).contains("nested more than 64 deep"));
    let deep = format!("{{{{{}1{}}}}}", "(".repeat(100_000), ")".repeat(100_000));
    assert!(filled(&deep).contains("nested more than 64 deep"));
}

/// Six ranges over a million numbers would take longer than anybody waits, and write nothing.
#[test]
fn a_template_costs_what_it_does() {
    let nested = "{{range 1000000}}".repeat(6) + &"{{end}}".repeat(6);
    assert_eq!(filled(&nested), "too large");
    assert_eq!(filled("{{printf \"%999999d%999999d\" .os}}"), "too large");
    assert!(filled(&"{{else if true}}".repeat(70)).contains("`else` without"));
    let chain = format!("{{{{if .a}}}}{}{{{{end}}}}", "{{else if .a}}".repeat(200));
    assert!(filled(&chain).contains("nested more than 64 deep"));
}
