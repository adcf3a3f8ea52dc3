//! Tests of the runner itself, which has no test harness but its own.

use hlb_syntax::diagnostic::{Code, Diagnostic};
use hlb_syntax::source::{FileId, Sources, Span};
use libtest_mimic::{Failed, Trial};

use crate::document::Document;
use crate::note::{self, Detail};
use crate::outcome::Stage;

static WRONG: Code = Code::error("HLB0999", "wrong");
static ODD: Code = Code::warning("HLB0998", "odd");

pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test("runner/document_prints_as_it_was", document_prints_as_it_was),
        Trial::test("runner/blocks_belong_to_headings", blocks_belong_to_headings),
        Trial::test("runner/notes_stand_above_their_line", notes_stand_above_their_line),
        Trial::test("runner/labels_and_help_on_demand", labels_and_help_on_demand),
        Trial::test("runner/a_note_of_nothing_goes", a_note_of_nothing_goes),
        Trial::test("runner/errors_in_case_files", errors_in_case_files),
    ]
}

fn same(actual: &str, expected: &str) -> Result<(), Failed> {
    if actual == expected {
        return Ok(());
    }
    Err(format!("expected:\n{expected}\nactual:\n{actual}").into())
}

const DOCUMENT: &str = "\
Preface
```sh
# no heading
```

# One #
```hlb
a
```
## Two
````hlb lib.hlb crlf
```
b
````
end";

fn document_prints_as_it_was() -> Result<(), Failed> {
    same(&Document::parse(DOCUMENT)?.to_string(), DOCUMENT)
}

fn blocks_belong_to_headings() -> Result<(), Failed> {
    let document = Document::parse(DOCUMENT)?;
    let mut lines = String::new();
    for case in &document.cases {
        for block in case.blocks() {
            let words: Vec<_> = block.words().collect();
            let text = (&case.title, case.line, block.line, block.kind(), words, &block.text);
            lines += &format!("{text:?}\n");
        }
    }
    let expected = "(\"One #\", 6, 7, \"hlb\", [], \"a\\n\")\n\
        (\"Two\", 10, 11, \"hlb\", [\"lib.hlb\", \"crlf\"], \"```\\nb\\n\")\n";
    same(&lines, expected)
}

const PROGRAM: &str = "fs a() {\n\timge \"x\"\n}\n";

fn annotated(program: &str, detail: Detail, found: impl Fn(FileId) -> Vec<Diagnostic>) -> String {
    let mut sources = Sources::default();
    let id = sources.add("build.hlb", program);
    note::annotate(program, id, sources.file(id), &found(id), detail)
}

fn notes_stand_above_their_line() -> Result<(), Failed> {
    let found = |id| {
        vec![
            ODD.without_span("nowhere"),
            WRONG.at(Span::new(id, 0, 19), "several lines"),
            WRONG.at(Span::new(id, 10, 14), "unknown name"),
            ODD.at(Span::new(id, 15, 18), "odd"),
            WRONG.at(Span::new(id, 21, 21), "at the end").help("not shown"),
        ]
    };
    let expected = "\
#~ warning[HLB0998]: nowhere
#~ error[HLB0999] 1-+2:1: several lines
fs a() {
#~ error[HLB0999] 2-6: unknown name
#~ warning[HLB0998] 7-10: odd
\timge \"x\"
}
#~ error[HLB0999] 1: at the end
";
    let actual = annotated(PROGRAM, Detail::Message, found);
    same(&actual, expected)?;
    same(&note::cut(&actual), PROGRAM)
}

fn labels_and_help_on_demand() -> Result<(), Failed> {
    let found = |id| {
        let declared = Span::new(id, 3, 4);
        let wrong = WRONG.at(Span::new(id, 10, 14), "unknown name");
        vec![wrong.label(declared, "declared here").help("write `image`")]
    };
    let expected = "\
#~ label[HLB0999] 4-5: declared here
fs a() {
#~ error[HLB0999] 2-6: unknown name
#~ help[HLB0999]: write `image`
\timge \"x\"
}
";
    same(&annotated(PROGRAM, Detail::All, found), expected)
}

fn a_note_of_nothing_goes() -> Result<(), Failed> {
    let written = "# A\n```hlb\n#~ error[HLB0000] 1: nothing\nfs a() {}\n  #~ indented\n```\n";
    let actual = crate::run(written, Stage::Parse, Detail::Message)?;
    same(&actual, "# A\n```hlb\nfs a() {}\n```\n")
}

fn errors_in_case_files() -> Result<(), Failed> {
    for (written, expected) in [
        ("# A\nno block\n", "no case: a heading with a `hlb` block below it"),
        ("# A\n```hlb\n", "line 2: the block never ends"),
        ("```hlb\n```\n# A\n", "line 1: a block before the first heading"),
        ("# A\n```hlb x\n```\n", "line 1: A: line 2: what is `x`?"),
        ("# A\n```hlb\n```\n```hlb\n```\n", "line 1: A: line 4: a second file `build.hlb`"),
        (
            "# A\n```hlb\nfs a() {}\n```\n```lbl\n```\n",
            "line 1: A: line 5: no `lbl` block can be had here",
        ),
    ] {
        match crate::run(written, Stage::Parse, Detail::Message) {
            Ok(text) => return Err(format!("accepted {written:?} as {text:?}").into()),
            Err(error) => same(&error, expected)?,
        }
    }
    Ok(())
}
