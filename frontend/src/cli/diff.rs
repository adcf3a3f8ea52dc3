//! Unified diffs, as `diff -u` and `patch` know them.

use std::time::Duration;

use similar::TextDiff;

/// How long the shortest diff is searched for. Texts that differ in very many lines are then shown with larger hunks than
/// necessary, which is still a correct diff.
const SEARCH_TIME: Duration = Duration::from_secs(1);

/// The changes from `old` to `new`; empty if they are the same. `name` stands in both headers.
pub fn unified(name: &str, old: &str, new: &str) -> String {
    let diff = TextDiff::configure().timeout(SEARCH_TIME).diff_lines(old, new);
    diff.unified_diff().header(name, name).to_string()
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
