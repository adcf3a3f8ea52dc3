//! Ignore files: which paths of a context stay with the client.

use std::fmt;

use super::pattern::Pattern;

/// An ignore file, as Docker reads it.
#[derive(Clone, Debug, Default)]
pub struct IgnoreFile {
    /// As messages have it, such as `.dockerignore` between backticks; empty if there is no such file.
    name: String,
    rules: Vec<Rule>,
}

/// A line of it.
#[derive(Clone, Debug)]
pub struct Rule {
    /// As it is sent to the client, without the `!` of an exception.
    pub pattern: String,
    pub is_exception: bool,
    /// Counted from 1.
    line: usize,
}

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

impl IgnoreFile {
    /// Reads an ignore file.
    ///
    /// Bytes that are not UTF-8 become U+FFFD, as they do in Go when the patterns are written to the op.
    /// `moby/patternmatcher` 0.6, `ignorefile/ignorefile.go`, `ReadAll`.
    pub fn parse(name: &str, content: &[u8]) -> Result<Self, InvalidIgnoreLine> {
        let text = String::from_utf8_lossy(content);
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let mut rules = Vec::new();
        for (index, line) in text.lines().enumerate() {
            // Only a `#` in the first column starts a comment.
            if line.starts_with('#') || line.trim().is_empty() {
                continue;
            }
            let text = line.trim();
            let (is_exception, pattern) = match text.strip_prefix('!') {
                Some(pattern) => (true, pattern.trim()),
                None => (false, text),
            };
            let line = index + 1;
            if pattern.is_empty() {
                return Err(InvalidIgnoreLine { line });
            }
            let clean = path_clean::clean(pattern).display().to_string();
            let relative = clean.strip_prefix('/').filter(|rest| !rest.is_empty());
            let pattern = relative.unwrap_or(&clean).to_owned();
            rules.push(Rule { pattern, is_exception, line });
        }
        Ok(Self { name: name.to_owned(), rules })
    }

    /// The name as messages have it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The lines with patterns in their order: the last that matches a path decides.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The line that leaves out a path, and with it everything below; `None` if something of it may be sent.
    ///
    /// The path is clean and relative. `moby/patternmatcher` 0.6, `patternmatcher.go`, `MatchesOrParentMatches`.
    pub fn line_excluding(&self, path: &str) -> Option<usize> {
        if path.is_empty() || path == "." {
            return None;
        }
        let mut excluded = None;
        for rule in &self.rules {
            let pattern = Pattern::new(&rule.pattern);
            if ancestors(path).any(|path| pattern.matches(path)) {
                excluded = (!rule.is_exception).then_some(rule.line);
            } else if rule.is_exception && pattern.may_match_below(path) {
                return None;
            }
        }
        excluded
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = if self.is_exception { "!" } else { "" };
        write!(f, "{mark}{}", self.pattern)
    }
}

/// A path, then the directories above it.
pub(super) fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path), |path| path.rsplit_once('/').map(|(above, _)| above))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patterns(content: &[u8]) -> Result<Vec<String>, InvalidIgnoreLine> {
        IgnoreFile::parse(".dockerignore", content)
            .map(|file| file.rules().iter().map(Rule::to_string).collect())
    }

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
            assert_eq!(patterns(line.as_bytes()), Ok(vec![pattern.to_owned()]), "{line:?}");
        }
        let file = "\u{feff}# comment\n\n \t\na\n!b\n";
        assert_eq!(patterns(file.as_bytes()), Ok(vec!["a".to_owned(), "!b".to_owned()]));
        assert_eq!(patterns(b""), Ok(Vec::new()));
        assert_eq!(patterns(b"\xff"), Ok(vec!["\u{fffd}".to_owned()]));
        assert_eq!(patterns(b"a\n! \n"), Err(InvalidIgnoreLine { line: 2 }));
    }

    #[test]
    fn the_last_line_that_matches_excludes() {
        for (content, path, line) in [
            ("a\n", "a", Some(1)),
            ("a\n", "a/b/c", Some(1)),
            ("a\n", "ab", None),
            ("# x\n\n*.log\n", "x.log", Some(3)),
            ("*.log\n", "d/x.log", None),
            ("**/*.log\n", "d/x.log", Some(1)),
            ("*\n", "a/b", Some(1)),
            ("*\n!a\n", "a/b", None),
            ("*\n!a\na/b\n", "a/b", Some(3)),
            // Something below may be sent.
            ("*\n!a/b\n", "a", None),
            ("*\n!a/b\n", "a/c", Some(1)),
            ("*\n!**/keep\n", "a/c", None),
            ("*\n!a*/keep\n", "b", Some(1)),
            ("a\n", "", None),
            ("a\n", ".", None),
        ] {
            let file = IgnoreFile::parse(".dockerignore", content.as_bytes()).expect("valid");
            assert_eq!(file.line_excluding(path), line, "{content:?} {path}");
        }
    }
}
