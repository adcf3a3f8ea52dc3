//! Which names say that something is a secret.

use super::words::words;

/// The words that a name ends with if it is a secret's, without regard to case.
///
/// Those of BuildKit's own check (0.32, `frontend/dockerfile/dockerfile2llb/convert.go`), which looks for them anywhere in
/// a name. In the middle they say less: `TOKEN_URL`, `KEY_FILE`, `SECRET_NAME`.
const WORDS: &[&str] = &[
    "apikey",
    "auth",
    "credential",
    "credentials",
    "key",
    "passwd",
    "password",
    "pword",
    "secret",
    "token",
];

/// Words anywhere in a name that say that it is none.
const EXCEPT: &[&str] = &["cache", "public"];

/// Whether the name of a variable, label or parameter is one that secrets have; `key` alone says nothing.
pub(super) fn names_secret(name: &str) -> bool {
    let words = words(name);
    let except = |word: &String| EXCEPT.contains(&word.as_str());
    let Some((last, before)) = words.split_last() else { return false };
    let alone = last == "key" && before.is_empty();
    WORDS.contains(&last.as_str()) && !alone && !before.iter().any(except)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets() {
        for name in [
            "NPM_TOKEN",
            "npmToken",
            "DB_PASSWORD",
            "password",
            "AWS_SECRET_ACCESS_KEY",
            "com.acme.api-key",
            "APIKEY",
        ] {
            assert!(names_secret(name), "{name}");
        }
        for name in [
            "",
            "_",
            "key",
            "KEY",
            "PUBLIC_KEY",
            "cacheKey",
            "TOKEN_URL",
            "KEY_FILE",
            "tokenId",
            "MONKEY",
            "AUTHOR",
            "PATH",
        ] {
            assert!(!names_secret(name), "{name}");
        }
    }
}
