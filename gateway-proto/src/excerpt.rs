//! Excerpts of source files: the lines that a client prints, at the numbers that they have in the file.
//!
//! A client that shows a location splits the text at its line feeds and counts (BuildKit 0.13 to 0.32,
//! `solver/errdefs/source.go`, `Print`). So an excerpt keeps the line feeds before the lines that it shows, and nothing
//! else of the other lines: a location at the end of a large file costs a byte for each line before it.

use std::ops::RangeInclusive;

/// Most lines of one location that are shown; a heredoc, say, may have many thousands.
const MAX_LINES: usize = 40;

/// The lines of a text that belong to some locations, each with those around it that a client prints, all in their places.
///
/// Lines count from 1. A location of line 0, or behind the end, shows nothing. If that is longer than `max_bytes`, it is
/// the beginning of the first line of each location alone, and `None` if that is too long as well.
pub fn excerpt(
    text: &str,
    locations: &[RangeInclusive<usize>],
    max_bytes: usize,
) -> Option<String> {
    [FULL, BRIEF].iter().find_map(|detail| lines(text, locations, detail, max_bytes))
}

/// The last line of a location that is shown; clients print every line of a location.
pub fn last_shown(lines: &RangeInclusive<usize>) -> usize {
    (*lines.end()).min(lines.start().saturating_add(MAX_LINES - 1))
}

/// How much is shown of a location.
struct Detail {
    /// Lines before and after it.
    neighbors: usize,
    /// Most of its own lines.
    lines: usize,
    /// Longest line, in bytes; what is behind is cut off.
    line_bytes: usize,
}

/// A client prints four lines around a location at most: two before and two after it, or all four on one side at an end of
/// the file.
const FULL: Detail = Detail { neighbors: 4, lines: MAX_LINES, line_bytes: 1000 };

const BRIEF: Detail = Detail { neighbors: 0, lines: 1, line_bytes: 100 };

fn lines(
    text: &str,
    locations: &[RangeInclusive<usize>],
    detail: &Detail,
    max_bytes: usize,
) -> Option<String> {
    let mut wanted: Vec<_> = locations.iter().map(|lines| detail.around(lines)).collect();
    wanted.sort_unstable_by_key(|lines| *lines.start());
    let mut wanted = wanted.into_iter().peekable();
    let mut shown = String::new();
    let mut lines = text.split('\n').enumerate();
    let mut separator = "";
    while wanted.peek().is_some()
        && let Some((index, line)) = lines.next()
    {
        shown.push_str(separator);
        separator = "\n";
        let number = index + 1;
        if wanted.peek().is_some_and(|it| *it.start() <= number) {
            push(&mut shown, line, detail.line_bytes);
        }
        if shown.len() > max_bytes {
            return None;
        }
        while wanted.next_if(|it| *it.end() <= number).is_some() {}
    }
    Some(shown)
}

impl Detail {
    /// The lines that are shown of a location.
    fn around(&self, lines: &RangeInclusive<usize>) -> RangeInclusive<usize> {
        let (first, end) = (*lines.start(), *lines.end());
        let last = end.min(first.saturating_add(self.lines - 1)).max(first);
        first.saturating_sub(self.neighbors)..=last.saturating_add(self.neighbors)
    }
}

fn push(shown: &mut String, line: &str, max_bytes: usize) {
    if line.len() <= max_bytes {
        return shown.push_str(line);
    }
    let mut end = max_bytes;
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    shown.push_str(line.get(..end).unwrap_or_default());
    shown.push('…');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_keep_their_numbers() {
        let text = (1..20).map(|line| format!("{line}\n")).collect::<String>();
        let of = |lines: &[RangeInclusive<usize>]| excerpt(&text, lines, 100);
        assert_eq!(of(&[6..=6]).as_deref(), Some("\n2\n3\n4\n5\n6\n7\n8\n9\n10"));
        let ends = "1\n2\n3\n4\n5\n\n\n\n\n\n\n\n\n\n15\n16\n17\n18\n19\n";
        assert_eq!(of(&[19..=19, 1..=1]).as_deref(), Some(ends));
        assert_eq!(of(&[1..=19]).as_deref(), Some(&*text), "the end is the end of the file");
        assert_eq!(of(&[]).as_deref(), Some(""));
    }

    #[test]
    fn what_no_line_has_is_no_excerpt_of_another() {
        assert_eq!(excerpt("1\n2", &[12..=12], 100).as_deref(), Some("\n"));
        assert_eq!(excerpt("", &[usize::MAX..=usize::MAX], 100).as_deref(), Some(""));
    }

    #[test]
    fn it_is_bounded() {
        let long = "ä".repeat(1000);
        let shown = excerpt(&long, &[1..=1], 2000).unwrap_or_default();
        assert!(shown.len() <= 1000 + '…'.len_utf8() && shown.ends_with("ä…"));
        let many = "x\n".repeat(1000);
        let shown = excerpt(&many, &[11..=900], 2000).unwrap_or_default();
        assert_eq!(shown.lines().filter(|line| *line == "x").count(), MAX_LINES + 8);
        assert_eq!(excerpt(&many, &[900..=900], 899), None);
    }

    #[test]
    fn what_is_too_much_in_full_is_brief() {
        let text = "123\n".repeat(9);
        let all: Vec<_> = (2..=3).chain(7..=8).map(|line| line..=9).collect();
        assert_eq!(excerpt(&text, &all, 20).as_deref(), Some("\n123\n123\n\n\n\n123\n123"));
    }
}
