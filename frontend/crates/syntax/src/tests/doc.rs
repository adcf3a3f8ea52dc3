use super::parsed;
use crate::tree::Stmt;

const PROGRAM: &str = "\
#!/usr/bin/env hlb
# syntax=x
# Of one,
#   two lines.
fs one() {}

# Of nothing: an empty line follows.

fs two() {} # beside
fs three() {
\t# Of the run.
\trun \"x\" # beside
\trun \"y\"
}
";

/// In the Go implementation a comment belongs to the function that follows an empty line after it.
#[test]
fn comments_belong_to_what_stands_right_below() {
    let (tree, reported) = parsed(PROGRAM);
    assert!(reported.is_empty(), "{reported:?}");
    let text = |doc: &Option<Box<crate::tree::Doc>>| doc.as_ref().map(|doc| doc.text.to_string());
    let functions: Vec<_> =
        tree.funcs().map(|func| (func.name.to_string(), text(&func.doc))).collect();
    let of_one = Some("Of one,\n  two lines.".to_owned());
    let expected =
        [("one".to_owned(), of_one), ("two".to_owned(), None), ("three".to_owned(), None)];
    assert_eq!(functions, expected);
    let body = tree.funcs().last().and_then(|func| func.body.as_ref());
    let statements: Vec<_> = body
        .map_or(&[][..], |body| &body.stmts)
        .iter()
        .map(|stmt| match stmt {
            Stmt::Call(call) => text(&call.doc),
            _ => None,
        })
        .collect();
    assert_eq!(statements, [Some("Of the run.".to_owned()), None]);
}
