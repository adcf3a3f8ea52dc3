use std::iter::Peekable;
use std::str::Chars;

/// A pattern of an ignore file, which matches paths as a whole.
///
/// `moby/patternmatcher` 0.6, `patternmatcher.go`, `compile`.
pub(super) struct Pattern {
    tokens: Vec<Token>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    One(char),
    /// `?`: anything but a separator.
    Any,
    /// `[…]`: whether the set is excluded, and its ranges.
    Set(bool, Vec<(char, char)>),
    /// `*`: any number of anything but separators.
    Name,
    /// `**`: anything at all.
    Path,
    /// `**/`: any number of directories, which is nothing, or something and a separator.
    Directories,
    Inside,
}

impl Pattern {
    /// Reads a pattern; what is no pattern for Go matches nothing.
    pub fn new(text: &str) -> Self {
        let mut chars = text.chars().peekable();
        let mut tokens = Vec::new();
        while let Some(char) = chars.next() {
            let token = match char {
                '*' if chars.next_if_eq(&'*').is_some() => match chars.next_if_eq(&'/') {
                    Some(_) => Token::Directories,
                    None => Token::Path,
                },
                '*' => Token::Name,
                '?' => Token::Any,
                '[' => set(&mut chars),
                '\\' => chars.next().map_or(Token::NOTHING, Token::One),
                char => Token::One(char),
            };
            let is_directories = token == Token::Directories;
            tokens.push(token);
            if is_directories {
                tokens.push(Token::Inside);
            }
        }
        Self { tokens }
    }

    /// Whether it matches all of a path.
    pub fn matches(&self, path: &str) -> bool {
        self.reached(path).last().copied().unwrap_or(false)
    }

    /// Whether there may be paths below this one that it matches: it does not end with what it matches of the path, or it
    /// has no end.
    pub fn may_match_below(&self, path: &str) -> bool {
        let reached = self.reached(&format!("{path}/"));
        reached.iter().any(|reached| *reached)
    }

    /// Which positions of the pattern may be reached once a text is read; the last one is its end.
    fn reached(&self, text: &str) -> Vec<bool> {
        let mut now = vec![false; self.tokens.len() + 1];
        reach(&mut now, 0);
        self.skip(&mut now);
        for char in text.chars() {
            let mut next = vec![false; now.len()];
            for (at, token) in self.tokens.iter().enumerate() {
                if now.get(at) != Some(&true) {
                    continue;
                }
                if token.stays_at(char) {
                    reach(&mut next, at);
                }
                if token.ends_with(char) {
                    reach(&mut next, at + 1);
                }
            }
            self.skip(&mut next);
            now = next;
        }
        now
    }

    /// Goes past what may stand for nothing.
    fn skip(&self, reached: &mut [bool]) {
        for (at, token) in self.tokens.iter().enumerate() {
            match token {
                _ if reached.get(at) != Some(&true) => {}
                Token::Name | Token::Path => reach(reached, at + 1),
                Token::Directories => {
                    reach(reached, at + 1);
                    reach(reached, at + 2);
                }
                Token::One(_) | Token::Any | Token::Set(..) | Token::Inside => {}
            }
        }
    }
}

impl Token {
    /// Matches no character.
    const NOTHING: Self = Self::Set(false, Vec::new());

    /// Whether more may follow a character that it stands for.
    fn stays_at(&self, char: char) -> bool {
        match self {
            Self::Name => char != '/',
            Self::Path | Self::Inside => true,
            Self::One(_) | Self::Any | Self::Set(..) | Self::Directories => false,
        }
    }

    /// Whether a character may be the last that it stands for.
    fn ends_with(&self, char: char) -> bool {
        match self {
            Self::One(one) => *one == char,
            Self::Any => char != '/',
            Self::Set(is_excluded, ranges) => {
                let is_in = ranges.iter().any(|(from, to)| (*from..=*to).contains(&char));
                is_in != *is_excluded
            }
            Self::Inside => char == '/',
            Self::Name | Self::Path | Self::Directories => false,
        }
    }
}

fn reach(reached: &mut [bool], at: usize) {
    if let Some(slot) = reached.get_mut(at) {
        *slot = true;
    }
}

/// Reads a set up to its `]`.
fn set(chars: &mut Peekable<Chars<'_>>) -> Token {
    let is_excluded = chars.next_if_eq(&'^').is_some();
    let mut ranges = Vec::new();
    while let Some(char) = chars.next() {
        let from = match char {
            ']' if !ranges.is_empty() => return Token::Set(is_excluded, ranges),
            '\\' => chars.next().unwrap_or(char),
            char => char,
        };
        let to = match chars.next_if_eq(&'-') {
            None => from,
            Some(_) => match chars.next() {
                Some('\\') => chars.next().unwrap_or(from),
                to => to.unwrap_or(from),
            },
        };
        ranges.push((from, to));
    }
    Token::NOTHING
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_paths() {
        for (pattern, matches, others) in [
            ("a", &["a"][..], &["ab", "b/a", "a/b"][..]),
            ("*.o", &["x.o", ".o"], &["d/x.o", "x.oo"]),
            ("a?c", &["abc"], &["a/c", "ac"]),
            ("**", &["a", "a/b", ""], &[]),
            ("**/x", &["x", "a/x", "a/b/x"], &["ax", "a/ax"]),
            ("a/**", &["a/b", "a/b/c"], &["a", "ab"]),
            ("a/**/b", &["a/b", "a/x/b", "a/x/y/b"], &["ab", "a/xb"]),
            ("**.o", &["x.o", "d/x.o"], &["x"]),
            ("[a-c]x", &["ax", "cx"], &["dx", "x"]),
            ("[^a-c]", &["d"], &["b", "dd"]),
            ("[\\]a]", &["]", "a"], &["\\"]),
            ("\\*", &["*"], &["a"]),
            ("a.b$", &["a.b$"], &["axb$", "a.b"]),
            ("[", &[], &["[", "a"]),
            ("a\\", &[], &["a", "a\\"]),
            ("é*", &["é", "éa"], &["e"]),
        ] {
            let compiled = Pattern::new(pattern);
            for path in matches {
                assert!(compiled.matches(path), "{pattern} matches {path}");
            }
            for path in others {
                assert!(!compiled.matches(path), "{pattern} does not match {path}");
            }
        }
    }

    #[test]
    fn a_pattern_may_go_on_below_a_path() {
        for (pattern, path, below) in [
            ("a/b", "a", true),
            ("a/b", "b", false),
            ("a", "a", false),
            ("a/b/c", "a/b", true),
            ("a/b/c", "a/x", false),
            ("**/x", "a/b", true),
            ("*/x", "a", true),
            ("*/x", "a/b", false),
            ("a/**", "a/b", true),
        ] {
            assert_eq!(Pattern::new(pattern).may_match_below(path), below, "{pattern} {path}");
        }
    }

    /// A matcher that tries one way after the other takes longer than anybody waits.
    #[test]
    fn many_stars_take_no_time() {
        let pattern = Pattern::new(&"*a".repeat(200));
        assert!(!pattern.matches(&"a".repeat(199)));
        assert!(pattern.matches(&"a".repeat(200)));
    }
}
