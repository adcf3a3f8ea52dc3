//! Unified diffs, as `diff -u` and `patch` know them.

use std::fmt::Write;
use std::time::{Duration, Instant};

use similar::DiffTag;
use similar::algorithms::{Capture, Compact, Replace, myers};
use similar::udiff::UnifiedHunkHeader;

/// How long the shortest diff is searched for. Texts that differ in very many lines are then shown with larger hunks than
/// necessary, which is still a correct diff.
const SEARCH_TIME: Duration = Duration::from_secs(1);

/// Lines that a hunk has before and after its changes, as with `diff -u`.
const CONTEXT: usize = 3;

/// The changes from `old` to `new`; empty if they are the same. `name` stands in both headers.
///
/// `similar::TextDiff` would do the same, but brings all of its algorithms, for several types each, with it: 0.2 MB.
pub fn unified(name: &str, old: &str, new: &str) -> String {
    let old: Vec<&str> = old.split_inclusive('\n').collect();
    let new: Vec<&str> = new.split_inclusive('\n').collect();
    let mut changes = Compact::new(Replace::new(Capture::new()), &*old, &*new);
    let deadline = Instant::now() + SEARCH_TIME;
    let (all_old, all_new) = (0..old.len(), 0..new.len());
    let Ok(()) =
        myers::diff_deadline_raw(&mut changes, &*old, all_old, &*new, all_new, Some(deadline));
    let hunks = changes.into_inner().into_inner().into_grouped_ops(CONTEXT);
    let mut text = String::new();
    for hunk in hunks {
        if text.is_empty() {
            text = format!("--- {name}\n+++ {name}\n");
        }
        let _ = writeln!(text, "{}", UnifiedHunkHeader::new(&hunk));
        for change in hunk {
            let (tag, old_range, new_range) = change.as_tag_tuple();
            let removed = old.get(old_range).unwrap_or_default();
            match tag {
                DiffTag::Equal => add(&mut text, ' ', removed),
                DiffTag::Delete | DiffTag::Insert | DiffTag::Replace => {
                    add(&mut text, '-', removed);
                    add(&mut text, '+', new.get(new_range).unwrap_or_default());
                }
            }
        }
    }
    text
}

/// Adds lines, each after a sign.
fn add(text: &mut String, sign: char, lines: &[&str]) {
    for line in lines {
        text.push(sign);
        text.push_str(line);
        if !line.ends_with('\n') {
            text.push_str("\n\\ No newline at end of file\n");
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn same_texts_have_none() {
        assert_eq!(unified("a", "x\ny\n", "x\ny\n"), "");
        assert_eq!(unified("a", "", ""), "");
    }

    #[test]
    fn hunks_with_context() {
        let old = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n";
        let new = "1\n2\n3\nfour\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14";
        expect![[r#"
            --- a.hlb
            +++ a.hlb
            @@ -1,7 +1,7 @@
             1
             2
             3
            -4
            +four
             5
             6
             7
            @@ -11,3 +11,4 @@
             11
             12
             13
            +14
            \ No newline at end of file
        "#]]
        .assert_eq(&unified("a.hlb", old, new));
    }

    #[test]
    fn empty_sides() {
        expect![[r#"
            --- a
            +++ a
            @@ -0,0 +1 @@
            +x
        "#]]
        .assert_eq(&unified("a", "", "x\n"));
        expect![[r#"
            --- a
            +++ a
            @@ -1 +0,0 @@
            -x
        "#]]
        .assert_eq(&unified("a", "x\n", ""));
    }

    /// Nothing in common: the search would take the square of their length.
    #[test]
    fn large_texts_that_differ_in_all_lines() {
        let text =
            |first: usize| (first..first + 50_000).map(|n| format!("{n}\n")).collect::<String>();
        let diff = unified("a", &text(0), &text(100_000));
        assert!(diff.starts_with("--- a\n+++ a\n@@ -1,50000 +1,50000 @@\n-0\n"), "{}", &diff[..80]);
    }
}
