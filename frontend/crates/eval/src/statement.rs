//! Statements as progress shows them: `copy deps "/node_modules" "."`.

use std::borrow::Cow;

use hlb_syntax::source::Sources;

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
        if !again || is_text(arg) {
            write_arg(&mut text, arg, sources);
        }
    }
    cut(&mut text, 0, MAX_CHARS);
    text
}

fn is_text(arg: &Arg) -> bool {
    matches!(arg.value, Value::String(_))
}

/// Adds a space and what is shown of an argument, if that is known.
fn write_arg(out: &mut String, arg: &Arg, sources: &Sources) {
    let written = sources.get(arg.span.file).and_then(|file| file.text.get(arg.span.range()));
    out.push(' ');
    match (&arg.value, written) {
        (Value::String(text), _) => write_string(out, text),
        // Permission bits are read best as they are written.
        (Value::Int(_), Some(literal)) if literal.starts_with(|c: char| c.is_ascii_digit()) => {
            write_source(out, literal);
        }
        (Value::Int(value), _) => *out += &value.to_string(),
        (Value::Bool(value), _) => *out += &value.to_string(),
        (_, Some(source)) => write_source(out, source),
        (_, None) => drop(out.pop()),
    }
}

/// Adds a part of the program, with the insides of blocks left out.
fn write_source(out: &mut String, source: &str) {
    let head = source.split(['{', '\n', '\r']).next().unwrap_or_default();
    let start = out.len();
    *out += &redacted(head.trim_end());
    cut(out, start, MAX_FS_CHARS);
    if head.len() != source.len() {
        *out += " {…}";
    }
}

/// Adds a string as a program would write it: raw if that saves escapes.
fn write_string(out: &mut String, text: &str) {
    // What is cut off anyway need not be escaped: a string may have millions of characters. But it is not cut within a
    // host, since what of it are credentials is seen at its end.
    let end = text.char_indices().nth(MAX_STRING_CHARS).map_or(text.len(), |(end, _)| end);
    let (head, rest) = text.split_at(end);
    let rest = rest.split(ends_host).next().unwrap_or_default();
    let text = redacted(text.get(..head.len() + rest.len()).unwrap_or(head));
    // Most strings are plain, and a large program has many.
    let is_plain =
        text.bytes().all(|byte| matches!(byte, b' '..=b'~' if byte != b'"' && byte != b'\\'));
    let is_raw = text.contains(['"', '\\']) && !text.contains(|c: char| c == '`' || c.is_control());
    let quote = if is_raw { '`' } else { '"' };
    out.push(quote);
    let start = out.len();
    match is_plain || is_raw {
        true => *out += &text,
        false => *out += &escaped(&text),
    }
    cut(out, start, MAX_STRING_CHARS);
    out.push(quote);
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

/// Leaves the first characters from `start` on, and adds `…` if there are more.
fn cut(text: &mut String, start: usize, max_chars: usize) {
    let rest = text.get(start..).unwrap_or_default();
    if rest.len() > max_chars
        && let Some((end, _)) = rest.char_indices().nth(max_chars)
    {
        text.truncate(start + end);
        text.push('…');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn string(text: &str) -> String {
        let mut out = String::new();
        write_string(&mut out, text);
        out
    }

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
        for (source, shown) in
            [("deps(\"x\")", "deps(\"x\")"), ("fs {\n\timage \"y\"\n}", "fs {…}")]
        {
            let mut out = String::new();
            write_source(&mut out, source);
            assert_eq!(out, shown);
        }
    }
}
