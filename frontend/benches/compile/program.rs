//! The programs that are measured. Nothing is random: the same size gives the same text.

use std::fmt::Write;

/// A form of program.
pub struct Shape {
    pub name: &'static str,
    /// What one of it is, in words.
    pub of: &'static str,
    /// How many are measured; ten times as many give the growth.
    pub size: usize,
    /// Whether it is a program without errors.
    pub is_right: bool,
    /// Whether its target `default` is evaluated as well.
    pub is_evaluated: bool,
    pub text: Text,
}

/// What a form is made of.
pub enum Text {
    /// The program and the files that its imports find, in the order in which they are asked for.
    Files(fn(usize) -> Vec<String>),
    /// The same over and over.
    Repeated(&'static str),
}

impl Shape {
    pub fn files(&self, size: usize) -> Vec<String> {
        match self.text {
            Text::Files(make) => make(size),
            Text::Repeated(token) => one(token.repeat(size)),
        }
    }
}

/// Every form. The first is what the budget is about; the second has everything that the language has in it.
pub const SHAPES: &[Shape] = &[
    right("program", "functions of 20 statements", 5_000, |size| one(repeat(size, service))),
    right(
        "rich-program",
        "functions of 21 statements with comments, options and heredocs",
        5_000,
        |size| one(repeat(size, component)),
    ),
    right("long-function", "statements in one function", 100_000, |size| {
        one(function(&repeat(size, |out, at| put(out, format_args!("\trun \"step {at}\"\n")))))
    }),
    right("short-functions", "functions of one statement", 100_000, |size| {
        one(repeat(size, |out, at| put(out, format_args!("fs f{at}() {{ image \"a\" }}\n"))))
    }),
    right("aliases", "aliases", 10_000, |size| one(function(&repeat(size, alias)))),
    right("calls", "calls in a graph without cycles", 100_000, |size| one(calls(size))),
    Shape {
        is_evaluated: true,
        ..right("evaluated-calls", "calls that make a step each", 100_000, steps)
    },
    right("chain", "functions that call each the next", 100_000, |size| one(chain(size))),
    right("imports", "modules that import each the next", 1_000, modules),
    right("long-string", "bytes in one string", 10_000_000, |size| {
        one(function(&format!("\trun \"{}\"\n", "0123456789".repeat(size / 10))))
    }),
    right("lines", "lines in one heredoc", 100_000, |size| {
        one(function(&format!("\trun <<-EOT\n{}\tEOT\n", "\t\ta line ${localOs}\n".repeat(size))))
    }),
    right("heredocs", "heredocs", 20_000, |size| {
        one(function(&repeat(size, |out, at| {
            put(out, format_args!("\trun <<E\n\t\tE{at}\n\tE\n"))
        })))
    }),
    right("comments", "lines of comment", 100_000, |size| {
        one(repeat(size, |out, at| put(out, format_args!("# {at}\n"))))
    }),
    right("arguments", "arguments of one call", 100_000, |size| {
        one(function(&format!("\tentrypoint {}\n", "\"a\" ".repeat(size))))
    }),
    right("parameters", "parameters of one function", 100_000, |size| one(parameters(size))),
    right("interpolations", "interpolations in one string", 100_000, |size| {
        one(function(&format!("\trun \"{}\"\n", "${localOs}".repeat(size))))
    }),
    wrong("unknown-names", "unknown names, each another", 50_000, |size| {
        one(function(&repeat(size, |out, at| put(out, format_args!("\tname{at}\n")))))
    }),
    wrong("one-line", "unknown names on one line", 50_000, |size| {
        one(function(&repeat(size, |out, at| put(out, format_args!(" name{at};")))))
    }),
    wrong("duplicates", "declarations of one name", 100_000, |size| {
        one("fs f() { scratch }\n".repeat(size))
    }),
    wrong("reserved", "declarations of a reserved name", 100_000, |size| {
        one("fs run() { scratch }\n".repeat(size))
    }),
    wrong("same-imports", "imports of one name", 20_000, |size| {
        one("import a from \"./none.hlb\"\n".repeat(size))
    }),
    wrong("exports", "exports of what is not there", 50_000, |size| {
        one(repeat(size, |out, at| put(out, format_args!("export name{at}\n"))))
    }),
    wrong("members", "unknown members", 50_000, |size| {
        let uses = repeat(size, |out, at| put(out, format_args!("\tlib.name{at}\n")));
        vec![format!("import lib from \"./lib.hlb\"\n{}", function(&uses)), chain(size)]
    }),
    wrong("cycles", "functions that call each other's first", 50_000, |size| {
        one(repeat(size, |out, at| {
            put(out, format_args!("fs f{at}() {{ f{}; f0 }}\n", (at + 1) % size))
        }))
    }),
    wrong("kinds", "unknown kinds", 50_000, |size| {
        one(repeat(size, |out, at| {
            put(out, format_args!("option::o{at} f{at}(strin p) {{ strng {{ }} }}\n"))
        }))
    }),
    wrong("syntax-errors", "statements with an error", 50_000, |size| {
        one(function(&"\trun \"a\", \"b\"\n".repeat(size)))
    }),
    wrong("nested-blocks", "open blocks", 100_000, |size| {
        one(function(&"\trun fs {\n".repeat(size)))
    }),
    wrong("nested-braces", "open braces", 100_000, |size| one(function(&"{".repeat(size)))),
    wrong("nested-calls", "open lists", 100_000, |size| {
        one(format!("fs f() {{ copy {}", "f(".repeat(size)))
    }),
    wrong("nested-parentheses", "open parentheses", 100_000, |size| {
        one(format!("fs f() {{ run {}", "(".repeat(size)))
    }),
    wrong("nested-strings", "open strings and interpolations", 100_000, |size| {
        one(format!("fs f() {{ run {}", "\"${".repeat(size)))
    }),
    wrong("nested-heredocs", "open heredocs and interpolations", 100_000, |size| {
        one(format!("fs f() {{ run {}", "<<E ${".repeat(size)))
    }),
    wrong("nested-defaults", "open lists in a default", 100_000, |size| {
        one(format!("fs f(string s = {}", "f(".repeat(size)))
    }),
    wrong("nested-signatures", "signatures that do not end", 100_000, |size| {
        one("fs f(\n".repeat(size))
    }),
    wrong("open-functions", "functions that do not end", 100_000, |size| {
        one("fs f() {\n".repeat(size))
    }),
    wrong("bad-escapes", "bad escapes in an open string", 100_000, |size| {
        one(format!("fs f() {{ run \"{}", "\\x".repeat(size)))
    }),
    wrong("open-heredocs", "heredocs that do not end", 100_000, |size| {
        one(function(&"\trun <<E\n".repeat(size)))
    }),
    wrong("other-heredocs", "heredocs of other words that do not end", 100_000, |size| {
        one(function(&repeat(size, |out, at| put(out, format_args!("\trun <<E{at}\n")))))
    }),
    wrong("open-strings", "lines with a quote", 100_001, |size| {
        one(function(&"\trun \"\n".repeat(size)))
    }),
    tokens("only-open-braces", "{"),
    tokens("only-close-braces", "}"),
    tokens("only-open-parentheses", "("),
    tokens("only-close-parentheses", ")"),
    tokens("only-interpolations", "${"),
    tokens("only-quotes", "\""),
    tokens("only-backticks", "`"),
    tokens("only-heredocs", "<<E"),
    tokens("only-commas", ","),
    tokens("only-semicolons", ";"),
    tokens("only-dots", "."),
    tokens("only-equals", "="),
    tokens("only-backslashes", "\\"),
    tokens("only-single-quotes", "'"),
    tokens("only-carriage-returns", "\r"),
    tokens("only-line-feeds", "\n"),
    tokens("only-nulls", "\0"),
    tokens("only-byte-order-marks", "\u{feff}"),
    tokens("only-comments", "#\n"),
    tokens("only-imports", "import "),
    tokens("only-exports", "export "),
    tokens("only-with", "with "),
    tokens("only-names", "a "),
    tokens("only-numbers", "1 "),
    tokens("only-negative-numbers", "-1"),
    tokens("only-declarations", "fs a("),
];

const fn right(
    name: &'static str,
    of: &'static str,
    size: usize,
    make: fn(usize) -> Vec<String>,
) -> Shape {
    Shape { name, of, size, is_right: true, is_evaluated: false, text: Text::Files(make) }
}

const fn wrong(
    name: &'static str,
    of: &'static str,
    size: usize,
    make: fn(usize) -> Vec<String>,
) -> Shape {
    Shape { is_right: false, ..right(name, of, size, make) }
}

/// A tenth of 16 MiB of one token, so that ten times as much is the largest file that is read.
const fn tokens(name: &'static str, token: &'static str) -> Shape {
    let size = (16 << 20) / 10 / token.len();
    Shape {
        name,
        of: "of one token",
        size,
        is_right: false,
        is_evaluated: false,
        text: Text::Repeated(token),
    }
}

fn one(text: String) -> Vec<String> {
    vec![text]
}

fn put(out: &mut String, text: std::fmt::Arguments<'_>) {
    // A string takes all that is written to it.
    let _ = out.write_fmt(text);
}

fn repeat(size: usize, write: impl Fn(&mut String, usize)) -> String {
    let mut out = String::new();
    (0..size).for_each(|at| write(&mut out, at));
    out
}

fn function(body: &str) -> String {
    format!("fs default() {{\n{body}}}\n")
}

/// Calls of one function, each with another argument and after another call, so that none is like another.
fn steps(size: usize) -> Vec<String> {
    let calls = repeat(size, |out, at| put(out, format_args!("\tstep \"{at}\"\n")));
    one(format!(
        "fs step(string name) {{\n\tmkfile \"/${{name}}\" 0o644 \"x\"\n}}\n{}",
        function(&format!("\tscratch\n{calls}"))
    ))
}

/// A function of twenty plain statements: words, numbers, an interpolation here and there, a call of the one before.
fn service(out: &mut String, at: usize) {
    let (before, minor) = (at.saturating_sub(1), at % 10);
    let uses =
        if at == 0 { "scratch".to_owned() } else { format!("service{before}(\"1.{minor}\")") };
    put(
        out,
        format_args!(
            "# Builds service {at}.\nfs service{at}(string version) {{\n\timage \"registry.example/base-{minor}:${{version}}\"\n"
        ),
    );
    for step in 0..4 {
        put(
            out,
            format_args!(
                "\tdir \"/src/service{at}/{step}\"\n\tenv \"STEP_{step}\" \"service{at}\"\n\
                 \tmkdir \"/out/{step}\" 0o755\n\trun \"make step{step} VERSION=${{version}}\" with dir(\"/src\")\n"
            ),
        );
    }
    put(
        out,
        format_args!(
            "\tcopy {uses} \"/out\" \"/deps\"\n\tlabel \"version\" version\n\tentrypoint \"/out/service{at}\"\n}}\n\n"
        ),
    );
}

/// A function as people write them: twenty statements, with options, mounts, heredocs, interpolations, comments, calls
/// of functions before it, and defaults.
fn component(out: &mut String, at: usize) {
    if at == 0 {
        out.push_str("# syntax=registry.example/hlb-frontend:1\n\n");
    }
    let (before, older, minor) = (at.saturating_sub(1), at / 2, at % 10);
    let (uses, mounts) = match at {
        0 => ("scratch".to_owned(), "scratch".to_owned()),
        _ => (format!("component{before}(\"1.{minor}\")"), format!("component{older}")),
    };
    put(
        out,
        format_args!(
            r#"# Builds component {at}.
#
# It needs the one before it, and leaves its program behind in `/out`.
fs component{at}(string version = "1.{minor}", bool debug = false, variadic string level) {{
	image "registry.example/base-{minor}:${{version}}" with option {{
		resolve
	}}
	env "COMPONENT" "component{at}" # the name in logs
	env "DEBUG" "${{debug}}"
	dir "/src/component{at}"
	mkdir "/out" 0o755 with createParents
	mkfile "/etc/component{at}.conf" 0o644 <<-CONF
		name = "component{at}"
		version = "${{version}}"
		path = \${{HOME}}/bin
	CONF
	copy {uses} "/out" "/deps" with option {{
		createDestPath
		contentsOnly
	}}
	copy local("components/{at}") "." "/src/component{at}"

	# What takes longest comes last.
	run "make -j4 VERSION=${{version}} all && make install DESTDIR=/out" with option {{
		dir "/src/component{at}"
		env "CI" "true"
		mount {mounts} "/mnt/older" with readonly
		mount fs {{ image "registry.example/tools:{minor}" }} "/tools"
		mount scratch "/var/cache/component" as cache{at}
		secret "token-{minor}.txt" "/run/secrets/token"
	}}
	run <<~CHECK
		test -x /out/bin/component{at}
		&& /out/bin/component{at} --version
	CHECK
	entrypoint "/out/bin/component{at}" "--level" level
}}

"#
        ),
    );
}

/// A call with an alias, which the next one uses.
fn alias(out: &mut String, at: usize) {
    let input = match at.checked_sub(1) {
        None => "scratch".to_owned(),
        Some(before) => format!("alias{before}"),
    };
    put(out, format_args!("\trun \"x\" with option {{ mount {input} \"/x\" as alias{at} }}\n"));
}

/// A function for every ten calls; each calls ten of those before it.
fn calls(size: usize) -> String {
    let mut out = String::new();
    for at in 0..size / 10 {
        put(&mut out, format_args!("fs f{at}() {{\n"));
        for call in 0..10 {
            match at.checked_sub(1 + call * at / 10) {
                None => out.push_str("\tscratch\n"),
                Some(other) => put(&mut out, format_args!("\tf{other}\n")),
            }
        }
        out.push_str("}\n");
    }
    out
}

fn chain(size: usize) -> String {
    let mut out = String::new();
    (1..size).for_each(|at| put(&mut out, format_args!("fs f{at}() {{ f{} }}\n", at - 1)));
    out + "fs f0() { scratch }\n"
}

fn modules(size: usize) -> Vec<String> {
    let module = |at: usize| {
        let next = at + 1;
        format!("import next from \"./m{next}.hlb\"\nexport x\nfs x() {{ next.x }}\n")
    };
    let last = "export x\nfs x() { scratch }\n".to_owned();
    (1..size).map(module).chain([last]).collect()
}

fn parameters(size: usize) -> String {
    let mut out = "fs f(".to_owned();
    (0..size).for_each(|at| put(&mut out, format_args!("string p{at}, ")));
    out.push_str(") {\n");
    (0..size).for_each(|at| put(&mut out, format_args!("\timage p{at}\n")));
    out + "}\n"
}
