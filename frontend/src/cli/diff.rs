//! Unified diffs, as `diff -u` and `patch` know them.

use std::ops::Range;

/// Lines around a change that are shown with it.
const CONTEXT: usize = 3;

/// Most edits that are searched for; texts that differ more are shown as one replacement. Bounds memory to its square.
const MAX_EDITS: usize = 1500;

/// The way from `old` to `new`; empty if they are the same. `name` stands in both headers.
pub fn unified(name: &str, old: &str, new: &str) -> String {
    let (old, new) = (lines(old), lines(new));
    let edits = edits(&old, &new);
    let mut out = String::new();
    if edits.is_empty() {
        return out;
    }
    out += &format!("--- {name}\n+++ {name}\n");
    let mut rest = edits.as_slice();
    while let Some(first) = rest.first() {
        let near = |pair: &&[Edit]| pair[1].old.start - pair[0].old.end <= 2 * CONTEXT;
        let count = 1 + rest.windows(2).take_while(near).count();
        let (hunk, later) = rest.split_at(count);
        rest = later;
        let last = hunk.last().unwrap_or(first);
        let start = first.old.start.saturating_sub(CONTEXT);
        let end = (last.old.end + CONTEXT).min(old.len());
        // Outside the edits both sides run in step.
        let new_start = first.new.start - (first.old.start - start);
        let new_end = last.new.end + (end - last.old.end);
        out += &format!("@@ -{} +{} @@\n", extent(start..end), extent(new_start..new_end));
        let mut at = start;
        for edit in hunk {
            push(&mut out, ' ', &old[at..edit.old.start]);
            push(&mut out, '-', &old[edit.old.clone()]);
            push(&mut out, '+', &new[edit.new.clone()]);
            at = edit.old.end;
        }
        push(&mut out, ' ', &old[at..end]);
    }
    out
}

/// A run of lines that gives way to another; one of both may be empty.
#[derive(Debug, PartialEq)]
struct Edit {
    old: Range<usize>,
    new: Range<usize>,
}

/// The lines of a text with their line feeds.
fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// Where a hunk stands: the first line counted from 1 (the one before it, if empty) and the number of lines.
fn extent(lines: Range<usize>) -> String {
    match lines.len() {
        0 => format!("{},0", lines.start),
        1 => format!("{}", lines.start + 1),
        len => format!("{},{len}", lines.start + 1),
    }
}

fn push(out: &mut String, mark: char, lines: &[&str]) {
    for line in lines {
        out.push(mark);
        out.push_str(line);
        if !line.ends_with('\n') {
            out.push_str("\n\\ No newline at end of file\n");
        }
    }
}

/// The edits in order, none touching the next.
fn edits(old: &[&str], new: &[&str]) -> Vec<Edit> {
    let prefix = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    let (old_rest, new_rest) = (&old[prefix..], &new[prefix..]);
    let ends = old_rest.iter().rev().zip(new_rest.iter().rev());
    let suffix = ends.take_while(|(old, new)| old == new).count();
    let old_middle = &old_rest[..old_rest.len() - suffix];
    let new_middle = &new_rest[..new_rest.len() - suffix];
    if old_middle.is_empty() && new_middle.is_empty() {
        return Vec::new();
    }
    let Some(same) = common(old_middle, new_middle) else {
        let old = prefix..prefix + old_middle.len();
        return vec![Edit { old, new: prefix..prefix + new_middle.len() }];
    };
    let mut edits = Vec::new();
    let (mut old_at, mut new_at) = (0, 0);
    let end = (old_middle.len(), new_middle.len());
    for (old_same, new_same) in same.into_iter().chain([end]) {
        if old_same > old_at || new_same > new_at {
            edits.push(Edit {
                old: prefix + old_at..prefix + old_same,
                new: prefix + new_at..prefix + new_same,
            });
        }
        (old_at, new_at) = (old_same + 1, new_same + 1);
    }
    edits
}

/// The pairs of lines of a longest common subsequence, ascending; `None` if the texts differ too much.
///
/// Eugene W. Myers, "An O(ND) difference algorithm and its variations", the greedy form: after each number of edits
/// the furthest line of `old` on every diagonal is kept, and the way is read backwards.
fn common(old: &[&str], new: &[&str]) -> Option<Vec<(usize, usize)>> {
    let most = (old.len() + new.len()).min(MAX_EDITS) as isize;
    // Index `most + 1 + k` is diagonal `k`: lines of `old` minus lines of `new`.
    let index = |k: isize| (k + most + 1) as usize;
    let mut furthest = vec![0_usize; 2 * most as usize + 3];
    let mut trace = Vec::<Vec<usize>>::new();
    for edits in 0..=most {
        // Only these diagonals are read again.
        trace.push(furthest[index(-edits - 1)..=index(edits + 1)].to_vec());
        for k in (-edits..=edits).step_by(2) {
            let down = k == -edits || k != edits && furthest[index(k - 1)] < furthest[index(k + 1)];
            let mut x = if down { furthest[index(k + 1)] } else { furthest[index(k - 1)] + 1 };
            let mut y = (x as isize - k) as usize;
            while x < old.len() && y < new.len() && old[x] == new[y] {
                (x, y) = (x + 1, y + 1);
            }
            furthest[index(k)] = x;
            if x >= old.len() && y >= new.len() {
                return Some(backtrack(&trace, old.len(), new.len()));
            }
        }
    }
    None
}

fn backtrack(trace: &[Vec<usize>], mut x: usize, mut y: usize) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    for (edits, furthest) in trace.iter().enumerate().rev() {
        let edits = edits as isize;
        let k = x as isize - y as isize;
        let at = |k: isize| furthest[(k + edits + 1) as usize];
        let down = k == -edits || k != edits && at(k - 1) < at(k + 1);
        let (from_x, from_y) = match (edits, down) {
            (0, _) => (0, 0),
            (_, true) => (at(k + 1), (at(k + 1) as isize - (k + 1)) as usize),
            (_, false) => (at(k - 1), (at(k - 1) as isize - (k - 1)) as usize),
        };
        while x > from_x && y > from_y {
            (x, y) = (x - 1, y - 1);
            pairs.push((x, y));
        }
        (x, y) = (from_x, from_y);
    }
    pairs.reverse();
    pairs
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
    fn near_changes_share_a_hunk() {
        expect![[r#"
            --- a
            +++ a
            @@ -1,5 +1,4 @@
            -a
             b
             c
            -d
            +D
             e
        "#]]
        .assert_eq(&unified("a", "a\nb\nc\nd\ne\n", "b\nc\nD\ne\n"));
    }

    #[test]
    fn empty_sides() {
        assert_eq!(unified("a", "", "x\n"), "--- a\n+++ a\n@@ -0,0 +1 @@\n+x\n");
        assert_eq!(unified("a", "x\n", ""), "--- a\n+++ a\n@@ -1 +0,0 @@\n-x\n");
    }

    /// All pairs of short texts over three lines: what a diff leaves and adds is the new text, by as few lines as can be.
    #[test]
    fn shortest_for_all_short_texts() {
        let texts: Vec<Vec<&str>> = (0..3_usize.pow(5))
            .map(|n| (0..n % 6).map(|at| ["a", "b", "c"][n / 3_usize.pow(at as u32) % 3]).collect())
            .collect();
        for (old, new) in texts.iter().flat_map(|old| texts.iter().map(move |new| (old, new))) {
            let edits = edits(old, new);
            let mut made = Vec::new();
            let mut at = 0;
            for edit in &edits {
                made.extend_from_slice(&old[at..edit.old.start]);
                made.extend_from_slice(&new[edit.new.clone()]);
                at = edit.old.end;
            }
            made.extend_from_slice(&old[at..]);
            assert_eq!(&made, new, "{old:?} {edits:?}");
            let changed: usize = edits.iter().map(|edit| edit.old.len() + edit.new.len()).sum();
            assert_eq!(
                changed,
                old.len() + new.len() - 2 * longest_common(old, new),
                "{old:?} {new:?}"
            );
        }
    }

    fn longest_common(old: &[&str], new: &[&str]) -> usize {
        match (old, new) {
            ([], _) | (_, []) => 0,
            ([a, old @ ..], [b, new @ ..]) if a == b => 1 + longest_common(old, new),
            ([_, old_rest @ ..], [_, new_rest @ ..]) => {
                longest_common(old_rest, new).max(longest_common(old, new_rest))
            }
        }
    }

    #[test]
    fn texts_that_differ_too_much_are_replaced() {
        let text =
            |first: usize| (first..first + 1000).map(|n| format!("{n}\n")).collect::<String>();
        let diff = unified("a", &text(0), &text(5000));
        assert!(diff.starts_with("--- a\n+++ a\n@@ -1,1000 +1,1000 @@\n-0\n-1\n"), "{diff}");
    }
}
