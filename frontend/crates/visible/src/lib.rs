//! Text that a terminal can be given: what would steer it is replaced by characters that show it.
//!
//! A program, a file's name and an error of the daemon may hold anything, and clients print what they are given. Escape
//! sequences would color, move or write over what stands there, and the controls of right-to-left text make a line read
//! as another one.

use std::borrow::Cow;

/// The text with its control characters made visible; line feeds, tabs, and carriage returns before a line feed stay.
pub fn visible(text: &str) -> Cow<'_, str> {
    replaced(text, |char, next| match char {
        '\n' | '\t' => None,
        '\r' if next == Some('\n') => None,
        _ => replacement(char),
    })
}

/// The same on one line: line breaks are spaces.
pub fn visible_line(text: &str) -> Cow<'_, str> {
    replaced(text, |char, _| match char {
        '\n' | '\r' => Some(' '),
        '\t' => None,
        _ => replacement(char),
    })
}

/// The text with those made visible that are not of ASCII. Every other byte keeps its place.
pub fn visible_in_place(text: &str) -> Cow<'_, str> {
    replaced(text, |char, _| replacement(char).filter(|shown| shown.len_utf8() == char.len_utf8()))
}

/// A text of which no more than about `max_bytes` are kept: its beginning, and a fifth of that from its end.
pub fn shortened(text: &str, max_bytes: usize) -> Cow<'_, str> {
    if text.len() <= max_bytes {
        return text.into();
    }
    let (mut head, mut tail) = (max_bytes - max_bytes / 5, text.len() - max_bytes / 5);
    while !text.is_char_boundary(head) {
        head -= 1;
    }
    while !text.is_char_boundary(tail) {
        tail += 1;
    }
    let part = |range| text.get(range).unwrap_or_default();
    [part(0..head), "…", part(tail..text.len())].concat().into()
}

/// Replaces what `of` has a replacement for; it is given each character and the next one.
fn replaced(text: &str, of: impl Fn(char, Option<char>) -> Option<char>) -> Cow<'_, str> {
    // Most texts have nothing to replace, and of ASCII only the controls.
    let is_plain = |byte: u8| (b' '..=b'~').contains(&byte);
    if text.bytes().all(is_plain) {
        return text.into();
    }
    let mut chars = text.chars().peekable();
    let mut shown = String::with_capacity(text.len());
    while let Some(char) = chars.next() {
        shown.push(of(char, chars.peek().copied()).unwrap_or(char));
    }
    shown.into()
}

/// What stands for a character that steers a terminal or the direction of text: the picture of an ASCII control, and for
/// all others a character that is as long in UTF-8.
fn replacement(char: char) -> Option<char> {
    match char {
        '\0'..='\u{1f}' => char::from_u32(u32::from(char) + 0x2400),
        '\u{7f}' => Some('␡'),
        // The controls of ISO 6429, among them a second way to begin an escape sequence; and the first of those below.
        '\u{80}'..='\u{9f}' | '\u{61c}' => Some('¿'),
        // Unicode 16, Bidi_Control, and its separators of lines and paragraphs.
        '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            Some(char::REPLACEMENT_CHARACTER)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_steers_a_terminal() {
        assert_eq!(visible("a\u{1b}[31m\u{7}\u{9b}1m\u{202e}b\u{7f}"), "a␛[31m␇¿1m�b␡");
        assert_eq!(visible("ä\tb\r\nc\rd\n"), "ä\tb\r\nc␍d\n");
        assert_eq!(visible_line("a\r\nb\u{1b}"), "a  b␛");
        assert_eq!(visible_in_place("\u{1b}\u{9b}\u{202e}").len(), 6);
    }

    #[test]
    fn plain_text_is_not_copied() {
        assert!(matches!(visible("plain `text`"), Cow::Borrowed(_)));
        assert!(matches!(shortened("short", 5), Cow::Borrowed(_)));
    }

    #[test]
    fn beginning_and_end_are_kept() {
        assert_eq!(shortened("0123456789abcdef", 10), "01234567…ef");
        assert_eq!(shortened(&"ä".repeat(10), 10), "ääää…ä");
    }
}
