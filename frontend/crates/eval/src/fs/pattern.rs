//! Patterns that choose files, as a `.dockerignore` has them.

use std::iter::Peekable;
use std::str::Chars;

use hlb_program::builtin::{ArgSite, Kind, Meaning, Param};
use hlb_syntax::diagnostic::Diagnostic;

use crate::{Builtin, Call};

/// The parameter for patterns.
pub const PATTERN: Param = Param::variadic(
    "pattern",
    Kind::String,
    "a pattern as `.dockerignore` has them, such as `**/*.md`; with `!` at \
     its start it is an exception",
)
.about(Meaning::Pattern)
.checked_by(check);

/// The patterns of all calls of an option together.
pub fn patterns(call: &Call, option: &'static Builtin) -> Result<Vec<String>, Diagnostic> {
    let mut all = Vec::new();
    for setting in call.option_calls(option) {
        all.extend(setting.read_all(|text, site| check(text, site).map(|()| text.to_owned()))?);
    }
    Ok(all)
}

/// Whether the daemon can read a pattern: it refuses others when the step runs.
pub fn check(text: &str, site: &ArgSite) -> Result<(), Diagnostic> {
    problem(text).map_or(Ok(()), |problem| Err(site.invalid(format!("`{text}`: {problem}"))))
}

/// What is wrong with a pattern by the rules of Go's `path/filepath.Match` and of `moby/patternmatcher` 0.6.
fn problem(text: &str) -> Option<&'static str> {
    let text = text.trim();
    if text == "!" {
        return Some("an exception needs a pattern");
    }
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '\\' if chars.next().is_none() => return Some("a backslash stands at the end"),
            '[' => {
                if let Some(problem) = class(&mut chars) {
                    return Some(problem);
                }
            }
            _ => {}
        }
    }
    None
}

/// Reads a class of characters up to its `]`.
fn class(chars: &mut Peekable<Chars<'_>>) -> Option<&'static str> {
    const OPEN: &str = "a `[` is not closed";
    const EMPTY: &str = "a range in `[…]` has no beginning or no end";
    chars.next_if_eq(&'^');
    let mut ranges = 0;
    loop {
        match chars.next() {
            None => return Some(OPEN),
            Some(']') if ranges > 0 => return None,
            Some(']' | '-') => return Some(EMPTY),
            Some('\\') if chars.next().is_none() => return Some(OPEN),
            Some(_) => {}
        }
        if chars.next_if_eq(&'-').is_some() {
            match chars.next() {
                None => return Some(OPEN),
                Some(']' | '-') => return Some(EMPTY),
                Some('\\') if chars.next().is_none() => return Some(OPEN),
                Some(_) => {}
            }
        }
        ranges += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::problem;

    #[test]
    fn what_go_can_match_is_a_pattern() {
        for good in ["", "*", "**/*.go", "!keep", "[a-z]*", "[^x]", "a\\[b", "[\\]]", "a]", "?"] {
            assert_eq!(problem(good), None, "{good}");
        }
        for bad in ["[", "[a", "[]a]", "a\\", "[a-]", "[-a]", "[^]", "!", "[a\\"] {
            assert!(problem(bad).is_some(), "{bad}");
        }
    }
}
