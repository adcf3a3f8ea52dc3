use super::{format, parsed, shape};

#[track_caller]
fn laid_out(text: &str) -> String {
    let (tree, reported) = parsed(text);
    assert!(reported.is_empty(), "{reported:?}");
    let once = format(&tree);
    let (again, reported) = parsed(&once);
    assert!(reported.is_empty(), "{reported:?} in\n{once}");
    assert_eq!(shape(&tree), shape(&again), "{text}\n->\n{once}");
    assert_eq!(format(&again), once, "{text}");
    once
}

/// Layout that no case file shows, since it is about what must not change.
#[test]
fn laying_out_keeps_the_program_and_is_stable() {
    let cases = [
        "fs a(){scratch;}\nfs b()   { image \"x\"\n}\n",
        "fs a() {\nimage \"x\" ; run \"y\" }",
        "fs a(string x, # one\nstring y) {\n\tcopy git(\"r\",\n\"m\") \"/\" \"/\" as (target t)\n}",
        "import p from \"./p.hlb\"\nimport q from \"./q.hlb\"\n\n\n\nfs a() {\n\n\n\timage \"x\" with option {\n\t}\n\n\n\trun \"y\"\n}",
        "fs a() {\n\tmkdir \"/d\" 0O0755\n\trun <<-E\n\t\tx\n\t\t\tE\n}",
        "fs a() { # why\n\tscratch # what\n} # end\nfs b() {}",
        "fs a() { scratch # c\n}",
        "",
        "\u{feff}# c\r\n\r\n\r\nexport a\r\nexport b # x\r\nfs a(){\r\n}\r\n",
        "fs a() { run \"x\" with option {\n dir \"y\"\n} }",
        "fs a() { run \"x\" as }\nfs b() { f as \"x\" }",
        "# comment\n\n\n# comment\nfs foo() { # comment\n\n\n# multi\n# comment\n\nimage \"alpine\" with option { # comment\nresolve # comment\n} # comment\nenv \"key\" \"value\" # comment\n} # comment\n# comment\n\nfs bar() { scratch }\n",
        "fs build( # comment\n\n# comment\n\nstring ref,\nfs input # comment\n) {\nimage ref\ncopy git( # comment\n\"foo.git\", \"master\" # comment\n) \"/\" \"/\" as ( digest myDigest,\n  manifest myManifest\n)\n}",
        "fs build(string tag, string pkg) {\n\timage \"alpine:${ tag  }\"\n\trun <<~APK\n\t\tapk add -U ${string {\n\t\t\tformat \"%s\" pkg\n\t\t\tlocalEnv \"key\"\n\t\t}}\n\tAPK\n}",
        "string heredoc() {\n\tformat string {\n\t\t\tformat <<-EOM\n\t\t\tkeep\n\t\t\t   our\n\t\t\t spaces\n\t\t\tEOM\n\t}\n}",
        "fs a() { run <<E\nsay E now\nE\nrun <<E\ny\nE\n}",
        "fs a() { run <<E\nsay E; E\n}",
        "fs a() { run <<E x E with option { # c\n } }",
        "fs f(string v = \"x\" int n = 0X00ff, variadic bool b) binds (fs t, ) { f; f2 f() f(  g) t. x }",
        "string s() { \"${string {\n # c\n \"x\" }}\" }",
        "fs a() { f <<E ${string {\n x\n}} E\n foo\nE\n }",
    ];
    for case in cases {
        laid_out(case);
    }
}
