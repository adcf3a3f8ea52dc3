//! The shell that runs lines, and words and quotes as HLB's shells have them.

use std::str::Chars;

use crate::Fs;

/// The shell of a filesystem, with its arguments: that of its image, else that of its operating system.
///
/// BuildKit 0.32, `frontend/dockerfile/dockerfile2llb/defaultshell.go`.
pub fn of(fs: &Fs) -> Vec<String> {
    let set = &fs.image.config.shell;
    match (set.is_empty(), fs.platform.os.as_str()) {
        (false, _) => set.iter().map(ToString::to_string).collect(),
        (true, "windows") => ["cmd", "/S", "/C"].map(str::to_owned).into(),
        (true, _) => ["/bin/sh", "-c"].map(str::to_owned).into(),
    }
}

/// Splits a line into words by the rules of kballard/go-shellquote, which HLB uses: spaces, tabs and line feeds
/// separate; quotes of both kinds; a backslash escapes, and drops a line feed; `#` is an ordinary character.
///
/// # Errors
/// If a quote is not closed, or the line ends in a backslash.
pub fn split(line: &str) -> Result<Vec<String>, &'static str> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = line.chars();
    while let Some(char) = chars.next() {
        match char {
            ' ' | '\t' | '\n' => words.extend(word.take()),
            '\'' => single_quoted(&mut chars, word.get_or_insert_default())?,
            '"' => double_quoted(&mut chars, word.get_or_insert_default())?,
            '\\' => match chars.next() {
                Some('\n') => {}
                Some(char) => word.get_or_insert_default().push(char),
                None => return Err("a backslash stands at the end"),
            },
            char => word.get_or_insert_default().push(char),
        }
    }
    words.extend(word);
    Ok(words)
}

fn single_quoted(chars: &mut Chars<'_>, word: &mut String) -> Result<(), &'static str> {
    loop {
        match chars.next() {
            Some('\'') => return Ok(()),
            Some(char) => word.push(char),
            None => return Err("a single quote is not closed"),
        }
    }
}

fn double_quoted(chars: &mut Chars<'_>, word: &mut String) -> Result<(), &'static str> {
    loop {
        match chars.next() {
            Some('"') => return Ok(()),
            Some('\\') => match chars.next() {
                Some(char @ ('$' | '`' | '"' | '\\')) => word.push(char),
                Some('\n') => {}
                Some(char) => word.extend(['\\', char]),
                None => return Err("a double quote is not closed"),
            },
            Some(char) => word.push(char),
            None => return Err("a double quote is not closed"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_like_a_shell_does() {
        assert_eq!(split(r"echo 'a b' c\ d").unwrap(), ["echo", "a b", "c d"]);
        assert_eq!(split("a '' \"x\\\"y\\n\" #b\\\nc").unwrap(), ["a", "", "x\"y\\n", "#bc"]);
        assert!(split("").unwrap().is_empty());
        assert!(split("'a").is_err() && split("\"a").is_err() && split("a\\").is_err());
    }
}
