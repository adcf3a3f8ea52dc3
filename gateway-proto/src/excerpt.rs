//! Excerpts of source files: the lines that a client prints, at the numbers that they have in the file.
//!
//! A client that shows a location splits the text at its line feeds and counts (BuildKit 0.13 to 0.32,
//! `solver/errdefs/source.go`, `Print`). So an excerpt keeps the line feeds before the lines that it shows, and nothing
//! else of the other lines: a location at the end of a large file costs a byte for each line before it.

use std::ops::RangeInclusive;

/// How many lines a client prints before and after a location, at most.
const NEIGHBORS: usize = 2;

/// Most lines of one location that are shown; a heredoc, say, may have many thousands.
const MAX_LINES: usize = 40;

/// Longest line, in bytes; what is behind is cut off.
const MAX_LINE: usize = 1000;

/// The lines of a text that belong to some locations, each of them with its neighbors, all in their places.
///
/// Lines count from 1. A location of line 0, or behind the end, shows nothing. `None` if the excerpt is longer than
/// `max_bytes`.
pub fn excerpt(
    text: &str,
    locations: impl IntoIterator<Item = RangeInclusive<usize>>,
    max_bytes: usize,
) -> Option<String> {
    let mut wanted: Vec<_> = locations.into_iter().map(with_neighbors).collect();
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
            push(&mut shown, line);
        }
        if shown.len() > max_bytes {
            return None;
        }
        while wanted.next_if(|it| *it.end() <= number).is_some() {}
    }
    Some(shown)
}

/// The last line of a location that is shown; clients print every line of a location.
pub fn last_shown(lines: &RangeInclusive<usize>) -> usize {
    (*lines.end()).min(lines.start().saturating_add(MAX_LINES - 1))
}

fn with_neighbors(lines: RangeInclusive<usize>) -> RangeInclusive<usize> {
    let first = lines.start().saturating_sub(NEIGHBORS);
    first..=last_shown(&lines).max(*lines.start()).saturating_add(NEIGHBORS)
}

fn push(shown: &mut String, line: &str) {
    if line.len() <= MAX_LINE {
        return shown.push_str(line);
    }
    let mut end = MAX_LINE;
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
        let text = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
        let of = |lines: &[RangeInclusive<usize>]| excerpt(text, lines.iter().cloned(), 100);
        assert_eq!(of(&[4..=4]).as_deref(), Some("\n2\n3\n4\n5\n6"));
        assert_eq!(of(&[9..=9, 1..=1]).as_deref(), Some("1\n2\n3\n\n\n\n7\n8\n9\n"));
        assert_eq!(of(&[1..=9]).as_deref(), Some(text), "the end is the end of the file");
        assert_eq!(of(&[]).as_deref(), Some(""));
    }

    #[test]
    fn what_no_line_has_is_no_excerpt_of_another() {
        assert_eq!(excerpt("1\n2", [12..=12], 100).as_deref(), Some("\n"));
        assert_eq!(excerpt("", [usize::MAX..=usize::MAX], 100).as_deref(), Some(""));
    }

    #[test]
    fn it_is_bounded() {
        let long = "ä".repeat(MAX_LINE);
        let shown = excerpt(&long, [1..=1], 2 * MAX_LINE).unwrap_or_default();
        assert!(shown.len() <= MAX_LINE + '…'.len_utf8() && shown.ends_with("ä…"));
        let many = "x\n".repeat(1000);
        let shown = excerpt(&many, [11..=900], 2000).unwrap_or_default();
        assert_eq!(shown.lines().filter(|line| *line == "x").count(), MAX_LINES + 2 * NEIGHBORS);
        assert_eq!(excerpt(&many, [900..=900], 899), None);
    }
}
