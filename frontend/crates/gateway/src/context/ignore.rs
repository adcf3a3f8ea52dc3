//! Ignore files: which paths of a context stay with the client.

use std::fmt;

/// A line of an ignore file that excludes from nothing: `!` without a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidIgnoreLine {
    /// Counted from 1.
    pub line: usize,
}

impl fmt::Display for InvalidIgnoreLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: `!` needs a pattern", self.line)
    }
}

impl std::error::Error for InvalidIgnoreLine {}

/// Reads the patterns of an ignore file, in their order: the last that matches a path decides.
///
/// Bytes that are not UTF-8 become U+FFFD, as they do in Go when the patterns are written to the op.
/// `moby/patternmatcher` 0.6, `ignorefile/ignorefile.go`, `ReadAll`.
pub fn parse_ignore(content: &[u8]) -> Result<Vec<String>, InvalidIgnoreLine> {
    let text = String::from_utf8_lossy(content);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let mut patterns = Vec::new();
    for (index, line) in text.lines().enumerate() {
        // Only a `#` in the first column starts a comment.
        if line.starts_with('#') || line.trim().is_empty() {
            continue;
        }
        let line = line.trim();
        let (negation, pattern) = match line.strip_prefix('!') {
            Some(pattern) => ("!", pattern.trim()),
            None => ("", line),
        };
        if pattern.is_empty() {
            return Err(InvalidIgnoreLine { line: index + 1 });
        }
        let clean = path_clean::clean(pattern).display().to_string();
        let relative = clean.strip_prefix('/').filter(|rest| !rest.is_empty()).unwrap_or(&clean);
        patterns.push(format!("{negation}{relative}"));
    }
    Ok(patterns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_read_as_docker_does() {
        for (line, pattern) in [
            ("target", "target"),
            ("  *.log\t", "*.log"),
            ("/rooted", "rooted"),
            ("/", "/"),
            ("//a//b/", "a/b"),
            ("./a/../b", "b"),
            ("../a", "../a"),
            ("a/..", "."),
            ("/../a", "a"),
            ("**/*.o", "**/*.o"),
            ("! /keep", "!keep"),
            (" # no comment", "# no comment"),
            ("a b", "a b"),
            ("crlf\r", "crlf"),
        ] {
            assert_eq!(parse_ignore(line.as_bytes()), Ok(vec![pattern.to_owned()]), "{line:?}");
        }
        let file = "\u{feff}# comment\n\n \t\na\n!b\n";
        assert_eq!(parse_ignore(file.as_bytes()), Ok(vec!["a".to_owned(), "!b".to_owned()]));
        assert_eq!(parse_ignore(b""), Ok(Vec::new()));
        assert_eq!(parse_ignore(b"\xff"), Ok(vec!["\u{fffd}".to_owned()]));
        assert_eq!(parse_ignore(b"a\n! \n"), Err(InvalidIgnoreLine { line: 2 }));
    }
}
