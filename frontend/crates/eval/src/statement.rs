//! Statements as progress shows them: `copy deps "/node_modules" "."`.

use std::borrow::Cow;

use hlb_syntax::source::{Sources, Span};

use super::{Arg, Call, Value};

/// Most characters of a whole statement, as a terminal has room for one line.
const MAX_CHARS: usize = 120;
/// Most characters of a string, so that a long one leaves the others to be seen.
const MAX_STRING_CHARS: usize = 80;
/// Most characters of a filesystem.
const MAX_FS_CHARS: usize = 40;

/// The call as a statement on one line, without its options: strings evaluated, filesystems as they are written.
///
/// Credentials in URLs are left out, as BuildKit does it (0.32, `util/urlutil/redact.go`).
pub fn statement(call: &Call, sources: &Sources) -> String {
    let mut text = call.builtin.signature.name.to_owned();
    let mut last = None;
    for arg in &call.args {
        // The values of a variadic parameter all stand where it is mentioned.
        let again = last.replace(arg.span) == Some(arg.span);
        if let Some(shown) = self::arg(arg, sources).filter(|_| !again || is_text(arg)) {
            text.push(' ');
            text += &shown;
        }
    }
    cut(text, MAX_CHARS)
}

fn is_text(arg: &Arg) -> bool {
    matches!(arg.value, Value::String(_))
}

fn arg(arg: &Arg, sources: &Sources) -> Option<String> {
    let written = || sources.get(arg.span.file).map(|file| written(&file.text, arg.span));
    match &arg.value {
        Value::String(text) => Some(string(text)),
        // Permission bits are read best as they are written.
        Value::Int(value) => {
            let literal = written().filter(|it| it.starts_with(|c: char| c.is_ascii_digit()));
            literal.or(Some(value.to_string()))
        }
        Value::Bool(value) => Some(value.to_string()),
        _ => written(),
    }
}

/// What stands at a span, with the insides of blocks left out.
fn written(text: &str, span: Span) -> String {
    let text = text.get(span.range()).unwrap_or_default();
    let head = text.split(['{', '\n', '\r']).next().unwrap_or_default();
    let inside = if head.len() == text.len() { "" } else { " {…}" };
    cut(redacted(head.trim_end()).into_owned(), MAX_FS_CHARS) + inside
}

/// A string as a program would write it: raw if that saves escapes.
fn string(text: &str) -> String {
    // What is cut off anyway need not be escaped: a string may have millions of characters. But it is not cut within a
    // host, since what of it are credentials is seen at its end.
    let end = text.char_indices().nth(MAX_STRING_CHARS).map_or(text.len(), |(end, _)| end);
    let (head, rest) = text.split_at(end);
    let rest = rest.split(ends_host).next().unwrap_or_default();
    let text = redacted(text.get(..head.len() + rest.len()).unwrap_or(head));
    // Most strings are plain, and a large program has many.
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~' if byte != b'"' && byte != b'\\')) {
        return format!("\"{}\"", cut(text.into_owned(), MAX_STRING_CHARS));
    }
    let is_raw = text.contains(['"', '\\']) && !text.contains(|c: char| c == '`' || c.is_control());
    match is_raw {
        true => format!("`{}`", cut(text.into_owned(), MAX_STRING_CHARS)),
        false => format!("\"{}\"", cut(escaped(&text), MAX_STRING_CHARS)),
    }
}

fn escaped(text: &str) -> String {
    let mut shown = String::new();
    for char in text.chars() {
        match char {
            '"' | '\\' => shown.extend(['\\', char]),
            '\n' => shown.push_str("\\n"),
            '\t' => shown.push_str("\\t"),
            '\r' => shown.push_str("\\r"),
            char if char.is_control() => shown.extend(char.escape_unicode()),
            char => shown.push(char),
        }
    }
    shown
}

/// The text with `xxxxx` for what stands before the host of each URL.
pub fn redacted(text: &str) -> Cow<'_, str> {
    if !text.contains("://") {
        return text.into();
    }
    let mut shown = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("://") {
        shown += before;
        shown += "://";
        let end = after.find(ends_host);
        let (authority, after) = after.split_at(end.unwrap_or(after.len()));
        // Only of https a name alone may be a token; others have `git@` there.
        let is_http = ["http://", "https://"].iter().any(|scheme| shown.ends_with(scheme));
        match authority.rsplit_once('@') {
            Some((user, host)) if is_http || user.contains(':') => {
                shown.extend(["xxxxx@", host]);
            }
            _ => shown += authority,
        }
        rest = after;
    }
    (shown + rest).into()
}

/// Whether a character ends the part of a URL that names its host.
fn ends_host(char: char) -> bool {
    char.is_whitespace() || "/\"'".contains(char)
}

/// The first characters of a text, and `…` if there are more.
fn cut(mut text: String, max_chars: usize) -> String {
    if text.len() > max_chars
        && let Some((end, _)) = text.char_indices().nth(max_chars)
    {
        text.truncate(end);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_is_one_short_line() {
        assert_eq!(string("a \"b\"\\\n\tc\u{7}"), r#""a \"b\"\\\n\tc\u{7}""#);
        assert_eq!(string(r#"echo "a\n""#), r#"`echo "a\n"`"#);
        let long = string(&"ä".repeat(1_000_000));
        assert_eq!(long, format!("\"{}…\"", "ä".repeat(MAX_STRING_CHARS)));
    }

    #[test]
    fn credentials_in_urls_are_not_shown() {
        for (text, shown) in [
            ("https://me:token@example.com/a", "https://xxxxx@example.com/a"),
            ("https://token@example.com/a", "https://xxxxx@example.com/a"),
            ("curl 'ftp://a:b@c' https://d:e@f", "curl 'ftp://xxxxx@c' https://xxxxx@f"),
            ("ssh://git@example.com/a", "ssh://git@example.com/a"),
            ("https://example.com/@scope", "https://example.com/@scope"),
            ("git@example.com:a/b", "git@example.com:a/b"),
            ("https://me:tok/en@example.com", "https://me:tok/en@example.com"),
        ] {
            assert_eq!(redacted(text), shown);
        }
        let long = string(&format!("curl https://me:{}@example.com", "x".repeat(1000)));
        assert_eq!(long, "\"curl https://xxxxx@example.com\"");
    }

    #[test]
    fn a_filesystem_is_shown_as_it_is_written() {
        let mut sources = Sources::default();
        let text = "deps(\"x\") fs {\n\timage \"y\"\n}";
        let file = sources.add("a.hlb", text);
        assert_eq!(written(text, Span::new(file, 0, 9)), "deps(\"x\")");
        assert_eq!(written(text, Span::new(file, 10, text.len() as u32)), "fs {…}");
    }
}
