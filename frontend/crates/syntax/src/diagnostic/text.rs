//! The text of a diagnostic: what a message may quote of a program that has anything in it.

use std::borrow::Cow;

use visible::{shortened, visible_line};

/// Longest quote, in bytes: a name may be as long as the file, and 40 messages that quote it would be larger than any
/// message of the daemon.
const MAX_QUOTE: usize = 300;

/// Longest text, in bytes, with all its quotes.
const MAX_TEXT: usize = 2000;

/// Makes one line of a text that quotes a program, without control characters and with long quotes cut.
pub(super) fn readable(text: String) -> String {
    let quotes = match text.len() {
        0..=MAX_QUOTE => Cow::Borrowed(text.as_str()),
        // Prose between two quotes is never as long, so it does not matter which of the parts are quotes.
        _ => {
            let parts: Vec<_> = text.split('`').map(|part| shortened(part, MAX_QUOTE)).collect();
            parts.join("`").into()
        }
    };
    let short = shortened(&quotes, MAX_TEXT);
    match visible_line(&short) {
        Cow::Owned(visible) => visible,
        Cow::Borrowed(same) if same.len() == text.len() => text,
        Cow::Borrowed(same) => same.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_bounded_and_the_rest_stays() {
        let name = "x".repeat(300_000);
        let text = readable(format!("parameter `{name}` of `f`: expected `int`, found `{name}`"));
        assert!(text.len() < 1000 && text.starts_with("parameter `xxx"), "{text}");
        assert!(text.contains("xxx` of `f`: expected `int`, found `xxx"), "{text}");
        assert!(readable("`".repeat(300_000)).len() <= MAX_TEXT + '…'.len_utf8());
    }

    #[test]
    fn a_text_is_one_visible_line() {
        assert_eq!(readable("odd `a\nb\u{1b}[2J`".to_owned()), "odd `a b␛[2J`");
        assert_eq!(readable("plain".to_owned()), "plain");
    }
}
